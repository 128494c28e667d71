"""Sharpness: the spectrum beside real pictures, the trail as a slider moves, and the slider itself."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from view_tools import again, make, near, shot

from playground.engine import FAMILIES
from playground.engine import messages as m
from playground.ui.views.spectrum import verdict
from playground.ui.widgets.ink import ink


def step_on(view: Any, engine: Any, blur: float, w: float | None = None) -> None:
    """The model has trained on: its samples are blurred by ``blur`` pixels."""
    engine.step += 100
    engine.blur = blur
    if w is not None:
        engine.context = dataclasses.replace(engine.context, config=engine.context.config.replace(feature_weight=w))
    again(view, engine)


def test_real_pictures_have_their_band_and_the_model_its_curve(qtbot: Any) -> None:
    view, _ = make(qtbot, "spectrum", family="vae_gan")
    real, back, model = view.chart.measured
    answer = view.shown
    assert near(real.values, answer.real[1:]) and near(real.errors, 2 * answer.real_sd[1:]) and real.colour == ink("data")
    assert near(model.values, answer.model[1:]) and model.colour == ink("hybrids") and near(back.values, answer.rebuilt[1:])
    assert real.at.min() > 0, "no place for frequency 0 on a logarithmic axis"
    px = view.chart.to_px(np.array([0.05, 0.1, 0.2]), np.ones(3))[:, 0]
    assert near(np.diff(px)[:1], np.diff(px)[1:]), "each doubling of the frequency is as wide"
    assert set(view.chart.columns()) == {0.05, 0.1, 0.2, 0.5, 0.7}
    plot = view.chart.plot()
    ends = view.chart.to_px(np.array([real.at[0], real.at[-1]]), np.ones(2))[:, 0]
    assert near(ends, np.array([plot.left(), plot.right()])), "the curves fill the width"


def test_numbers_come_with_what_real_pictures_score(qtbot: Any) -> None:
    view, engine = make(qtbot, "spectrum", family="vae_gan")
    a = view.shown
    assert f"{a.sharpness:.2f}" in view.samples.number.text() and "1.00 ± 0.03" in view.samples.words.text()
    assert "Blurred" in view.samples.words.text() and "256 at step 100" in view.samples.words.text()
    assert f"{a.rmse:.3f}" in view.error.number.text() and "0.002" in view.error.number.text()
    step_on(view, engine, 0.0)
    assert "As sharp as real" in view.samples.words.text()


@pytest.mark.parametrize(("ratio", "word"), [(0.93, "Blurred"), (0.95, "As sharp"), (1.05, "As sharp"), (1.07, "noisy")])
def test_the_verdict_allows_for_chance(ratio: float, word: str) -> None:
    assert word in verdict(ratio, 0.03)


def test_the_trail_keeps_every_look_with_the_dial_it_was_taken_at(qtbot: Any) -> None:
    view, engine = make(qtbot, "spectrum", family="vae_gan")
    for blur, w in ((1.2, 0.0), (0.8, 0.5), (0.4, 1.0)):
        step_on(view, engine, blur, w)
    looks = view.trail.looks[-3:]
    assert [look.dial for look in looks] == [0.0, 0.5, 1.0] and np.allclose([look.x for look in looks], [0.24, 0.16, 0.08])
    assert looks[0].y < looks[1].y < looks[2].y and view.trail.what_x.startswith("error per pixel")
    assert view.trail.floor == 1.0 and view.trail.floor_sd == 0.025
    place = [view.trail.to_px(look.x, look.y) for look in looks]
    assert place[0].x() > place[2].x() and place[0].y() > place[2].y(), "right: more error; up: sharper"
    colours = [view.trail.colour(look.dial).name() for look in looks]
    assert colours[0] == ink("muted").name() and colours[2] == ink("hybrids").name() and len(set(colours)) == 3
    full = shot(view.trail)
    view.forget.click()
    assert len(view.trail.looks) == 1 and (shot(view.trail) != full).any()


def test_the_second_look_does_not_wait_for_what_the_first_one_cost(qtbot: Any) -> None:
    """It was at real pictures too, once and for all."""
    view, engine = make(qtbot, "spectrum", family="vae_gan", fill=False)
    for looks in (1, 2, 2):
        view.refresh()
        waiting = [(i, r) for i, r in engine.asked[view.trail.looks.__len__() :] if isinstance(r, m.Spectrum)]
        for request_id, request in waiting:
            view.on_answer(dataclasses.replace(engine.answer(request_id, request), elapsed_ms=60_000.0))
        assert len(view.trail.looks) == looks, "but the third one does"


def test_the_slider_moves_the_recipe_and_follows_it(qtbot: Any) -> None:
    view, engine = make(qtbot, "spectrum", family="vae_gan")
    changed: list[dict[str, float]] = []
    view.commands = dataclasses.replace(view.commands, change=changed.append)
    assert view.dial.isVisible() and "= 1.00" in view.dial.words.text() and "Larsen" in view.dial.slider.toolTip()
    view.dial.slider.setFocus()
    qtbot.keyClick(view.dial.slider, Qt.Key.Key_Left)
    assert changed == [{"feature_weight": pytest.approx(0.95)}] and "0.95" in view.dial.words.text()
    step_on(view, engine, 0.8, 0.2)
    assert "0.95" in view.dial.words.text(), "a hand is on it"
    view.dial.slider.clearFocus()
    step_on(view, engine, 0.8, 0.3)
    assert "0.30" in view.dial.words.text() and len(changed) == 1, "to follow changes nothing"


@pytest.mark.parametrize("family", ["gan", "diffusion"])
def test_without_an_encoder_the_trail_is_over_training(qtbot: Any, family: str) -> None:
    view, engine = make(qtbot, "spectrum", family=family)
    step_on(view, engine, 0.4)
    assert [look.x for look in view.trail.looks][-1] == engine.step and view.trail.what_x == "training step"
    assert len(view.chart.measured) == 2 and not view.pairs_card.isVisible() and not view.error.isVisible()
    assert not view.dial.isVisible() and view.chart.measured[-1].colour == ink(FAMILIES[family].accent)


def test_a_family_that_draws_slowly_is_asked_for_few(qtbot: Any) -> None:
    for family, n in (("diffusion", 64), ("gan", 256), ("vae_gan", 256)):
        view, engine = make(qtbot, "spectrum", family=family)
        assert {r.n for r in engine.requests(m.Spectrum)} == {n}, family
    view.count.setCurrentIndex(4)
    assert engine.requests(m.Spectrum)[-1].n == 1024


def test_progress_is_told_until_the_first_answer(qtbot: Any) -> None:
    view, engine = make(qtbot, "spectrum", family="diffusion", fill=False)
    view.refresh()
    request_id, request = engine.asked[-1]
    view.on_answer(m.Working(engine.context.run_id, request_id, 100, 1.0, request.channel, 16, 64, "samples", 12.0))
    assert "25 %" in view.grid.placeholder and "12 s left" in view.grid.placeholder
