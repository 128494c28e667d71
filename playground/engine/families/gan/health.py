"""Watches over the game: finds collapse, a D that wins, a G without gradient, circling and divergence by the numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from playground.engine.families.gan import GANConfig
from playground.engine.families.gan.advice import WHY, remedies
from playground.engine.families.gan.alarms import BLOCK, Alarm, Blocks, spoken, swings
from playground.engine.messages import Finding
from playground.engine.watch import Watch

NAMES = ("diversity", "d_real", "d_fake", "gradient_d", "gradient_g", "loss_d", "loss_g", "equilibrium_d")
VERDICT = ("minimax", "nonsaturating", "lsgan", "rpgan")  # here D's verdicts 0 and 1 mean that it is sure

WARM_UP = 500  # steps in which a young game may look like anything
YOUNG = 1500  # steps after which little variety is a fault even if there never was more
ALIKE = 0.02  # diversity of items that differ by rounding only, with room to spare
NARROW, WIDE = 0.2, 0.35  # diversity that is bad, and that is good again
SURE, UNSURE = 0.95, 0.85  # D(real) - D(generated): D wins, and no longer does
STILL, MOVING = 1e-3, 1e-2  # G's gradient, against its own 90 % quantile
BAND = 0.12  # D's verdict has swung when it leaves mean ± this
GROWN = 100.0  # orders of magnitude that count as divergence
MISSED, BACK = 0.1, 0.3  # share of a mode against its true share: lost, and there again


@dataclass
class Mode:
    """One mode of the data: whether it was ever there, and the step since which it gets no samples."""

    seen: bool = False
    missed_since: int | None = None
    losses: int = 0  # how often it was lost after it had been there


class GANWatch(Watch):
    """Looks at medians over blocks of 25 steps, and at the shares of the modes.

    ``config()`` is the recipe as it is now: remedies that are already taken are not proposed. ``names`` and ``true`` (K,) are the
    modes of the data with their shares, if it has any; those that are rarer than ``rare`` are not judged.
    """

    def __init__(
        self, config: Callable[[], GANConfig], names: tuple[str, ...] = (), true: np.ndarray | None = None, rare: float = 0.008
    ) -> None:
        self._config, self._names, self._rare = config, names, rare
        self._true = np.zeros(0) if true is None else np.asarray(true, float)
        self._blocks = Blocks(NAMES)
        self._modes = [Mode() for _ in names]
        self._step = self._mode_step = 0
        self._alarms = {
            "alike": Alarm(4, 4), "narrow": Alarm(6, 4), "saturated": Alarm(12, 8), "no_gradient": Alarm(4, 4),
            "oscillation": Alarm(2, 12), "divergence": Alarm(3, 12),
        }  # fmt: skip
        self._told: dict[str, tuple[object, Finding]] = {}

    # ------------------------------------------------------------------ what is fed
    def on_steps(self, steps: np.ndarray, scalars: Mapping[str, np.ndarray]) -> None:
        for block in self._blocks.feed(steps, scalars):
            self._look(block)

    def on_monitored(self, step: int, scalars: Mapping[str, float], vectors: Mapping[str, np.ndarray]) -> None:
        share = vectors.get("mode_share")
        if share is None or len(share) != len(self._modes):
            return
        self._mode_step = step
        for mode, got, true in zip(self._modes, share, self._true, strict=True):
            if true < self._rare:
                continue
            if got > BACK * true:
                mode.seen, mode.missed_since = True, None
            elif got < MISSED * true and mode.missed_since is None:
                mode.missed_since = step
                mode.losses += mode.seen

    # ------------------------------------------------------------------ the looks
    def _look(self, block: int) -> None:
        """Ask every question of the block that has just been filled; NaN, for a scalar that is not reported, answers no."""
        step = self._step = int(self._blocks.steps[block])
        row = dict(zip(NAMES, self._blocks.table[block], strict=True))
        warm = step > WARM_UP
        diversity = row["diversity"]
        self._alarms["alike"].look(step, diversity < ALIKE, diversity > 2 * ALIKE)
        was_wide = bool((self._blocks.column("diversity", block) > 0.5).any())
        self._alarms["narrow"].look(step, ((was_wide and warm) or step > YOUNG) and diversity < NARROW, diversity > WIDE)
        self._alarms["saturated"].look(step, warm and self._sure(row, SURE, 0.02), not self._sure(row, UNSURE, 0.1))
        still, moving = self._stillness(block)
        self._alarms["no_gradient"].look(step, still, moving)
        turns = self._turns(block)
        self._alarms["oscillation"].look(step, warm and len(turns) >= 6 and _regular(turns), len(turns) < 4)
        growth = self._growth(block)
        self._alarms["divergence"].look(step, warm and growth > GROWN, growth < GROWN / 10)

    def _sure(self, row: dict[str, float], gap: float, share: float) -> bool:
        """D tells all items apart: by its probabilities where it has any, else by a loss that is all but used up."""
        if self._config().objective in VERDICT:
            return row["d_real"] - row["d_fake"] > gap
        return row["equilibrium_d"] > 0 and row["loss_d"] < share * row["equilibrium_d"]

    def _stillness(self, block: int) -> tuple[bool, bool]:
        """Whether G's gradient has all but vanished, against what it was before; and whether it is back."""
        gradient = self._blocks.column("gradient_g", block)
        usual = np.quantile(gradient, 0.9) if len(gradient) >= 8 else 0.0
        return bool(gradient[-1] <= max(STILL * usual, 1e-9)), bool(gradient[-1] > max(MOVING * usual, 1e-8))

    def _turns(self, block: int) -> np.ndarray:
        """Blocks at which D's verdict on generated items swung to the other side, of the last 2,000 steps."""
        if self._config().objective not in VERDICT:
            return np.zeros(0, int)  # the level of a critic's score means nothing
        verdict = self._blocks.column("d_fake", block)[-80:]
        return swings(verdict[np.isfinite(verdict)], BAND)

    def _growth(self, block: int) -> float:
        """By what factor a loss or a gradient exceeds its own past; 0 while it is small enough to be harmless."""
        worst = 0.0
        for name, harmless in (("loss_d", 50), ("loss_g", 50), ("gradient_d", 500), ("gradient_g", 500)):
            size = np.abs(self._blocks.column(name, block))
            if len(size) >= 20 and size[-1] > harmless:
                worst = max(worst, float(size[-1] / max(np.median(size[:-8]), 1e-6)))
        return worst

    def _missed(self) -> dict[int, int]:
        """Modes that have gone without samples too long -> since when; those never found yet are given more time."""
        patience = max(YOUNG, self._config().steps // 4)
        gone = {k: (mode.missed_since, WARM_UP if mode.seen else patience) for k, mode in enumerate(self._modes)}
        return {k: since for k, (since, most) in gone.items() if since is not None and self._mode_step - since >= most}

    # ------------------------------------------------------------------ what is told
    def findings(self) -> tuple[Finding, ...]:
        told = [
            self._tell("collapse", "Mode collapse", self._collapse()), self._tell("saturated", "D wins", self._saturated()),
            self._tell("no_gradient", "G has no gradient", self._no_gradient()),
            self._tell("oscillation", "The players circle", self._oscillation()),
            self._tell("divergence", "Divergence", self._divergence()),
        ]  # fmt: skip
        return tuple(f for f in told if f is not None)

    def _tell(self, key: str, title: str, found: tuple[str, int, object] | None) -> Finding | None:
        """The finding in words; new words only when what they say has changed (``found``: sentence, since when, what is said)."""
        if found is None:
            self._told.pop(key, None)
            return None
        sentence, since, said = found
        duration = spoken(self._step - since)
        kept = self._told.get(key)
        if kept is None or kept[0] != (said, duration, self._config()):
            lasting = f"{sentence} This has lasted for over {duration} steps, since step {since:,}."
            cures = remedies(key, self._config(), self._step)
            kept = (said, duration, self._config()), Finding(key, title, lasting, WHY[key], since, cures)
            self._told[key] = kept
        return kept[1]

    def _collapse(self) -> tuple[str, int, object] | None:
        alike, narrow, missed = self._alarms["alike"], self._alarms["narrow"], self._missed()
        if alike.on or narrow.on:
            since = min(a.since for a in (alike, narrow) if a.on)
            much = self._now("diversity")
            what = "are all but equal" if alike.on else "are too much alike"
            return f"Generated items {what}: they differ {_percent(much)} as much as real ones.", since, alike.on
        if missed:
            names = [self._names[k] for k in missed]
            lost = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
            verb = "gets" if len(names) == 1 else "get"
            return f"{len(names)} of {len(self._modes)} modes {verb} no samples: {lost}.", min(missed.values()), tuple(missed)
        return None

    def _saturated(self) -> tuple[str, int, object] | None:
        alarm = self._alarms["saturated"]
        if not alarm.on:
            return None
        if self._config().objective in VERDICT:
            real, fake = self._now("d_real"), self._now("d_fake")
            return f"D tells all items apart: {real:.2f} on real and {fake:.2f} on generated ones.", alarm.since, None
        share = _percent(self._now("loss_d") / self._now("equilibrium_d"))
        return f"D tells all items apart: its loss is {share} of what it is at equilibrium.", alarm.since, None

    def _no_gradient(self) -> tuple[str, int, object] | None:
        alarm = self._alarms["no_gradient"]
        if not alarm.on:
            return None
        return f"The gradient of G's loss has all but vanished: its length is {self._now('gradient_g'):.1g}.", alarm.since, None

    def _oscillation(self) -> tuple[str, int, object] | None:
        alarm = self._alarms["oscillation"]
        if not alarm.on:
            return None
        verdict = self._blocks.column("d_fake", len(self._blocks.steps) - 1)[-80:]
        low, high = np.quantile(verdict, (0.1, 0.9))
        turns = max(len(swings(verdict, BAND)), 1)
        period = 2 * len(verdict) * BLOCK / turns
        text = f"D's verdict on generated items swings between {low:.2f} and {high:.2f}, about every {period:,.0f} steps"
        again = sum(m.losses > 1 for m in self._modes)
        return text + (f"; {again} modes came and went again." if again else "."), alarm.since, None

    def _divergence(self) -> tuple[str, int, object] | None:
        alarm = self._alarms["divergence"]
        if not alarm.on:
            return None
        growth = self._growth(len(self._blocks.steps) - 1)
        return f"Losses or gradients have grown {max(growth, 10):,.0f}-fold.", alarm.since, None

    def _now(self, name: str) -> float:
        """The median of a scalar over the last 100 steps."""
        return float(np.median(self._blocks.column(name, len(self._blocks.steps) - 1)[-4:]))


def _regular(turns: np.ndarray) -> bool:
    """Whether the times between turns are alike: a coefficient of variation below 0.75 (of a random series: 1)."""
    gaps = np.diff(turns)
    return bool(gaps.std() < 0.75 * gaps.mean())


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share < 0.1 else f"{100 * share:.0f} %"
