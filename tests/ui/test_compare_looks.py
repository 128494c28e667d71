"""How a figure of a comparison is written: as exactly as it is known, and never as 0 where it is not."""

from __future__ import annotations

import math

import pytest

from playground.engine import messages as m
from playground.ui.compare.estimate import span, stated_seconds
from playground.ui.compare.facts import Facts
from playground.ui.compare.looks import amount, figure_text, full_text
from playground.ui.compare.stage import about_text

NAN = math.nan


def figure(mean: float, spread: float = NAN, unit: str = "", **more: float) -> m.Figure:
    return m.Figure("energy", "energy distance", unit, "low", (mean,), mean, spread, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "like", "said"),
    [(0.01234, NAN, "0.012"), (0.00412, 0.0123, "0.004"), (1.336, NAN, "1.34"), (0.0041, 1.336, "0.0041"), (0.0, 0.58, "0"),
     (38274.0, NAN, "38,274"), (0.2, 1358.0, "0.200"), (-4.287, 2.14, "−4.29"), (2.5e-6, NAN, "2.5e−06"), (8.0, 8.0, "8"),
     (NAN, NAN, "–"), (1.2e7, NAN, "12.00M"), (0.3, 8.0, "0.30")],
)  # fmt: skip
def test_numbers_have_about_three_figures_and_only_0_reads_as_0(value: float, like: float, said: str) -> None:
    assert amount(value, like) == said


def test_a_figure_says_its_spread_its_unit_and_what_real_items_score() -> None:
    assert figure_text(figure(0.0123, 0.0031, floor=0.0092)) == "0.012 ± 0.003, real 0.009"
    assert figure_text(figure(7.2, unit="%", error=1.04)) == "7.20 ± 1.04 %"
    assert figure_text(figure(NAN)) == "–"


def test_its_tooltip_tells_the_floor_with_its_own_spread_and_which_way_is_better() -> None:
    told = full_text(figure(1.34, floor=0.0041, floor_sd=0.0009))
    assert "0.0041 ± 0.0009" in told and "lower is better" in told


@pytest.mark.parametrize(("stated", "seconds"), [("about 60 s", 60), ("2-3 min", 150), ("about 1 h", 3600), ("a while", 0)])
def test_stated_times_are_read(stated: str, seconds: float) -> None:
    assert stated_seconds(stated) == seconds


def test_spans_are_said_in_the_unit_that_suits() -> None:
    assert [span(s) for s in (40, 468, 5400)] == ["40 s", "8 min", "1 h 30 min"]


def test_the_stage_says_which_comparison_it_shows() -> None:
    facts = Facts()
    assert about_text(facts) == ""
    facts.on_event(m.Comparing("id", "/folder", "ring8", "points", (), 3, 40.0))
    assert about_text(facts) == "ring8 · 40 s each · 3 seeds"
    facts.on_event(m.Comparing("id", "/folder", "mnist", "image", (), 1, 0.0))
    assert about_text(facts) == "mnist · steps of the recipes · 1 seed"
