"""Questions about a GAN, each followed by its answer."""

from __future__ import annotations

from dataclasses import dataclass

from playground.engine.messages.base import Answer, Array, Request


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
class GameOf(Answer):
    """``d``, ``d_star`` (R, R), row 0 = smallest y: D(x) and D*(x) = p/(p + q) as probabilities of "real" (0.5 neutral).

    ``scale`` is "probability" where the trained D is a probability, else "score" (a critic without one): ``d`` is then the
    sigmoid of the score above ``midpoint``, the middle between its means on real and generated points. ``d_star`` is None where
    q is not known (noise of more than two dimensions), and NaN where neither density ever goes. ``d_star_note`` says in a sentence
    what D* means for this objective.

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
class Scores(Request):
    """``n`` real and ``n`` generated pictures, each ordered by D's score -> :class:`ScoresOf`. Images only."""

    n: int = 32
    seed: int = 0
    split: str = "test"


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
class Judge(Request):
    """``n`` items, about half of them real, in random order, to be told apart by a person -> :class:`JudgeOf`."""

    n: int = 20
    seed: int = 0


@dataclass(frozen=True)
class JudgeOf(Answer):
    """Items ``x`` with the truth ``real`` (n,) bool, D's probability ``d`` (n,) of "real" and D*'s where it is known."""

    x: Array
    real: Array
    d: Array
    d_star: Array | None


@dataclass(frozen=True)
class FindLatent(Request):
    """Search for the z whose picture is nearest to item ``index`` of a split, by gradient descent from several starts
    -> several :class:`FoundLatent`, the last with ``done`` = ``total``.
    """

    index: int = 0
    split: str = "test"
    steps: int = 300


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
