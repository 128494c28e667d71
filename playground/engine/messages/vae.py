"""Questions about a variational autoencoder, each followed by its answer."""

from __future__ import annotations

from dataclasses import dataclass

from playground.engine.messages.base import Answer, Array, Request


@dataclass(frozen=True)
class Encode(Request):
    """The first ``n`` items of a split ("train" or "test") -> :class:`Encoded`."""

    n: int = 2000
    split: str = "test"


@dataclass(frozen=True)
class Encoded(Answer):
    """Posterior ``mu`` (N, d) and ``sigma`` (N, d); ``labels``: (N,) arrays by name; ``x``: the items themselves."""

    mu: Array
    sigma: Array
    labels: dict[str, Array]
    x: Array
    pca_axes: Array  # (2, d) unit rows
    pca_origin: Array  # (d,)


@dataclass(frozen=True)
class Reconstruct(Request):
    """Items ``indices`` of a split, through encoder and decoder -> :class:`Reconstructions`."""

    indices: tuple[int, ...]
    split: str = "test"


@dataclass(frozen=True)
class Reconstructions(Answer):
    """``x`` and ``x_hat`` as pictures or points, ``difference`` as pictures (0 = equal), ``error`` (N,) in nats."""

    indices: tuple[int, ...]
    x: Array
    x_hat: Array
    difference: Array
    error: Array


@dataclass(frozen=True)
class DecodePlane(Request):
    """A lattice of ``resolution``^2 latents over the plane ``origin + u * axis_u + v * axis_v`` -> :class:`Plane`.

    u and v run over [-extent, extent]. ``axes`` names two latent dimensions, or is None for the PCA plane of the encoded data.
    """

    axes: tuple[int, int] | None = (0, 1)
    extent: float = 3.0
    resolution: int = 15


@dataclass(frozen=True)
class Plane(Answer):
    """Row-major ``pictures`` (R*R, ...), top row = largest v. ``axis_u``, ``axis_v``, ``origin`` (d,) place the plane."""

    pictures: Array
    resolution: int
    extent: float
    origin: Array
    axis_u: Array
    axis_v: Array


@dataclass(frozen=True)
class Traverse(Request):
    """Each latent dimension in turn walked over [-span, span] from ``z`` (d,) -> :class:`Traversal`, rows sorted by KL."""

    z: Array
    steps: int = 9
    span: float = 3.0
    max_rows: int = 16


@dataclass(frozen=True)
class Traversal(Answer):
    """``rows`` (D, S, ...) pictures or points, one row a latent dimension ``dims`` (D,), with its ``kl`` (D,) in nats."""

    rows: Array
    dims: Array
    kl: Array
    values: Array


@dataclass(frozen=True)
class Anatomy(Request):
    """The parts of the objective on held-out data, and one item's posterior -> :class:`AnatomyOf`."""

    index: int = 0
    split: str = "test"
    draws: int = 64
    n: int = 1000


@dataclass(frozen=True)
class AnatomyOf(Answer):
    """Parts of the objective in nats with standard errors, KL per dimension (d,), posterior of one item and ``draws`` from it.

    ``parts`` maps a name to (mean, standard error). ``aggregate_mu`` (N, d): posterior means, against the prior N(0, 1).
    """

    parts: dict[str, tuple[float, float]]
    kl_per_dim: Array
    active: Array  # (d,) bool: variance of the posterior mean > 0.01 (Burda et al. 2016)
    mu_variance: Array
    mu: Array
    sigma: Array
    eps: Array  # (draws, d)
    z: Array  # (draws, d)
    x: Array
    decoded: Array
    aggregate_mu: Array
    aggregate_z: Array
