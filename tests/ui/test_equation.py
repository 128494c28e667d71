"""The equation strip fits its column: whole, broken at operators, numbers under their symbols."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from playground.engine import FAMILIES
from playground.ui import style, theme
from playground.ui.equation import EquationStrip
from playground.ui.widgets.histogram import PosteriorHistogram

WIDTHS = (260, 301, 420)  # of the right column: smallest, at 1280 px, largest


def strip_of(family: str, width: int, qtbot: QtBot) -> EquationStrip:
    """On screen in a column of this width, with long numbers."""
    host = QWidget()
    qtbot.addWidget(host)
    column = QVBoxLayout(host)
    strip = EquationStrip(FAMILIES[family].equation, family)
    column.addWidget(strip)
    keys = [t.term.key for t in strip.terms if t.term.key]
    strip.on_progress(SimpleNamespace(scalars={k: np.array([-1234.5 if i == 1 else -0.693]) for i, k in enumerate(keys)}))
    host.resize(width, 200)
    host.show()
    QApplication.processEvents()
    strip.host = host  # type: ignore[attr-defined]
    return strip


@pytest.mark.parametrize("look", ["dark", "presenter"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_term_is_whole_and_in_the_column(family: str, width: int, look: str, qapp: QApplication, qtbot: QtBot) -> None:
    style.dress(qapp, theme.wear(look))
    strip = strip_of(family, width, qtbot)
    for label in strip.terms:
        corner = label.mapTo(strip, label.rect().bottomRight())
        assert strip.rect().contains(corner), label.term.symbol
        assert label.symbol.width() >= label.symbol.sizeHint().width(), label.term.symbol
        middles = [part.mapTo(strip, part.rect().center()).x() for part in (label.symbol, label.number)]
        assert abs(middles[0] - middles[1]) <= 1, "the number stands under its symbol"


@pytest.mark.parametrize(("family", "lines"), [("vae", 2), ("gan", 2)])
def test_at_1280_it_takes_two_lines_that_begin_with_an_operator(
    family: str, lines: int, dressed: QApplication, qtbot: QtBot
) -> None:
    strip = strip_of(family, 301, qtbot)
    rows: dict[int, list[str]] = {}
    for label in strip.terms:
        rows.setdefault(label.mapTo(strip, label.rect().topLeft()).y(), []).append(label.term.symbol)
    assert len(rows) == lines
    assert all(row[0] in "=+−" for row in list(rows.values())[1:]), rows


def test_operators_alone_are_repeated_beneath(dressed: QApplication, qtbot: QtBot) -> None:
    strip = strip_of("gan", 420, qtbot)
    beneath = {t.term.symbol: t.number.text() for t in strip.terms if not t.term.key}
    assert beneath["="] == "=" and beneath["+"] == "+"
    assert not beneath[next(s for s in beneath if s.startswith("min"))].strip()


@pytest.mark.parametrize("width", [170, 240, 500])
def test_the_legend_of_the_histogram_is_whole(width: int, dressed: QApplication, qtbot: QtBot) -> None:
    histogram = PosteriorHistogram()
    qtbot.addWidget(histogram)
    histogram.show_values(np.zeros(10), "z12", (0.0, 1.0))
    histogram.resize(width, 160)
    boxes = histogram.legend_boxes()
    assert all(histogram.rect().toRectF().contains(box) for box in boxes)
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert boxes[-1].bottom() < 60
