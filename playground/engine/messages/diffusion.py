"""Questions about a diffusion model, each followed by its answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from playground.engine.messages.base import Answer, Array, Request
from playground.engine.messages.shared import SamplerChoice


@dataclass(frozen=True)
class RunChain(Request):
    """The reverse process from noise to ``n`` items -> one :class:`ChainFrame` a step, x_T first.

    The same ``seed`` gives the same x_T and the same noise on the way, whatever the sampler: so two of them compare. ``start``
    (n, *shape), in the units in which frames show points (pictures: -1 .. 1 is black .. white), replaces x_T.
    """

    n: int = 16
    seed: int = 0
    sampler: SamplerChoice = field(default_factory=SamplerChoice)
    start: Array | None = None


@dataclass(frozen=True)
class ChainFrame(Answer):
    """The reverse process after ``done`` of ``total`` steps (0: x_T). Pictures (uint8, shown as values in [-1, 1]; eps scaled
    by 1/3) or
    points (float32, in data units).

    ``t``: the timestep that this frame stands at, -1 for the finished x0. ``x_t``, ``x0_pred`` (what the model believes the end
    will
    be), ``eps_pred``, ``mean`` (of the step that leads here) and ``noise`` (that it added): (n, ...); the last four are those
    that led
    *from* the frame before *to* this one, except in the first frame, where x0_pred and eps_pred are the beliefs at x_T and mean and
    noise are zero.

    ``numbers``: plain numbers of the step under the symbols of ``equation`` ("alpha_bar", "alpha_bar_next", "snr", "sigma", "c_x",
    "c_x0", "c_eps"); ``equation`` is the update in rich text, its symbols the keys in braces, e.g. "x = {c_x} x_t + {c_x0} x̂0
    + {sigma} ε".
    ``nfe``: network evaluations so far, for each item.
    """

    done: int
    total: int
    t: int
    x_t: Array
    x0_pred: Array
    eps_pred: Array
    mean: Array
    noise: Array
    numbers: dict[str, float]
    equation: str
    nfe: int
    seconds_left: float
    z: Array  # (n, d) the x_T of each item, flat: an endpoint for paths
    latent: Array | None = None  # of a chain in a latent space: x_t itself as small pictures (n, h, w), -3 black .. 3 white, uint8


@dataclass(frozen=True)
class Diffuse(Request):
    """The forward process: ``draws`` noised versions of item ``index`` at ``t``, by the closed-form jump and by t + 1 single steps
    -> :class:`Diffused`.
    """

    t: int
    index: int = 0
    split: str = "test"
    draws: int = 16
    seed: int = 0


@dataclass(frozen=True)
class Diffused(Answer):
    """``x0`` (1, ...), ``jump`` and ``walk`` (draws, ...): the same distribution by one jump and by t + 1 steps. ``values_jump``,
    ``values_walk``: all numbers of many draws, on the model's scale, for histograms against N(0, 1). ``alpha_bar``, ``snr`` (T,):
    the recipe's schedule. ``terminal_kl``: KL(q(x_T) || N(0, I)) in nats per dimension.
    """

    t: int
    x0: Array
    jump: Array
    walk: Array
    values_jump: Array
    values_walk: Array
    alpha_bar: Array
    snr: Array
    terminal_kl: float


@dataclass(frozen=True)
class ScoreField(Request):
    """The score of p_t on a lattice over ``bounds``, learned and true, and log p_t -> :class:`ScoreFieldOf`. 2-D data only."""

    t: int
    bounds: tuple[float, float, float, float]
    resolution: int = 20
    density_resolution: int = 96


@dataclass(frozen=True)
class ScoreFieldOf(Answer):
    """Scores (R, R, 2) at the lattice ``x`` (R, R, 2), in 1/unit of x; ``true`` and ``log_p_t`` (density_resolution^2, row 0 =
    smallest
    y, nats) are None where p_t is not known. ``error``: root mean square difference, weighted by p_t.
    """

    t: int
    bounds: tuple[float, float, float, float]
    x: Array
    learned: Array
    true: Array | None
    log_p_t: Array | None
    error: float


@dataclass(frozen=True)
class Bound(Request):
    """The variational bound on ``n`` held-out items, split by timestep -> several :class:`Working`, then :class:`BoundOf`."""

    n: int = 256
    draws: int = 1


@dataclass(frozen=True)
class BoundOf(Answer):
    """The terms of the variational bound in nats per item, summed over ``edges`` (K+1,) of timesteps: ``l_t`` (K,) with standard
    errors ``l_t_se``; the first group begins with the second timestep. ``reconstruction`` is L_0 (and its ``_se``), ``prior`` L_T =
    KL(q(x_T|x_0) || N(0, I)).

    ``total`` >= -log p(x), with ``total_se``; ``per_dim``: bits/dim for images, else NaN; ``entropy`` of the data, if known.
    """

    edges: Array
    l_t: Array
    l_t_se: Array
    reconstruction: float
    reconstruction_se: float
    prior: float
    total: float
    total_se: float
    per_dim: float
    entropy: float | None


@dataclass(frozen=True)
class LogProb(Request):
    """log p(x) of points (N, 2) or held-out items ``indices``, by the probability-flow ODE ("ode") or the bound ("bound")
    -> several :class:`Working`, then :class:`LogProbOf`.
    """

    x: Array | None = None
    indices: tuple[int, ...] = ()
    split: str = "test"
    method: str = "ode"


@dataclass(frozen=True)
class LogProbOf(Answer):
    """``log_p`` (N,) in nats (for "bound": minus the bound), ``error`` (N,): standard error (Hutchinson, draws) or the solver's
    estimated error; ``exact`` says that there is no sampling error. ``true`` (N,) where the density is known.
    """

    x: Array
    log_p: Array
    error: Array
    exact: bool
    nfe: int
    true: Array | None


@dataclass(frozen=True)
class LossByTime(Request):
    """The denoising loss at each of some timesteps beside the ideal denoiser's -> several :class:`Working`, then
    :class:`LossByTimeOf`.
    """

    n: int = 512
    points: int = 40


@dataclass(frozen=True)
class LossByTimeOf(Answer):
    """Mean squared error per dimension of eps at timesteps ``t`` (k,), with standard errors, and the ideal denoiser's on the same
    noised items (None where it is not known).
    """

    t: Array
    loss: Array
    loss_se: Array
    ideal: Array | None


@dataclass(frozen=True)
class Guidance(Request):
    """Samples of class ``label`` from the same noise under several guidance scales -> :class:`GuidanceOf`."""

    label: int = 0
    scales: tuple[float, ...] = (0.0, 1.0, 2.0, 4.0, 8.0)
    n: int = 8
    seed: int = 0


@dataclass(frozen=True)
class GuidanceOf(Answer):
    """``rows`` (S, n, ...) samples, one row a scale of ``scales`` (S,), all from the same noise."""

    scales: Array
    rows: Array
    label: int


@dataclass(frozen=True)
class QualityBySteps(Request):
    """Quality against the number of network evaluations, for all samplers -> several :class:`QualityOf`, growing."""

    steps: tuple[int, ...] = (2, 5, 10, 20, 50)
    n: int = 2000
    repeats: int = 3


@dataclass(frozen=True)
class QualityOf(Answer):
    """``value`` and ``spread`` (samplers, steps): ``metric`` in ``unit`` by number of network evaluations ``nfe`` (samplers,
    steps),
    NaN where not measured yet; ``floor`` is what real data score.
    """

    done: int
    total: int
    seconds_left: float
    samplers: tuple[str, ...]
    nfe: Array
    value: Array
    spread: Array
    metric: str
    unit: str
    floor: float
