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
    """``n`` samples of the model from the fixed noise of ``seed`` -> :class:`Samples`. ``sampler`` is for diffusion models."""

    n: int = 64
    seed: int = 0
    sampler: SamplerChoice | None = None


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


@dataclass(frozen=True)
class DataItems(Request):
    """The first ``n`` items of a split, with their labels -> :class:`Items`. Any family answers: no model is involved."""

    n: int = 2000
    split: str = "test"


@dataclass(frozen=True)
class DataField(Request):
    """The exact log density of the data on a lattice over ``bounds`` -> :class:`DataFieldOf`; refused where it is not known."""

    bounds: tuple[float, float, float, float]
    resolution: int = 128


@dataclass(frozen=True)
class Nearest(Request):
    """The training item nearest to each decoded ``z`` (N, d): is a sample a copy? -> :class:`NearestOf`."""

    z: Array


# ---------------------------------------------------------------- questions about a GAN
@dataclass(frozen=True)
class Game(Request):
    """D, D* and D - D* on a lattice over ``bounds``, ``n`` real and generated points and where D's gradient tells the
    generated ones to go -> :class:`GameOf`. 2-D data only. The same ``seed`` gives the same noise and the same real points.
    """

    bounds: tuple[float, float, float, float]
    resolution: int = 96
    n: int = 300
    seed: int = 0


@dataclass(frozen=True)
class TrainToOptimum(Request):
    """A copy of D is trained with plain cross-entropy while G stands still -> several :class:`Optimising`.

    On it ln 2 + V(D)/2 climbs to the exact Jensen-Shannon divergence (Goodfellow et al. 2014, theorem 1). The run itself is not
    touched; ``Session.adopt("discriminator")`` hands the trained copy to it, as it was at the last report if the request was
    cancelled. ``bounds`` as for :class:`Game`.
    """

    bounds: tuple[float, float, float, float]
    resolution: int = 96
    steps: int = 1000


@dataclass(frozen=True)
class Scores(Request):
    """``n`` real and ``n`` generated pictures, each ordered by D's score -> :class:`ScoresOf`. Images only."""

    n: int = 32
    seed: int = 0
    split: str = "test"


@dataclass(frozen=True)
class Modes(Request):
    """How ``n`` samples spread over the modes (2-D) or the classes (labelled images) of the data -> :class:`ModesOf`."""

    n: int = 2500
    seed: int = 0


@dataclass(frozen=True)
class Judge(Request):
    """``n`` items, about half of them real, in random order, to be told apart by a person -> :class:`JudgeOf`."""

    n: int = 20
    seed: int = 0


@dataclass(frozen=True)
class FindLatent(Request):
    """Search for the z whose picture is nearest to item ``index`` of a split, by gradient descent from several starts
    -> several :class:`FoundLatent`, the last with ``done`` = ``total``.
    """

    index: int = 0
    split: str = "test"
    steps: int = 300


# ---------------------------------------------------------------- questions about a diffusion model
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
class RunChain(Request):
    """The reverse process from noise to ``n`` items -> one :class:`ChainFrame` a step, x_T first.

    The same ``seed`` gives the same x_T and the same noise on the way, whatever the sampler: so two of them compare. ``start``
    (n, *shape), in the model's own units, replaces x_T.
    """

    n: int = 16
    seed: int = 0
    sampler: SamplerChoice = SamplerChoice()
    start: Array | None = None


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
class ScoreField(Request):
    """The score of p_t on a lattice over ``bounds``, learned and true, and log p_t -> :class:`ScoreFieldOf`. 2-D data only."""

    t: int
    bounds: tuple[float, float, float, float]
    resolution: int = 20
    density_resolution: int = 96


@dataclass(frozen=True)
class Bound(Request):
    """The variational bound on ``n`` held-out items, split by timestep -> several :class:`Working`, then :class:`BoundOf`."""

    n: int = 256
    draws: int = 1


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
class LossByTime(Request):
    """The denoising loss at each of some timesteps beside the ideal denoiser's -> several :class:`Working`, then
    :class:`LossByTimeOf`.
    """

    n: int = 512
    points: int = 40


@dataclass(frozen=True)
class Guidance(Request):
    """Samples of class ``label`` from the same noise under several guidance scales -> :class:`GuidanceOf`."""

    label: int = 0
    scales: tuple[float, ...] = (0.0, 1.0, 2.0, 4.0, 8.0)
    n: int = 8
    seed: int = 0


@dataclass(frozen=True)
class QualityBySteps(Request):
    """Quality against the number of network evaluations, for all samplers -> several :class:`QualityOf`, growing."""

    steps: tuple[int, ...] = (2, 5, 10, 20, 50)
    n: int = 2000
    repeats: int = 3


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
class Remedy:
    """What may help. ``changes`` to the recipe: applied to the run at once where all of them are live, else in a new run."""

    label: str  # what the button says: "Add R1 penalty"
    help: str
    changes: dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """Something that goes wrong in the training: named, in one sentence, with its reason and what may help."""

    key: str  # "collapse", "saturated" ...
    title: str
    sentence: str
    why: str
    since_step: int
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True)
class Health(Event):
    """All that is wrong at ``step``; an empty tuple means that nothing is any more. Sent when it changes."""

    step: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Adopted(Event):
    """A part of the model was replaced by a copy trained aside (:class:`TrainToOptimum`)."""

    part: str
    step: int


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
    """``z`` (R, R, 2) lattice and ``x`` (R, R, 2) where it lands.

    ``log_density`` (R-1, R-1), where z is two-dimensional: log of a cell's prior mass over the area of its image, in nats.
    """

    z: Array
    x: Array
    log_density: Array | None = None


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
class Items(Answer):
    """Data items: pictures (uint8) or points (float32), with ``labels``, (N,) arrays by name."""

    x: Array
    labels: dict[str, Array]


