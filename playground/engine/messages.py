"""What crosses from the window to the engine and back: frozen dataclasses of numpy arrays and plain values.

No tensor and no Qt object is ever in a message. Pictures are uint8 arrays (N, H, W) or (N, H, W, 3), ready to paint;
points are float32 (N, 2). Requests of one ``(type, channel)`` replace each other: the latest wins, so that a
mouse that moves faster than the network decodes never builds a queue.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray


# ---------------------------------------------------------------- window -> engine: questions about a model
@dataclass(frozen=True)
class Request:
    """A question that the explorer thread answers from snapshot weights. ``channel`` tells two askers of one kind apart.

    ``interactive`` requests (a mouse is waiting) go ahead of long jobs, between two of their steps.
    """

    channel: str = field(default="", kw_only=True)
    interactive: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class DrawSamples(Request):
    """``n`` samples of the model from the fixed noise of ``seed`` -> :class:`Samples`."""

    n: int = 64
    seed: int = 0


@dataclass(frozen=True)
class Decode(Request):
    """Latents ``z`` (N, d) -> :class:`Decoded`. Where z has fewer columns than the model, the rest is taken from ``base``."""

    z: Array
    base: Array | None = None


@dataclass(frozen=True)
class Encode(Request):
    """The first ``n`` items of a split ("train" or "test") -> :class:`Encoded`."""

    n: int = 2000
    split: str = "test"


@dataclass(frozen=True)
class Reconstruct(Request):
    """Items ``indices`` of a split, through encoder and decoder -> :class:`Reconstructions`."""

    indices: tuple[int, ...]
    split: str = "test"


@dataclass(frozen=True)
class DecodePlane(Request):
    """A lattice of ``resolution``^2 latents over the plane ``origin + u * axis_u + v * axis_v`` -> :class:`Plane`.

    u and v run over [-extent, extent]. ``axes`` names two latent dimensions, or is None for the PCA plane of the encoded data.
    """

    axes: tuple[int, int] | None = (0, 1)
    extent: float = 3.0
    resolution: int = 15


@dataclass(frozen=True)
class ModelField(Request):
    """log p_model on a lattice over ``bounds`` = (x0, x1, y0, y1) of 2-D data space -> :class:`Field`, beside the exact one."""

    bounds: tuple[float, float, float, float]
    resolution: int = 128


@dataclass(frozen=True)
class WarpGrid(Request):
    """A lattice of latents carried to 2-D data space -> :class:`Warp`."""

    resolution: int = 25
    extent: float = 2.5


@dataclass(frozen=True)
class Interpolate(Request):
    """Paths of ``frames`` latents between rows of ``a`` and ``b`` (P, d); ``path`` is "lerp" or "slerp" -> :class:`Interpolation`.

    With ``pick`` instead of a and b, the endpoints are encoded items: pairs of indices of ``split``.
    """

    a: Array | None = None
    b: Array | None = None
    pick: tuple[tuple[int, int], ...] = ()
    split: str = "test"
    frames: int = 11
    path: str = "lerp"


@dataclass(frozen=True)
class Traverse(Request):
    """Each latent dimension in turn walked over [-span, span] from ``z`` (d,) -> :class:`Traversal`, rows sorted by KL."""

    z: Array
    steps: int = 9
    span: float = 3.0
    max_rows: int = 16


@dataclass(frozen=True)
class Anatomy(Request):
    """The parts of the objective on held-out data, and one item's posterior -> :class:`AnatomyOf`."""

    index: int = 0
    split: str = "test"
    draws: int = 64
    n: int = 1000


@dataclass(frozen=True)
class Evaluate(Request):
    """The family's full set of numbers on held-out data -> several :class:`Working`, then :class:`Evaluated`.

    ``data`` names another data set than the run's own, of the same shape.
    """

    n: int = 1000
    num_samples: int = 100
    data: str = ""


# ---------------------------------------------------------------- engine -> window: the run
@dataclass(frozen=True)
class Event:
    """Anything the engine says of a run."""

    run_id: str


@dataclass(frozen=True)
class Preparing(Event):
    """Before the first step something takes a while: ``done`` of ``total`` of ``what``."""

    what: str
    done: int
    total: int


