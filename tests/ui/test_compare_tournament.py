"""Which is real? Rounds of one real picture among made ones, and how often each was taken for it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fake_comparison import ComparePage
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from playground.ui.compare.tournament import TournamentView
from playground.ui.compare.tournament_score import REAL, ROUNDS, draw


@pytest.fixture(scope="module")
def page(qapp: Any) -> Iterator[ComparePage]:
    made = ComparePage()
    made.start("mnist")
    made.finish()
    made.tab.stage.show_view("real")
    yield made
    made.close()


@pytest.fixture
def view(page: ComparePage) -> TournamentView:
    found = page.tab.stage.made("real")
    assert isinstance(found, TournamentView)
    found.begin()
    return found


def test_it_is_of_pictures_only(page: ComparePage) -> None:
    stage = page.tab.stage
    assert "real" in stage.switch.keys
    stage.set_kind("points")
    assert "real" not in stage.switch.keys and "maps" in stage.switch.keys
    stage.set_kind("image")
    assert "real" in stage.switch.keys and "maps" not in stage.switch.keys
    stage.show_view("real")


def test_clicks_and_keys_choose_and_backspace_takes_back(qtbot: QtBot, view: TournamentView) -> None:
    centre = view.grid.tile_rect(2).center().toPoint()
    qtbot.mouseClick(view.grid, Qt.MouseButton.LeftButton, pos=centre)
    for key in (Qt.Key.Key_1, Qt.Key.Key_4, Qt.Key.Key_9):
        qtbot.keyClick(view, key)
    assert view.game.choices == [2, 0, 3] and f"Round 4 of {ROUNDS}" in view.question.text()
    qtbot.keyClick(view, Qt.Key.Key_Backspace)
    assert view.game.choices == [2, 0]


def test_the_score_comes_after_the_last_round_with_its_error_and_the_line_of_guessing(qtbot: QtBot, view: TournamentView) -> None:
    for i in range(ROUNDS):
        assert view.pages.currentIndex() == 0
        assert view.game.now is not None
        key = REAL if i < 9 else "gan"
        qtbot.keyClick(view, Qt.Key(Qt.Key.Key_1 + view.game.now.keys.index(key)))
    assert view.pages.currentIndex() == 1
    gan, real = view.game.standing("gan"), view.game.standing(REAL)
    assert (gan.taken, gan.rounds, gan.chance) == (3, ROUNDS, 0.25) and real.taken == 9
    assert gan.error == pytest.approx(math.sqrt(0.25 * 0.75 / ROUNDS))
    assert "± one standard error" in view.words.text() and "guessing, 25 %" in view.words.text()
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert view.pages.currentIndex() == 0 and not view.game.choices


def test_no_picture_is_shown_twice_and_the_real_one_is_anywhere() -> None:
    pool = np.arange(4 * 64).reshape(4, 64, 1, 1)
    fakes = {name: pool[i + 1] for i, name in enumerate("abc")}
    places = set()
    for seed in range(4):
        game = draw(pool[0], fakes, seed)
        shown = np.concatenate([r.x.ravel() for r in game.rounds])
        assert len(shown) == 4 * ROUNDS == len(set(shown.tolist()))
        assert all(sorted(r.keys) == ["", "a", "b", "c"] for r in game.rounds)
        assert all(r.x[r.keys.index(REAL)].item() < 64 for r in game.rounds)
        places |= {r.keys.index(REAL) for r in game.rounds}
    assert places == {0, 1, 2, 3}