@dataclass(frozen=True)
class DataFieldOf(Answer):
    """``log_density`` (R, R) of the data in nats, row 0 = smallest y."""

    bounds: tuple[float, float, float, float]
    log_density: Array


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
class GameOf(Answer):
    """``d``, ``d_star`` (R, R), row 0 = smallest y: D(x) and D*(x) = p/(p + q) as probabilities of "real" (0.5 neutral).

    ``scale`` is "probability" where the trained D is a probability, else "score" (a critic without one): ``d`` is then the
    sigmoid of the score above ``midpoint``, the middle between its means on real and generated points. ``d_star`` is None where
    q is not known (noise of more than two dimensions). ``d_star_note`` says in a sentence what D* means for this objective.

    ``real``, ``fake`` (n, 2) points; ``z`` (n, d): the noise that G made ``fake`` of. ``push`` (n, 2): minus the gradient of G's
    loss with respect to each generated point (of its own loss, not divided by n), in nats per unit of x, true length. ``d_real``,
    ``d_fake`` (n,) as ``d``, at the points; ``pull_real``, ``pull_fake`` (n,): by how much each point pulls at D's logit,
    |d loss_D / d logit|, in [0, 1] for cross-entropy.

    ``js`` is the exact Jensen-Shannon divergence in nats with ``js_error``, the change from half the resolution; ``js_seen``
    = ln 2 + V(D)/2 with its standard error: what D can see of it (V of Goodfellow et al. 2014, eq. 1); None for critics.
    """

    bounds: tuple[float, float, float, float]
    d: Array
    d_star: Array | None
    d_star_note: str
    scale: str
    midpoint: float
    real: Array
    fake: Array
    z: Array
    push: Array
    d_real: Array
    d_fake: Array
    pull_real: Array
    pull_fake: Array
    js: float | None
    js_error: float | None
    js_seen: float | None
    js_seen_error: float | None


@dataclass(frozen=True)
class Optimising(Answer):
    """How far the copy of D is after ``done`` of ``total`` steps: its field ``d`` (R, R) and, for all reports so far, ``steps``
    (k,),
    ``js_seen`` (k,) = ln 2 + V(D)/2 and its standard errors ``js_seen_error`` (k,); ``js`` is the exact line it climbs to.
    """

    done: int
    total: int
    seconds_left: float
    d: Array
    d_star: Array | None
    steps: Array
    js_seen: Array
    js_seen_error: Array
    js: float | None


@dataclass(frozen=True)
class ScoresOf(Answer):
    """Pictures ordered by D's score, the most real first: ``real``, ``fake`` with ``score_real``, ``score_fake`` (n,),
    probabilities or
    raw scores as ``scale`` says (as in :class:`GameOf`).

    ``look_real``, ``look_fake`` (n, H, W) uint8: where D looks, |d score / d pixel|, each picture scaled to its own maximum.
    ``all_real``, ``all_fake`` (m,): scores of many more, for histograms. ``accuracy``: share that D tells apart at its midpoint.
    """

    real: Array
    fake: Array
    score_real: Array
    score_fake: Array
    look_real: Array
    look_fake: Array
    all_real: Array
    all_fake: Array
    scale: str
    midpoint: float
    accuracy: float


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
class JudgeOf(Answer):
    """Items ``x`` with the truth ``real`` (n,) bool, D's probability ``d`` (n,) of "real" and D*'s where it is known."""

    x: Array
    real: Array
    d: Array
    d_star: Array | None


@dataclass(frozen=True)
class FoundLatent(Answer):
    """The best ``z`` (d,) so far with its picture ``x`` beside the ``target`` (both (1, ...)); ``error`` (k,): root mean square
    error per pixel (of values in [-1, 1]) or the distance (points) at each report of the best start."""

    done: int
    total: int
    seconds_left: float
    z: Array
    x: Array
    target: Array
    error: Array


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


@dataclass(frozen=True)
class Diffused(Answer):
    """``x0`` (1, ...), ``jump`` and ``walk`` (draws, ...): the same distribution by one jump and by t + 1 steps. ``values_jump``,
    ``values_walk``: all numbers of many draws, for histograms against N(0, 1); ``mean``, ``std``: theory for this item's average
    over draws. ``alpha_bar``, ``snr`` (T,): the recipe's schedule. ``terminal_kl``: KL(q(x_T) || N(0, I)) in nats per dimension.
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
class LossByTimeOf(Answer):
    """Mean squared error per dimension of eps at timesteps ``t`` (k,), with standard errors, and the ideal denoiser's on the same
    noised items (None where it is not known).
    """

    t: Array
    loss: Array
    loss_se: Array
    ideal: Array | None


@dataclass(frozen=True)
class GuidanceOf(Answer):
    """``rows`` (S, n, ...) samples, one row a scale of ``scales`` (S,), all from the same noise."""

    scales: Array
    rows: Array
    label: int


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


@dataclass(frozen=True)
class Evaluated(Answer):
    """Full evaluation: every number by name (None = does not apply), with units and notes."""

    numbers: dict[str, Any]
