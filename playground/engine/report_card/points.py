"""Sample quality of points in the plane."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from playground.engine.metrics.energy import energy_distance
from playground.engine.metrics.spread import spread_of_points
from playground.engine.metrics.two_sample import two_sample_test
from playground.engine.report_card.space import Real, Space, Step

if TYPE_CHECKING:
    from playground.engine.answers import Answers
    from playground.engine.report_card.card import Card

PAIRS = 4  # of sets of real points, for a floor
HELD = 0.98889  # of the data lie in their densest region, as of a Gaussian within three standard deviations
LEVEL_POINTS = 20_000  # behind the level of density that bounds this region


def point_quality(of: Answers, card: Card, space: Space, real: Real, x: Tensor) -> Iterator[Step]:
    """Energy distance, two-sample test, modes, share of samples where the data are: of samples x (N, 2)."""
    numbers, others = card.numbers, [real.take(k) for k in range(2 * PAIRS)]
    yield 0, 3, "distances between samples and real points"
    numbers["energy"] = energy_distance(x, others[0])
    card.floor("energy", [energy_distance(a, b) for a, b in zip(others[::2], others[1::2], strict=True)])
    yield 1, 3, "telling samples from real points"
    tested(card, x, others[0], others[1])
    yield 2, 3, "modes"
    _spread(of, card, x)
    density = of.data.density
    if density is not None:
        many = density.sample(LEVEL_POINTS, torch.Generator().manual_seed(1))
        level = density.log_prob(many).quantile(1 - HELD)
        numbers |= {"on_data": float((density.log_prob(x) >= level).double().mean()), "on_data_floor": HELD}


def tested(card: Card, x: Tensor, real: Tensor, other: Tensor) -> None:
    """The classifier two-sample test of features x (N, k), and of real items against others."""
    found, floor = two_sample_test(real, x), two_sample_test(real, other)
    card.numbers |= {
        "c2st": found.accuracy, "c2st_error": found.error, "c2st_tested": found.tested, "c2st_floor": floor.accuracy,
        "c2st_floor_sd": floor.chance_error,
    }  # fmt: skip


def _spread(of: Answers, card: Card, x: Tensor) -> None:
    """Modes covered, high quality and reverse KL, where the data have modes or parts."""
    found = spread_of_points(of.data, x)
    if found is None:
        return
    counts = found.counts
    card.numbers |= {
        "modes": counts.count, "modes_floor": len(found.names), "high_quality": counts.high_quality,
        "high_quality_floor": counts.high_quality_perfect, "reverse_kl": counts.reverse_kl,
        "reverse_kl_floor": counts.reverse_kl_floor, "reverse_kl_floor_sd": counts.reverse_kl_floor_sd, "modes_note": found.note,
        "mode_names": list(found.names),
    }  # fmt: skip
    card.evidence |= {"mode_share": counts.share, "mode_true": counts.true}
