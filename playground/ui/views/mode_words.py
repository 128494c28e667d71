"""What the numbers about modes mean, in sentences."""

from __future__ import annotations

import math

from playground.engine import messages as m

NAMED = 4  # so many modes are named; of more only the first, and how many others
RARE = 0.25  # a mode with less than this part of its share is rare


def listed(names: list[str]) -> str:
    """45°, 90° and 2 others."""
    if len(names) <= NAMED + 1:
        return ", ".join(names)
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} others"


def missing_words(answer: m.ModesOf, points: bool) -> str:
    """Which modes (of pictures: classes) get no sample, and which too few."""
    one, many = ("mode", "modes") if points else ("class", "classes")
    none = [n for n, s in zip(answer.names, answer.share, strict=True) if s <= 0]
    rare = [n for n, s, t in zip(answer.names, answer.share, answer.true, strict=True) if 0 < s < RARE * t]
    if none:
        return f"{_get(len(none), one, many)} no sample: {listed(none)}."
    if rare:
        share = "its share" if len(rare) == 1 else "their shares"
        return f"{_get(len(rare), one, many)} less than a quarter of {share}: {listed(rare)}."
    return f"No {one} is lost or rare."


def _get(count: int, one: str, many: str) -> str:
    return f"1 {one} gets" if count == 1 else f"{count} {many} get"


def quality_sd(answer: m.ModesOf) -> float:
    """Standard deviation of the share of ``n`` samples of a perfect generator, binomial."""
    p = answer.high_quality_perfect
    return math.sqrt(max(p * (1 - p), 0.0) / max(answer.n, 1))


def quality_words(answer: m.ModesOf, points: bool) -> str:
    """High quality against what a perfect generator scores."""
    perfect = f"{100 * answer.high_quality_perfect:.{3 if points else 1}f} %"
    if not points:
        return f"The classifier’s mean confidence in its class. On real items: {perfect}."
    deviations = (answer.high_quality - answer.high_quality_perfect) / max(quality_sd(answer), 1e-12)
    if deviations > 3:
        return f"Perfect: {perfect}. Clearly more means that the modes have shrunk."
    if deviations < -3:
        return f"Perfect: {perfect}. The rest lies between the modes."
    return f"Perfect: {perfect}. The difference is within what chance allows."


def kl_words(answer: m.ModesOf) -> str:
    """The reverse KL against its sampling floor."""
    floor = f"Perfect: {answer.reverse_kl_floor:.4f} ± {answer.reverse_kl_floor_sd:.4f}."
    deviations = (answer.reverse_kl - answer.reverse_kl_floor) / max(answer.reverse_kl_floor_sd, 1e-12)
    if not math.isfinite(answer.reverse_kl):
        return floor
    if deviations <= 2:
        return f"{floor} With {answer.n:,} samples not to be told from it."
    times = f"{deviations:.1f}" if deviations < 100 else f"{deviations:,.0f}"
    return f"{floor} This is {times} standard deviations above."


def elsewhere(answer: m.ModesOf, points: bool) -> float:
    """Share of all samples that count for no mode (2-D: farther than 3 standard deviations from all)."""
    return max(0.0, 1 - answer.high_quality) if points else 0.0


def counted(answer: m.ModesOf, points: bool) -> int:
    """How many samples the shares are of: those that count for a mode."""
    return round(answer.n * answer.high_quality) if points else answer.n
