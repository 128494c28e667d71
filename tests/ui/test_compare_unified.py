"""Unified view: the textbook's words beside the measured ones, marks and figures; every cell opens what backs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fake_comparison import ComparePage
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from playground.engine import FAMILIES
from playground.engine import messages as m
from playground.ui.compare.exhibits import ALIASES, EXHIBITS, Source, exhibits
from playground.ui.compare.unified import UnifiedViewPage
from playground.ui.compare.unified_table import ASPECTS, UnifiedTable


def unified(page: ComparePage) -> UnifiedViewPage:
    page.tab.stage.show_view("unified")
    view = page.tab.stage.made("unified")
    assert isinstance(view, UnifiedViewPage)
    return view


@pytest.fixture(scope="module")
def points_page(qapp: Any) -> Iterator[ComparePage]:
    made = ComparePage()
    made.start(seeds=2)
    made.finish()
    unified(made)._open()  # the list of seeds makes its frame once
    yield made
    made.close()


@pytest.fixture
def view(points_page: ComparePage) -> UnifiedViewPage:
    """Two seeds are measured; the first cell is chosen, no evidence is open."""
    found = unified(points_page)
    found._close()
    found.table.go(0, 0)
    return found


def words(table: UnifiedTable, aspect: str, column: int) -> list[str]:
    return [p.text for p in table._blocks[ASPECTS.index(aspect), column].pieces]


def shown(view: UnifiedViewPage) -> str:
    return "\n".join(label.text() for label in view.evidence.findChildren(QLabel))


def click(qtbot: QtBot, table: UnifiedTable, row: int, column: int) -> None:
    qtbot.mouseClick(table, Qt.MouseButton.LeftButton, pos=table.rect_of(row, column).center().toPoint())


def test_words_of_textbook_and_measurement_stand_together_and_marks_say_whether_they_agree(view: UnifiedViewPage) -> None:
    table = view.table
    gan = " ".join(words(table, "training", 1))
    assert f"textbook: {FAMILIES['gan'].textbook['training']} Stable" in gan  # the fake measures Stable for the second column
    for column, agrees in ((0, True), (1, False)):
        block = table._blocks[ASPECTS.index("training"), column]
        assert block.mark is not None
        assert table.cells["training", table.columns[column].key].agrees is agrees
    assert "≠ Measurement and textbook disagree." in table.tip(ASPECTS.index("training"), 1)
    assert all(table._blocks[ASPECTS.index("objective"), j].mark is None for j in range(3))  # of no opinion


def test_figures_carry_spread_unit_and_what_real_items_score(view: UnifiedViewPage) -> None:
    said = words(view.table, "quality", 0)
    assert "0.019 ± 0.001 nats" in said
    assert "0.013 ± 0.00043, real 0.004" in said
    assert "1.92 → 0.43" in words(view.table, "objective", 0)
    tip = view.table.tip(ASPECTS.index("quality"), 0)
    assert "by seed: 0.018, 0.019" in tip and "lower is better" in tip


def test_arrows_move_and_stop_at_the_edges_enter_opens_and_escape_closes(qtbot: QtBot, view: UnifiedViewPage) -> None:
    table = view.table
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Up):
        qtbot.keyClick(table, key)
    assert (table.row, table.column) == (0, 0)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right):
        qtbot.keyClick(table, key)
    assert (table.row, table.column) == (2, 1) and view.evidence.isHidden()
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert view.evidence.isVisible() and view.evidence.cell is table.cells["quality", "gan"]
    qtbot.keyClick(table, Qt.Key.Key_Right)  # the evidence follows
    assert view.evidence.cell is table.cells["quality", "diffusion"]
    qtbot.keyClick(view.evidence, Qt.Key.Key_Escape)
    assert view.evidence.isHidden()


def test_a_click_opens_the_evidence_with_the_rule_in_words(qtbot: QtBot, view: UnifiedViewPage) -> None:
    click(qtbot, view.table, ASPECTS.index("training"), 1)
    assert view.evidence.isVisible()
    said = shown(view)
    assert "Rule: Stable where the spread over seeds stays below a tenth of the mean." in said
    assert "Measurement and textbook disagree." in said and "QUALITY WHILE IT TRAINED" in said
    assert FAMILIES["gan"].textbook["training"] in said


def test_another_seed_shows_its_pictures(view: UnifiedViewPage, points_page: ComparePage) -> None:
    view.table.go(ASPECTS.index("quality"), 0)
    view._open()
    assert view.evidence.seed.count() == 2
    before = view.evidence._scroll
    view.evidence.seed.setCurrentIndex(1)
    view.evidence.seed.picked.emit("1")
    assert view.evidence._scroll is not before


@pytest.mark.parametrize("name", [*EXHIBITS, *ALIASES])
def test_every_kind_of_evidence_has_an_exhibit(name: str, view: UnifiedViewPage, points_page: ComparePage) -> None:
    facts = points_page.tab.stage.facts
    column = facts.columns[0]
    cell = m.Cell("speed", column.key, "", "", "", None, (m.Figure("k", "l", "", "", (), 1.0, np.nan, evidence=(name,)),))
    track = facts.track(column.key)
    assert track is not None
    found = exhibits(Source(facts, column, track.measured), cell)
    target = ALIASES.get(name, name)
    if target in ("spectrum_model", "information"):  # of pictures alone; of factors
        assert not found
        return
    assert [title for title, _ in found] == [EXHIBITS[target][0]]
    for _, widget in found:
        widget.deleteLater()


def test_pictures_have_spectra_and_paths_too(qapp: Any) -> None:
    page = ComparePage()
    try:
        page.start("mnist", ("vae", "gan"))
        page.finish()
        facts = page.tab.stage.facts
        track = facts.track("vae")
        assert track is not None
        for name in ("spectrum_model", "path_frames", "round_trip_again", "samples"):
            widget = EXHIBITS[name][1](Source(facts, facts.columns[0], track.measured))
            assert widget is not None, name
            widget.deleteLater()
    finally:
        page.close()


def test_before_anything_is_measured_the_textbook_stands_alone_and_five_columns_scroll(qtbot: QtBot) -> None:
    page = ComparePage(size=(712, 590))
    try:
        page.start(families=("vae", "gan", "diffusion", "vae", "gan"))
        view = unified(page)
        table, bar = view.table, view.table_scroll.horizontalScrollBar()
        assert f"textbook: {FAMILIES['vae'].textbook['training']}" in " ".join(words(table, "training", 0))
        assert "not measured yet" in words(table, "training", 0)
        assert all(block.mark is None for block in table._blocks.values())
        assert bar.maximum() > 0 and bar.value() == 0
        for _ in range(4):
            qtbot.keyClick(table, Qt.Key.Key_Right)
        seen = table.visibleRegion().boundingRect()
        box = table.rect_of(0, 4).toRect()
        assert bar.value() > 0 and seen.left() + table.head_width() <= box.left() + 1 and box.right() <= seen.right() + 2
        page.engine.stop()
        page.hear()
    finally:
        page.close()