@dataclass(frozen=True)
class Started(Event):
    """Training begins (or goes on): where, on what and with how many parameters."""

    recipe: dict[str, Any]
    folder: str
    device: str  # in plain words
    parameters: int
    step: int
    total_steps: int
    threads: int


@dataclass(frozen=True)
class Progress(Event):
    """All steps since the last report: ``steps`` (n,) and one array (n,) for every scalar."""

    step: int
    total_steps: int
    images_seen: int
    seconds: float
    steps_per_s: float
    steps: Array
    scalars: dict[str, Array]
    memory_mb: float


@dataclass(frozen=True)
class Monitored(Event):
    """Numbers on held-out data, measured now and then on a snapshot of the weights at ``step``."""

    step: int
    scalars: dict[str, float]
    vectors: dict[str, Array]


@dataclass(frozen=True)
class StateChanged(Event):
    """``state`` is one of preparing, training, paused, stopped, finished, failed."""

    state: str
    step: int


@dataclass(frozen=True)
class LiveApplied(Event):
    """A live parameter changed, from ``step`` on."""

    name: str
    value: Any
    step: int


@dataclass(frozen=True)
class Saved(Event):
    """The run is safe on disk up to ``step``."""

    step: int
    folder: str


@dataclass(frozen=True)
class Finished(Event):
    """Training ended by itself ("finished") or on request ("stopped")."""

    step: int
    seconds: float
    reason: str


@dataclass(frozen=True)
class Failed(Event):
    """Something ended in a sentence for the user. ``kept_step`` is the step up to which the run is kept on disk."""

    sentence: str
    kind: str  # "nonfinite", "memory", "device", "disk", "data", "config", "bug"
    step: int = 0
    kept_step: int | None = None


# ---------------------------------------------------------------- engine -> window: answers
@dataclass(frozen=True)
class Answer(Event):
    """Every answer names its request, the training step of the weights that gave it, and how long it took."""

    request_id: int
    step: int
    elapsed_ms: float
    channel: str


@dataclass(frozen=True)
class Working(Answer):
    """A long request is under way: ``done`` of ``total``; ``seconds_left`` is an estimate."""

    done: int
    total: int
    what: str
    seconds_left: float


@dataclass(frozen=True)
class Refused(Answer):
    """A request that cannot be answered, in a sentence."""

    sentence: str


@dataclass(frozen=True)
class Samples(Answer):
    """Pictures (uint8) or points (float32); ``z`` (N, d) they came from."""

    x: Array
    z: Array


@dataclass(frozen=True)
class Decoded(Answer):
    """``x`` decoded from ``z``: pictures (uint8) or points; ``log_prior`` (N,) in nats."""

    x: Array
    z: Array
    log_prior: Array


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
class Reconstructions(Answer):
    """``x`` and ``x_hat`` as pictures or points, ``difference`` as pictures (0 = equal), ``error`` (N,) in nats."""

    indices: tuple[int, ...]
    x: Array
    x_hat: Array
    difference: Array
    error: Array


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
class Field(Answer):
    """``model`` and ``data``: log densities (R, R) in nats, row 0 = smallest y; KL(data || model) with its standard error."""

    bounds: tuple[float, float, float, float]
    model: Array
    data: Array | None
    kl_data_model: float
    kl_standard_error: float


@dataclass(frozen=True)
class Warp(Answer):
    """``z`` (R, R, 2) lattice and ``x`` (R, R, 2) where it lands."""

    z: Array
    x: Array


@dataclass(frozen=True)
class Interpolation(Answer):
    """``frames`` (P, F, ...) pictures or points, ``pixel`` the same paths in pixel space, ``z`` (P, F, d)."""

    frames: Array
    pixel: Array
    z: Array


@dataclass(frozen=True)
class Traversal(Answer):
    """``rows`` (D, S, ...) pictures or points, one row a latent dimension ``dims`` (D,), with its ``kl`` (D,) in nats."""

    rows: Array
    dims: Array
    kl: Array
    values: Array


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


@dataclass(frozen=True)
class Evaluated(Answer):
    """Full evaluation: every number by name (None = does not apply), with units and notes."""

    numbers: dict[str, Any]
