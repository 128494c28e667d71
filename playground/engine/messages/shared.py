"""Questions that several families answer, and questions about the data, each followed by its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.engine.messages.base import Answer, Array, Request


@dataclass(frozen=True)
class SamplerChoice:
    """How noise becomes data. ``name`` is a key of the samplers' table ("" takes the recipe's own choice, as do the others'
    defaults).

    ``num_steps`` network steps out of T (0: the recipe's); ``eta`` 0 = DDIM, 1 = DDPM's noise (NaN: the recipe's);
    ``guidance_scale`` 1 = off (NaN: the recipe's); ``label`` is the class asked for, or None for any.
    ``ideal`` replaces the network by the closed-form ideal denoiser of the data.
    """

    name: str = ""
    num_steps: int = 0
    eta: float = float("nan")
    guidance_scale: float = float("nan")
    label: int | None = None
    ideal: bool = False


@dataclass(frozen=True)
class DrawSamples(Request):
    """``n`` samples of the model from the fixed noise of ``seed`` -> :class:`Samples`. ``sampler`` is for diffusion models."""

    n: int = 64
    seed: int = 0
    sampler: SamplerChoice | None = None


@dataclass(frozen=True)
class Samples(Answer):
    """Pictures (uint8) or points (float32); ``z`` (N, d) they came from."""

    x: Array
    z: Array


@dataclass(frozen=True)
class Decode(Request):
    """Latents ``z`` (N, d) -> :class:`Decoded`. Where z has fewer columns than the model, the rest is taken from ``base``."""

    z: Array
    base: Array | None = None


@dataclass(frozen=True)
class Decoded(Answer):
    """``x`` decoded from ``z``: pictures (uint8) or points; ``log_prior`` (N,) in nats."""

    x: Array
    z: Array
    log_prior: Array


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
class Interpolation(Answer):
    """``frames`` (P, F, ...) pictures or points, ``pixel`` the same paths in pixel space, ``z`` (P, F, d)."""

    frames: Array
    pixel: Array
    z: Array


@dataclass(frozen=True)
class WarpGrid(Request):
    """A lattice of latents carried to 2-D data space -> :class:`Warp`."""

    resolution: int = 25
    extent: float = 2.5


@dataclass(frozen=True)
class Warp(Answer):
    """``z`` (R, R, 2) lattice and ``x`` (R, R, 2) where it lands.

    ``log_density`` (R-1, R-1), where z is two-dimensional: log of a cell's prior mass over the area of its image, in nats.
    """

    z: Array
    x: Array
    log_density: Array | None = None


@dataclass(frozen=True)
class ModelField(Request):
    """log p_model on a lattice over ``bounds`` = (x0, x1, y0, y1) of 2-D data space -> :class:`Field`, beside the exact one."""

    bounds: tuple[float, float, float, float]
    resolution: int = 128


@dataclass(frozen=True)
class Field(Answer):
    """``model`` and ``data``: log densities (R, R) in nats, row 0 = smallest y; KL(data || model) with its standard error."""

    bounds: tuple[float, float, float, float]
    model: Array
    data: Array | None
    kl_data_model: float
    kl_standard_error: float


@dataclass(frozen=True)
class DataItems(Request):
    """The first ``n`` items of a split, with their labels -> :class:`Items`. Any family answers: no model is involved."""

    n: int = 2000
    split: str = "test"


@dataclass(frozen=True)
class Items(Answer):
    """Data items: pictures (uint8) or points (float32), with ``labels``, (N,) arrays by name."""

    x: Array
    labels: dict[str, Array]


@dataclass(frozen=True)
class DataField(Request):
    """The exact log density of the data on a lattice over ``bounds`` -> :class:`DataFieldOf`; refused where it is not known."""

    bounds: tuple[float, float, float, float]
    resolution: int = 128


@dataclass(frozen=True)
class DataFieldOf(Answer):
    """``log_density`` (R, R) of the data in nats, row 0 = smallest y."""

    bounds: tuple[float, float, float, float]
    log_density: Array


@dataclass(frozen=True)
class Nearest(Request):
    """The training item nearest to each decoded ``z`` (N, d): is a sample a copy? -> :class:`NearestOf`."""

    z: Array


@dataclass(frozen=True)
class NearestOf(Answer):
    """For each sample the nearest training item: ``x`` (pictures or points), its ``index`` (N,) in the training set and its
    Euclidean ``distance`` (N,) in the units of x (images: -1 is black, 1 is white; root of the sum over pixels).

    ``real_distance`` is the median distance from a held-out item to its nearest training item: a sample much nearer is a copy.
    """

    x: Array
    index: Array
    distance: Array
    real_distance: float


@dataclass(frozen=True)
class Modes(Request):
    """How ``n`` samples spread over the modes (2-D) or the classes (labelled images) of the data -> :class:`ModesOf`."""

    n: int = 2500
    seed: int = 0


@dataclass(frozen=True)
class ModesOf(Answer):
    """``share`` (K,) of the samples nearest to (2-D: within 3 standard deviations of) each mode, as parts of those that count for
    any, so that they sum to 1, beside the ``true`` shares (K,).

    ``names`` (K,) say where a mode lies ("45°", "(2, −4)") or which class it is; ``centres`` (K, 2) for 2-D data. ``count`` modes
    are covered; ``high_quality`` is the share of samples within 3 standard deviations of a mode and ``high_quality_perfect``
    what a perfect generator scores (2-D); for images the mean confidence of the classifier on samples and on real items.
    ``reverse_kl`` is KL(shares || true shares) in nats, with ``reverse_kl_floor`` and ``reverse_kl_floor_sd``: mean and standard
    deviation for a perfect generator with as many samples. ``note`` names the classifier and its test accuracy, or the definition.
    ``x`` are the first (at most 500) of the samples that were counted, as points or pictures, and ``mode_of`` (len(x),) the mode
    that each was counted for, -1 for none.
    """

    names: tuple[str, ...]
    share: Array
    true: Array
    centres: Array | None
    count: int
    high_quality: float
    high_quality_perfect: float
    reverse_kl: float
    reverse_kl_floor: float
    reverse_kl_floor_sd: float
    n: int
    note: str
    x: Array | None = None
    mode_of: Array | None = None


@dataclass(frozen=True)
class Evaluate(Request):
    """The family's full set of numbers on held-out data -> several :class:`Working`, then :class:`Evaluated`.

    ``data`` names another data set than the run's own, of the same shape.
    """

    n: int = 1000
    num_samples: int = 100
    data: str = ""


@dataclass(frozen=True)
class Evaluated(Answer):
    """Full evaluation: every number by name (None = does not apply), with units and notes."""

    numbers: dict[str, Any]
