"""Why a game goes wrong, in the words of the theory, and what may help: changes to the recipe, most of them live."""

from __future__ import annotations

from collections.abc import Callable

from playground.engine.families.gan import GANConfig
from playground.engine.messages import Remedy

NOISE = 0.1  # instance noise that makes narrow data and samples overlap

WHY = {
    "collapse": (
        "G is paid for fooling D now, not for variety: if one spot fools D, all noise may be sent there, and no term of the loss "
        "objects. D judges items one at a time, so it cannot see that they are all alike (Lin et al. 2018). When D has "
        "learned to reject that spot, G moves to the next. A penalty on D's slope, pairs of real and generated items, or "
        "packing several items for D to judge at once bring the variety back."
    ),
    "saturated": (
        "Where data and samples hardly overlap, a perfect D exists that is 1 on the one and 0 on the other and flat in between "
        "(Arjovsky & Bottou 2017, theorem 2.1). A flat D has no gradient that could tell G where to go. Noise on what D sees "
        "makes the two overlap; a penalty or a lower learning rate keeps D from winning too soon."
    ),
    "no_gradient": (
        "G learns only through the gradient of D at its samples. If D is flat there, or G's own units are dead, that gradient is "
        "zero and G stands still for good. With the minimax loss it is the rule while D wins: d/dx log(1 − D) = −D × "
        "the slope of D's logit, and D is near 0 (Goodfellow et al. 2014, section 3)."
    ),
    "oscillation": (
        "The two players follow a field that turns: G runs to where D is high, D follows, and the pair circles about the "
        "equilibrium instead of reaching it, as in the Dirac-GAN (Mescheder et al. 2018). Plain gradient steps do not damp the "
        "turn, and a long memory in Adam makes it worse. A zero-centred penalty damps it, and an average of G's weights "
        "shows its centre."
    ),
    "divergence": (
        "A quantity that grows by orders of magnitude feeds itself: D becomes steeper, its gradients longer, and each step "
        "overshoots further. Nothing in the game pulls it back once the steps are longer than the valley is wide. Shorter "
        "steps, or a bound on D's slope, do."
    ),
}  # fmt: skip

Rule = tuple[Callable[[GANConfig, int], bool], Callable[[GANConfig], Remedy]]


def remedies(key: str, config: GANConfig, step: int, most: int = 2) -> tuple[Remedy, ...]:
    """The first ``most`` cures of this trouble that would change something at ``step``."""
    rules: dict[str, Rule] = {
        "penalty": (lambda c, s: c.resolved_penalty() == "none", lambda c: _PENALTY),
        "more penalty": (lambda c, s: c.resolved_penalty() != "none" and c.penalty_weight < 100, _more_penalty),
        "pairs": (lambda c, s: c.objective != "rpgan", lambda c: _PAIRS),
        "packing": (lambda c, s: c.packing <= 4 and c.batch_size % (2 * c.packing) == 0, _packing),
        "nonsaturating": (lambda c, s: c.objective == "minimax", lambda c: _NONSATURATING),
        "noise": (lambda c, s: c.instance_noise < NOISE and s < 0.5 * c.noise_until * c.steps, lambda c: _NOISE),
        "slower D": (lambda c, s: c.learning_rate_d > 2e-6, _slower_d),
        "slower": (lambda c, s: min(c.learning_rate_d, c.learning_rate_g) > 4e-6, _slower),
        "forget": (lambda c, s: c.adam_beta1 > 0, lambda c: _FORGET),
        "more room": (lambda c, s: c.objective == "wgan" and c.clip < 0.1, _more_room),
    }
    order = {
        "collapse": ("penalty", "pairs", "packing", "more penalty", "slower"),
        "saturated": ("nonsaturating", "noise", "penalty", "slower D", "more penalty"),
        "no_gradient": ("more room", "nonsaturating", "noise", "slower D", "penalty", "pairs"),
        "oscillation": ("penalty", "forget", "more penalty", "slower"),
        "divergence": ("slower", "penalty", "more penalty"),
    }[key]
    fitting = [make(config) for applies, make in (rules[name] for name in order) if applies(config, step)]
    return tuple(fitting[:most])


_PENALTY = Remedy(
    "Add R1 + R2 penalty", "Penalises D's slope at real and at generated items, from the next step on.",
    {"penalty": "r1r2", "penalty_weight": 1.0},
)  # fmt: skip


def _more_penalty(config: GANConfig) -> Remedy:
    weight = min(3 * config.penalty_weight, 1000.0) or 1.0
    text = f"Triples the penalty weight γ to {weight:.3g}, from the next step on."
    return Remedy("Strengthen the penalty", text, {"penalty_weight": weight})


_PAIRS = Remedy(
    "Train with pairs", "A new run with relativistic pairing, R1 and R2: D compares each sample with a real item, which holds "
    "every mode in place.", {"objective": "rpgan", "penalty": "r1r2", "penalty_weight": 1.0},
)  # fmt: skip
_NONSATURATING = Remedy(
    "Use the non-saturating loss", "A new run in which G maximises log D: it has a gradient while D wins.",
    {"objective": "nonsaturating"},
)  # fmt: skip
_NOISE = Remedy(
    "Add instance noise", "A little noise on everything that D sees, from the next step on; it fades as the run goes on.",
    {"instance_noise": NOISE},
)  # fmt: skip
_FORGET = Remedy("Set Adam β₁ to 0", "Adam forgets old directions at once, from the next step on.", {"adam_beta1": 0.0})


def _packing(config: GANConfig) -> Remedy:
    packs = 2 * config.packing
    return Remedy(f"Pack {packs} items", f"A new run in which D judges {packs} items at once.", {"packing": packs})


def _slower_d(config: GANConfig) -> Remedy:
    rate = config.learning_rate_d / 2
    return Remedy("Halve D's learning rate", f"To {rate:.3g}, from the next step on.", {"learning_rate_d": rate})


def _slower(config: GANConfig) -> Remedy:
    d, g = config.learning_rate_d / 4, config.learning_rate_g / 4
    changes = {"learning_rate_d": d, "learning_rate_g": g}
    return Remedy("Quarter both learning rates", f"To {d:.3g} (D) and {g:.3g} (G), from the next step on.", changes)


def _more_room(config: GANConfig) -> Remedy:
    clip = 3 * config.clip
    return Remedy("Clip D's weights later", f"At {clip:.3g} instead of {config.clip:.3g}: D may be steeper.", {"clip": clip})
