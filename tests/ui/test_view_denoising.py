"""The anatomy of a diffusion model: error over t, guidance, quality against effort."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from fake_engine import context
from view_tools import again, make, near, shot

from playground.engine import messages as m


def test_the_error_is_drawn_beside_the_ideal_and_told(qtbot: Any) -> None:
    view, _ = make(qtbot, "denoising", "points", family="diffusion")
    assert "gap <b>0.020</b>" in view.words.text() and "knows the density" in view.words.text()
    network, theory = view.curve.measured[0], view.curve.curves[0]
    assert theory.dashed and near(network.values - theory.values, np.full(40, 0.02))


def test_for_pictures_the_ideal_only_knows_the_training_items(qtbot: Any) -> None:
    view, _ = make(qtbot, "denoising", "image", family="diffusion")
    assert "training items" in view.words.text() and "can still be learned" not in view.words.text()


def test_the_axis_can_be_logarithmic(qtbot: Any) -> None:
    view, _ = make(qtbot, "denoising", "points", family="diffusion")
    even = shot(view.curve)
    view.log.parts["log"].click()
    assert (shot(view.curve) != even).mean() > 0.003
    y = view.curve.to_px(np.zeros(3), np.array([1.0, 0.1, 0.01]))[:, 1]
    assert near(np.diff(y)[:1], np.diff(y)[1:]), "each power of ten is as high"


def test_quality_grows_and_runs_only_when_asked(qtbot: Any) -> None:
    view, engine = make(qtbot, "denoising", "points", family="diffusion")
    view.page.click("quality")
    again(view, engine)
    assert not engine.requests(m.QualityBySteps)
    view.jobs.start.click()
    request_id, request = engine.asked[-1]
    first, last = engine.answers(request_id, request)
    view.on_answer(first)
    assert len(view.effort.measured) == 2 and "10 of 20" in view.jobs.words.text() and view.jobs.stop.isVisible()
    view.on_answer(last)
    assert len(view.effort.measured) == 4 and not view.jobs.stop.isVisible()
    assert "DPM-Solver++" in view.words.text() and view.effort.floor == 0.01
    x = view.effort.to_px(np.array([2.0, 10.0, 50.0]), np.ones(3))[:, 0]
    assert near(np.diff(x)[:1], np.diff(x)[1:]), "evaluations are spread by their logarithm"


def test_stop_keeps_what_has_arrived(qtbot: Any) -> None:
    view, engine = make(qtbot, "denoising", "points", family="diffusion")
    dropped: list[str] = []
    view.commands = type(view.commands)(cancel=dropped.append)
    view.page.click("quality")
    view.jobs.start.click()
    request_id, request = engine.asked[-1]
    first, last = engine.answers(request_id, request)
    view.on_answer(first)
    view.jobs.stop.click()
    view.on_answer(last)
    assert view.channel("quality") in dropped and len(view.effort.measured) == 2


def test_guidance_asks_for_the_class_and_lies_in_rows(qtbot: Any) -> None:
    view, engine = make(qtbot, "denoising", "image", family="diffusion")
    view.page.click("guidance")
    assert "With guidance" in view.words.text() and not engine.requests(m.Guidance)
    engine.context = dataclasses.replace(context("image", 2, "diffusion", class_dropout=0.1))
    view.set_context(engine.context)
    again(view, engine)
    view.label.setValue(3)
    engine.reply()
    assert engine.requests(m.Guidance)[-1].label == 3
    assert view.grid.count == 40 and view.grid.columns == 8 and view.grid.row_labels[2] == "w = 2"
