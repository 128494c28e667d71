"""The reverse chain: frames kept with the step that leaves them, the player, two lanes, points, launches, runs anew."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from view_tools import LARGE, make, near, shot

from playground.engine import messages as m
from playground.engine.config import Config, param
from playground.engine.recipe_files import read_recipe
from playground.ui.commands import Commands
from playground.ui.views import chain_frames
from playground.ui.views.chain_density import noised
from playground.ui.views.chain_frames import ChainFrames, Leap
from playground.ui.views.chain_numbers import decibel, equation_text, facts_text, significant
from playground.ui.views.chain_points import plane_bounds, trail_length

Array = np.ndarray


def frame(done: int, total: int = 4, n: int = 2, request: int = 1, step: int = 10, **values: Any) -> m.ChainFrame:
    """Frame ``done`` whose pictures are full of 10 done (x_t) and 10 done + 1 ... 4 (its step's parts)."""
    t = 999 - 250 * done if done < total else -1
    parts = {name: np.full((n, 4, 4), (10 * done + i) % 256, np.uint8)
             for i, name in enumerate(("x_t", "x0_pred", "eps_pred", "mean", "noise"))}  # fmt: skip
    content: dict[str, Any] = {
        "done": done, "total": total, "t": t, **parts, "numbers": {"alpha_bar_next": done / total, "snr": 1.0, "c_x0": float(done)},
        "equation": "x = {c_x0} x̂₀", "nfe": done, "seconds_left": 1.0, "z": np.zeros((n, 16), np.float32),
    }  # fmt: skip
    return m.ChainFrame("run", request, step, 1.0, "chain/a", **{**content, **values})


def kept(upto: int = 4, **values: Any) -> ChainFrames:
    frames = ChainFrames(frame(0, **values))
    for done in range(1, upto + 1):
        frames.add(frame(done, **values))
    return frames


def chains(engine: Any) -> list[m.RunChain]:
    return list(engine.requests(m.RunChain))


def feed(view: Any, engine: Any, upto: int, last: int = -1) -> None:
    """The first frames of a chain that was asked for; the rest never comes."""
    asked = [pair for pair in engine.asked if isinstance(pair[1], m.RunChain)][last]
    engine._answered = len(engine.asked)
    for answer in engine.answers(*asked)[: upto + 1]:
        view.on_answer(answer)
    QApplication.processEvents()


# ---------------------------------------------------------------- the kept frames
def test_a_frame_is_kept_with_the_step_that_leaves_it() -> None:
    """What is shown beside x_t is what the model believes of this very x_t."""
    frames = kept()
    for i in range(4):
        moment = frames.moment(i)
        assert [int(moment.parts[p].mean()) for p in ("x_t", "x0_pred", "noise")] == [10 * i, 10 * (i + 1) + 1, 10 * (i + 1) + 4]
        assert moment.leap is not None and moment.leap.numbers["c_x0"] == i + 1
        assert (moment.leap.start, moment.leap.end) == (frames.places[i].t, frames.places[i + 1].t)
    last = frames.moment(4)
    assert last.finished and int(last.parts["x_t"].mean()) == 40 and int(last.parts["x0_pred"].mean()) == 41


def test_a_frame_can_be_shown_once_its_beliefs_have_come() -> None:
    frames = kept(0)
    assert (frames.count, frames.total, frames.finished) == (1, 5, False)
    assert frames.moment(0).leap is None
    frames.add(frame(1))
    assert frames.count == 1 and frames.moment(0).leap is not None
    frames.add(frame(2))
    assert frames.count == 2 and not frames.finished
    assert kept(4).finished


def test_lanes_meet_at_the_timestep() -> None:
    frames = kept()
    assert [p.t for p in frames.places] == [999, 749, 499, 249, -1]
    assert [frames.index_at(t) for t in (999, 998, 749, 500, 499, 250, 0, -1)] == [0, 0, 1, 1, 2, 2, 3, 4]


def test_a_chain_that_is_too_large_is_kept_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain_frames, "KEPT_BYTES", 40 * 5 * 2 * 16)
    frames = kept(100, total=100)
    assert frames.stride == 3 and frames.kept[:3] == [0, 3, 6] and frames.kept[-1] == 100
    assert frames.finished and frames.megabytes <= 40 * 5 * 2 * 16 / 2**20
    for row, done in enumerate(frames.kept[:5]):
        assert frames.places[row].done == done
        assert frames.stacks["x_t"][row].min() == 10 * done % 256 and frames.stacks["x0_pred"][row].min() == (10 * done + 11) % 256


def test_memory_is_that_of_the_arrays() -> None:
    assert kept().megabytes == pytest.approx(5 * 5 * 2 * 16 / 2**20)


def test_units_of_points_come_from_the_first_frame() -> None:
    z = np.random.default_rng(0).standard_normal((50, 2)).astype(np.float32)
    x = np.array([1.0, -2.0]) + 3 * z
    first = frame(0, n=50, x_t=x.astype(np.float32), z=z)
    first = dataclasses.replace(first, **{p: x.astype(np.float32) for p in chain_frames.PARTS})
    centre, scale = ChainFrames(first).units
    assert scale == pytest.approx(3, abs=1e-5) and near(centre, np.array([1, -2]))


# ---------------------------------------------------------------- numbers
def test_the_equation_has_numbers_in_place_of_symbols() -> None:
    leap = Leap("x = {c_x} xₜ + {c_x0} x̂₀ + {c_before} x̂₀ before", {"c_x": 0.5, "c_x0": 0.25, "c_before": -0.125}, 9, 8)
    text = re.sub(r"<[^>]+>", "", equation_text(leap, "diffusion")).replace("&nbsp;", " ")
    assert text == "xs = 0.500 xₜ + 0.250 x̂₀ − 0.125 x̂₀ before"


def test_sums_within_an_equation_stay_whole() -> None:
    leap = Leap("x = {c_x} xₜ + {c_eps} (ε̂ₜ + ε̂ₛ)/2", {"c_x": 1.5, "c_eps": -0.2}, 9, 8)
    text = equation_text(leap, "diffusion")
    assert "<i>(ε̂ₜ + ε̂ₛ)/2</i></span>" in text


def test_numbers_read_well() -> None:
    assert [significant(v) for v in (0.0, 0.5, 12.34, 123.4, -0.00002, math.nan)] == [
        "0", "0.500", "12.3", "123", "−2.0·10<sup>−5</sup>", "–",
    ]  # fmt: skip
    assert decibel(1.0) == "0.0 dB" and decibel(0.5) == "−3.0 dB"


# ---------------------------------------------------------------- the density at a noise level
@pytest.mark.parametrize("alpha_bar", [0.9999, 0.9, 0.3, 1e-4])
def test_noised_density_is_that_of_the_closed_form(alpha_bar: float) -> None:
    """Data: two round normals. With noise: their means contract towards the centre, their variances are a v + s^2 (1 - a)."""
    means, v, centre, scale = np.array([[1.5, 0.5], [-1.0, -0.5]]), 0.09, np.array([0.2, -0.1]), 1.4
    bounds, view = (-4.0, 4.0, -4.0, 4.0), (-5.0, 5.0, -5.0, 5.0)

    def density(box: tuple[float, ...], resolution: int, at: Array, variance: float) -> Array:
        cell = box[0] + (box[1] - box[0]) * (np.arange(resolution) + 0.5) / resolution
        x, y = np.meshgrid(cell, cell, indexing="xy")
        bells = [np.exp(-((x - a) ** 2 + (y - b) ** 2) / 2 / variance) / (2 * np.pi * variance) for a, b in at]
        return np.asarray(np.mean(bells, axis=0))

    log_p0 = np.log(density(bounds, 160, means, v) + 1e-300)
    found = np.exp(noised(log_p0, bounds, alpha_bar, (centre, scale), view, 96))
    moved = centre + np.sqrt(alpha_bar) * (means - centre)
    exact = density(view, 96, moved, alpha_bar * v + scale**2 * (1 - alpha_bar))
    assert np.abs(found - exact).max() < 0.03 * exact.max()


# ---------------------------------------------------------------- the player
def test_the_first_chain_runs_by_itself_and_is_followed(qtbot: Any) -> None:
    view, engine = make(qtbot, "chain", fill=False)
    view.refresh()
    (request,) = chains(engine)
    assert (request.n, request.seed, request.sampler.name, request.sampler.num_steps) == (16, 0, "ddim", 50)
    feed(view, engine, 20)
    assert view.bar.frame == 19 and view.bar.total == 51, "the newest frame whose beliefs are known"
    view.bar.slider.setValue(45)
    assert view.bar.frame == view.bar.at.value() == 19, "what has not arrived cannot be shown"


def test_scrubbing_shows_the_kept_frames_and_asks_nothing(qtbot: Any) -> None:
    view, engine = make(qtbot, "chain")
    before, asked = shot(view.stage), len(engine.asked)
    view.bar.slider.setValue(10)
    early = shot(view.stage)
    view.bar.slider.setValue(50)
    assert (early != before).any() and (shot(view.stage) == before).all()
    assert len(engine.asked) == asked


@pytest.mark.parametrize(("key", "at"), [
    (Qt.Key.Key_Left, 19), (Qt.Key.Key_Right, 21), (Qt.Key.Key_J, 19), (Qt.Key.Key_L, 21), (Qt.Key.Key_Home, 0),
    (Qt.Key.Key_End, 50),
])  # fmt: skip
def test_keys_move_the_player(qtbot: Any, key: Qt.Key, at: int) -> None:
    view, _ = make(qtbot, "chain")
    view.activateWindow()
    view.bar.go(20)
    qtbot.keyClick(view, key)
    assert view.bar.frame == at


def test_play_runs_to_the_end_and_stops(qtbot: Any) -> None:
    view, _ = make(qtbot, "chain")
    view.bar.speed.setCurrentIndex(len(view.bar.speeds) - 1)
    view.bar.go(40)
    view.controls.count.setFocus()
    qtbot.keyClick(view.controls.count, Qt.Key.Key_K)
    assert view.bar.playing, "wherever in the view the keyboard is"
    qtbot.waitUntil(lambda: not view.bar.playing, timeout=3000)
    assert view.bar.frame == 50
    view.bar.play.click()
    assert view.bar.playing and view.bar.frame == 0, "at the end, play begins anew"
    qtbot.keyClick(view, Qt.Key.Key_K)
    assert not view.bar.playing


def test_a_loop_starts_over(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.ui.widgets.step_bar.REST_S", 0.02)
    view, _ = make(qtbot, "chain")
    view.bar.loop.click()
    view.bar.go(49)
    view.bar.play.click()
    qtbot.waitUntil(lambda: 0 < view.bar.frame < 30, timeout=3000)
    assert view.bar.playing
    view.bar.stop()


def test_a_typed_frame_and_a_clicked_picture_jump(qtbot: Any) -> None:
    view, _ = make(qtbot, "chain")
    view.bar.at.setValue(7)
    assert view.bar.slider.value() == 7
    strip = view.stage.strip
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.tile_rect(4).center().toPoint())
    assert view.bar.frame == strip.frames_shown[4] == 25
    assert list(strip.cursor_tiles) == [4]


def test_a_flood_of_frames_is_drawn_once(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    view, engine = make(qtbot, "chain", fill=False)
    drawn: list[int] = []
    monkeypatch.setattr(view.stage, "show_pictures", lambda *_: drawn.append(1))
    view.refresh()
    engine.reply()
    assert not drawn
    QApplication.processEvents()
    assert len(drawn) <= 2, "once for the player, once for all that has arrived"


def test_what_is_kept_is_told(qtbot: Any) -> None:
    view, _ = make(qtbot, "chain")
    assert view.bar.where.text() == f"{51 * 5 * 16 * 28 * 28 / 2**20:.1f} MB kept"


# ---------------------------------------------------------------- which chain
def test_a_click_picks_a_chain_out(qtbot: Any) -> None:
    view, _ = make(qtbot, "chain", size=LARGE)
    board = view.stage.boards["A"]
    before = board.panes["x_t"].picture.to_array()
    qtbot.mouseClick(board.grid, Qt.MouseButton.LeftButton, pos=board.grid.tile_rect(5).center().toPoint())
    after = board.panes["x_t"].picture.to_array()
    assert (after != before).any() and list(board.grid.cursor_tiles) == [5]
    assert set(np.unique(after)) == set(np.unique(board.moment.parts["x_t"][5]))
    qtbot.keyClick(board.grid, Qt.Key.Key_Right)
    assert view.picked == 6


def test_the_large_pictures_are_those_of_the_frame(qtbot: Any) -> None:
    view, _ = make(qtbot, "chain")
    view.bar.go(12)
    frames = view.lanes["A"].frames
    for part, pane in view.stage.boards["A"].panes.items():
        shown = part in ("x_t", "x0_pred", "eps_pred")
        assert pane.isVisibleTo(view) == shown
        if shown:
            assert set(np.unique(pane.picture.to_array())) == set(np.unique(frames.stacks[part][12][0]))
    view.controls.panes.parts["noise"].click()
    assert view.stage.boards["A"].panes["noise"].isVisibleTo(view)


def test_new_noise_and_other_settings_run_another_chain(qtbot: Any) -> None:
    view, engine = make(qtbot, "chain")
    view.controls.dice.click()
    assert chains(engine)[-1].seed == 1
    view.lanes["A"].controls.steps.setValue(20)
    view.lanes["A"].controls.eta.setValue(0.5)
    view.lanes["A"].controls.ideal.click()
    choice = chains(engine)[-1].sampler
    assert (choice.num_steps, choice.eta, choice.ideal) == (20, 0.5, True)
    feed(view, engine, 20)
    assert view.bar.total == 21 and view.bar.playing, "and it plays as it arrives"
    view.bar.go(3)
    assert "what the ideal denoiser believes" in view.stage.boards["A"].panes["x0_pred"].caption.text()


def test_the_recipe_of_a_live_run_is_taken_over_without_a_chain(qtbot: Any) -> None:
    view, engine = make(qtbot, "chain")
    asked = len(engine.asked)
    view.on_event(m.LiveApplied(engine.context.run_id, "sampler", "heun", 5))
    view.on_event(m.LiveApplied(engine.context.run_id, "num_steps", 12, 5))
    assert len(engine.asked) == asked
    assert view.lanes["A"].controls.choice().name == "heun" and view.lanes["A"].controls.steps.value() == 12
    assert "these settings" in view.controls.run.text(), "what is shown is still the old chain"
    view.controls.run.click()
    engine.reply()
    QApplication.processEvents()
    view.bar.stop()
    assert view.bar.total == 13 and "these settings" not in view.controls.run.text()


def test_classes_are_offered_where_the_model_knows_them(qtbot: Any) -> None:
    view, engine = make(qtbot, "chain")
    assert not view.lanes["A"].controls.label.isVisibleTo(view)
    config = engine.context.config.replace(class_dropout=0.1)
    view.set_context(dataclasses.replace(engine.context, run_id="guided", config=config))
    engine.context = view.context
    engine.fill()
    controls = view.lanes["A"].controls
    assert controls.label.isVisibleTo(view) and controls.label.count() == 11 and controls.guidance.isEnabled()
    controls.label.setCurrentIndex(4)
    controls.guidance.setValue(3.0)
    assert (chains(engine)[-1].sampler.label, chains(engine)[-1].sampler.guidance_scale) == (3, 3.0)


# ---------------------------------------------------------------- two lanes
def test_comparing_runs_ddpm_from_the_same_noise(qtbot: Any) -> None:
    view, engine = make(qtbot, "chain")
    view.controls.seed.setValue(7)
    engine.reply()
    view.controls.compare.click()
    a, b = chains(engine)[-2:]
    assert (a.channel, b.channel) == ("chain/a", "chain/b")
    assert (b.sampler.name, b.sampler.num_steps, b.seed, b.n) == ("ddpm", a.sampler.num_steps, a.seed, a.n)
    engine.reply()
    QApplication.processEvents()
    view.bar.stop()
    assert (view.lanes["A"].frames.z == view.lanes["B"].frames.z).all()
    assert view.stage.boards["B"].isVisibleTo(view) and view.stage.numbers["B"].text()


def test_lanes_of_other_lengths_stand_at_the_same_timestep(qtbot: Any) -> None:
    view, engine = make(qtbot, "chain")
    view.controls.compare.click()
    view.lanes["B"].controls.steps.setValue(200)
    engine.reply()
    QApplication.processEvents()
    assert view.bar.total == 201, "the player counts the longer one"
    view.bar.go(90)
    t = view.lanes["B"].frames.places[90].t
    a = view.stage.boards["A"].moment.place
    assert view.stage.boards["B"].moment.place.t == t and a.t >= t > a.t - 1000 / 50 - 1
    view.bar.go(200)
    assert view.stage.boards["A"].moment.finished and view.stage.boards["B"].moment.finished


# ---------------------------------------------------------------- stop, and run anew
def test_stop_cancels_the_chain_and_keeps_what_has_come(qtbot: Any) -> None:
    view, engine = make(qtbot, "chain", fill=False)
    cancelled: list[str] = []
    view.commands = Commands(cancel=cancelled.append)
    view.refresh()
    feed(view, engine, 10)
    qtbot.waitUntil(lambda: "Stop" in view.controls.run.text(), timeout=2000)
    assert "step 10 of 50" in view.controls.run.text() and "s left" in view.controls.run.text()
    view.controls.run.click()
    assert cancelled == ["chain/a"] and "Stop" not in view.controls.run.text()
    asked = next(pair for pair in engine.asked if isinstance(pair[1], m.RunChain))
    for answer in engine.answers(*asked)[11:]:
        view.on_answer(answer)
    QApplication.processEvents()
    assert view.lanes["A"].frames.count == 10, "what was on its way is not shown"
    view.bar.go(3)
    assert view.bar.frame == 3


def test_a_chain_that_is_watched_is_not_replaced(qtbot: Any) -> None:
    view, engine = make(qtbot, "chain")
    view.bar.go(20)
    asked = len(chains(engine))
    view.on_event(progress(engine, 1200))
    for frame_at in (20, 50):
        view.bar.go(frame_at)
        view._next.clear()
        view.refresh()
        assert len(chains(engine)) == asked, "nor when it is watched to its end"
    assert "step 1,200" in view.controls.run.text()
    view.controls.run.click()
    assert len(chains(engine)) == asked + 1


def test_at_the_end_newer_weights_take_over_unseen(qtbot: Any) -> None:
    view, engine = make(qtbot, "chain")
    assert view.bar.at_end and not view.watched
    old = view.lanes["A"].frames
    view.on_event(progress(engine, 1200))
    view._next.clear()
    view.refresh()
    before = shot(view)
    feed(view, engine, 30)
    assert view.lanes["A"].frames is old and (shot(view) == before).all(), "no flicker"
    engine.step = 1200
    view.lanes["A"].stop()
    view._next.clear()
    view.refresh()
    feed(view, engine, 50)
    assert view.lanes["A"].frames is not old and view.lanes["A"].frames.weights == 1200
    assert view.bar.at_end and not view.bar.playing


def progress(engine: Any, step: int) -> m.Progress:
    return m.Progress(engine.context.run_id, step, 6000, 0, 0.0, 1.0, np.array([step]), {}, 0.0)


# ---------------------------------------------------------------- families of which less can be chosen
@dataclasses.dataclass(frozen=True)
class Bare(Config):
    """A chain whose steps are the recipe's."""

    num_timesteps: int = param(4, 1, 8, label="T", help="steps")


@dataclasses.dataclass(frozen=True)
class Stepped(Bare):
    """One whose steps can be chosen, up to three."""

    num_steps: int = param(2, 1, 3, label="S", help="steps")


def of_config(qtbot: Any, config: Config, kind: str = "image") -> tuple[Any, Any]:
    view, engine = make(qtbot, "chain", kind, fill=False)
    engine.context = dataclasses.replace(engine.context, config=config, family="none of the table")
    view.set_context(engine.context)
    engine.asked.clear()
    engine._answered = 0
    engine.fill()
    QApplication.processEvents()
    return view, engine


def test_what_a_family_lacks_is_not_offered(qtbot: Any) -> None:
    view, engine = of_config(qtbot, Bare(), "points")
    controls = view.lanes["A"].controls
    assert not controls.isVisibleTo(view) and not view.controls.compare.isVisibleTo(view), "two lanes could not differ"
    assert chains(engine)[0].sampler == m.SamplerChoice(), "the recipe's own chain"
    shown = [key for key, part in view.controls.layers.parts.items() if part.isVisibleTo(view)]
    assert shown == ["density", "trails", "ends", "step"]
    view.controls.layers.parts["learned"].setChecked(True)
    view.bar.go(2)
    assert not engine.requests(m.ScoreField)
    view._show_offer()
    assert "these settings" not in view.controls.run.text(), "what cannot be chosen has not changed"
    assert view.stage.planes["A"].title.endswith("50 steps"), "as many as came"


def test_steps_alone_can_be_chosen_and_compared(qtbot: Any) -> None:
    view, engine = of_config(qtbot, Stepped())
    controls = view.lanes["A"].controls
    shown = {w for w in ("sampler", "steps", "eta", "label", "guidance", "ideal") if getattr(controls, w).isVisibleTo(view)}
    assert shown == {"steps"} and controls.steps.maximum() == 3 and view.controls.compare.isVisibleTo(view)
    controls.steps.setValue(3)
    choice = chains(engine)[-1].sampler
    assert (choice.name, choice.num_steps, choice.ideal) == ("", 3, False) and math.isnan(choice.eta)


def test_two_lanes_end_where_nothing_can_be_compared(qtbot: Any) -> None:
    view, engine = make(qtbot, "chain")
    view.controls.compare.click()
    view.set_context(dataclasses.replace(engine.context, run_id="other", config=Bare(), family="none of the table"))
    assert len(view.shown_lanes) == 1 and not view.lanes["B"].controls.isVisibleTo(view)


def test_a_latent_is_one_more_pane(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    view, engine = make(qtbot, "chain")
    panes, toggles = view.stage.boards["A"].panes, view.controls.panes.parts
    assert not panes["latent"].isVisibleTo(view) and not toggles["latent"].isVisibleTo(view)
    plain, memory = engine._RunChain, view.lanes["A"].megabytes
    latents = [np.full((16, 4, 6), 10 + done, np.uint8) for done in range(51)]

    def in_latent(r: m.RunChain) -> Any:
        return [(kind, {**content, "latent": latents[content["done"]]}) for kind, content in plain(r)]

    monkeypatch.setattr(engine, "_RunChain", in_latent)
    view.controls.run.click()
    engine.reply()
    QApplication.processEvents()
    view.bar.go(7)
    assert panes["latent"].isVisibleTo(view) and set(np.unique(panes["latent"].picture.to_array())) == {17}
    assert "decodes to" in panes["x_t"].caption.text() and view.lanes["A"].megabytes > memory
    toggles["latent"].click()
    assert not panes["latent"].isVisibleTo(view)
    monkeypatch.setattr(engine, "_RunChain", plain)
    view.controls.run.click()
    engine.reply()
    QApplication.processEvents()
    assert not toggles["latent"].isVisibleTo(view) and "decodes to" not in panes["x_t"].caption.text()


def test_chains_of_learned_steps_have_no_share_of_signal() -> None:
    frames = kept(numbers={"c_x0": 1.0})
    assert not frames.noised_data and frames.density_level(2) == 1.0 and kept().density_level(2) == 0.5
    text = facts_text(frames.moment(2), 4)
    assert "step&nbsp;2/4" in text and "SNR" not in text and "SNR" in facts_text(kept().moment(2), 4)


def test_parts_of_other_sizes_are_kept_too() -> None:
    frames = kept(eps_pred=np.full((2, 3, 3), 9, np.uint8), latent=np.full((2, 2, 2), 5, np.uint8))
    moment = frames.moment(3)
    assert moment.parts["eps_pred"].shape == (2, 3, 3) and (moment.parts["latent"] == 5).all()
    assert int(moment.parts["x_t"].mean()) == 30 and frames.megabytes == pytest.approx(5 * 2 * (4 * 16 + 9 + 4) / 2**20)


def test_units_of_a_latent_chain_are_the_spread_of_its_first_frame() -> None:
    x = np.random.default_rng(1).normal([1.0, -2.0], 0.5, (400, 2)).astype(np.float32)
    values: dict[str, Any] = {p: x for p in ("x_t", *chain_frames.PARTS)}
    centre, scale = ChainFrames(frame(0, n=400, z=np.zeros((400, 3), np.float32), **values)).units
    assert near(centre, x.mean(0), 1e-5) and scale == pytest.approx(x.std(0).mean())


def test_units_come_from_the_first_numbers_of_a_longer_code() -> None:
    z = np.random.default_rng(2).standard_normal((40, 7)).astype(np.float32)
    x = (np.array([1.0, -2.0]) + 3 * z[:, :2]).astype(np.float32)
    values: dict[str, Any] = {p: x for p in ("x_t", *chain_frames.PARTS)}
    centre, scale = ChainFrames(frame(0, n=40, z=z, **values)).units
    assert scale == pytest.approx(3, abs=1e-5) and near(centre, np.array([1, -2]))


# ---------------------------------------------------------------- points
def test_points_lie_over_the_density_of_their_noise_level(qtbot: Any) -> None:
    view, engine = make(qtbot, "chain", "points", size=LARGE)
    assert chains(engine)[0].n == 200
    plane = view.stage.planes["A"]
    view.controls.layers.parts["ends"].click()
    view.controls.layers.parts["trails"].click()
    at_end = shot(plane)
    view.bar.go(0)
    noise = shot(plane)
    view.controls.layers.parts["density"].click()
    bare = shot(plane)
    assert (noise != at_end).mean() > 0.1 and (bare != noise).mean() > 0.1


def test_trails_of_few_steps_are_short() -> None:
    assert [trail_length(steps) for steps in (1, 4, 10, 20, 50, 1000)] == [2, 2, 3, 5, 11, 11]


def test_trails_and_ends_are_layers(qtbot: Any) -> None:
    view, _ = make(qtbot, "chain", "points", size=LARGE)
    view.bar.go(25)
    for key in ("trails", "ends", "step"):
        before = shot(view.stage.planes["A"])
        view.controls.layers.parts[key].click()
        assert (shot(view.stage.planes["A"]) != before).any(), key


def test_all_noise_lies_on_the_plane(qtbot: Any) -> None:
    view, _ = make(qtbot, "chain", "points")
    x0, x1, y0, y1 = view.bounds
    x = view.lanes["A"].frames.stacks["x_t"][0]
    inside = (x[:, 0] > x0) & (x[:, 0] < x1) & (x[:, 1] > y0) & (x[:, 1] < y1)
    assert inside.mean() > 0.97
    wide = plane_bounds((-1.0, 1.0, 0.0, 2.0), (np.array([0.0, 1.0]), 2.0))
    assert near(np.array(wide), np.array([-5.4, 5.4, -4.4, 6.4])), "2.7 standard deviations of noise round its centre"


def test_a_click_launches_a_point_in_every_lane(qtbot: Any) -> None:
    view, engine = make(qtbot, "chain", "points", size=LARGE)
    view.controls.compare.click()
    engine.reply()
    QApplication.processEvents()
    view.bar.go(50)
    plane = view.stage.planes["A"]
    at = plane.point(1.0, -0.5)
    qtbot.mouseClick(plane, Qt.MouseButton.LeftButton, pos=at.toPoint())
    a, b = chains(engine)[-2:]
    assert a.channel.startswith("chain/launch-A") and b.channel.startswith("chain/launch-B")
    assert a.n == 1 and near(a.start, np.array([[1.0, -0.5]]), 0.02) and (a.start == b.start).all() and a.seed == b.seed
    before = shot(plane)
    engine.reply()
    view.bar.go(49)
    view.bar.go(50)
    assert (shot(plane) != before).any(), "its way is drawn"
    plane.launched.emit(0.0, 0.0)
    assert chains(engine)[-1].seed != b.seed, "another click, other noise"
    view.on_event(m.LiveApplied(engine.context.run_id, "sampler", "euler", 5))
    plane.launched.emit(0.0, 0.0)
    assert [r.sampler.name for r in chains(engine)[-2:]] == ["ddim", "ddpm"], "the samplers of the chains that are shown"


def test_the_keyboard_launches_too(qtbot: Any) -> None:
    view, engine = make(qtbot, "chain", "points")
    plane = view.stage.planes["A"]
    plane.setFocus()
    qtbot.keyClick(plane, Qt.Key.Key_Right)
    qtbot.keyClick(plane, Qt.Key.Key_Return)
    x0, x1, y0, y1 = plane.bounds
    assert near(chains(engine)[-1].start, np.array([[(x0 + x1) / 2 + (x1 - x0) / 100, (y0 + y1) / 2]]), 1e-3)


def test_score_arrows_are_asked_for_once_and_kept(qtbot: Any) -> None:
    view, engine = make(qtbot, "chain", "points", size=LARGE)
    view.bar.go(20)
    assert not engine.requests(m.ScoreField), "only when they are wanted"
    before = shot(view.stage.planes["A"])
    view.controls.layers.parts["learned"].click()
    (field,) = engine.requests(m.ScoreField)
    assert abs(field.t - view.lanes["A"].frames.places[20].t) < 40
    engine.reply()
    assert (shot(view.stage.planes["A"]) != before).any()
    for at in (22, 20, 22, 20):
        qtbot.wait(20)
        view.bar.go(at)
        engine.reply()
    assert len({field.t for field in engine.requests(m.ScoreField)}) == len(engine.requests(m.ScoreField)) == 2


# ---------------------------------------------------------------- export
def test_the_film_shows_the_noisy_picture_beside_the_belief(qtbot: Any) -> None:
    view, _ = make(qtbot, "chain")
    material = view._material()
    film = material.frames()
    assert len(film) == 51 + round(material.fps) and (film[0] != film[50]).any()
    half = film.shape[2] // 2
    belief, noisy = film[10][:, half + 8 :], film[10][:, : half - 8]
    assert belief.mean() < 0.7 * noisy.mean(), "dark with a spot, against noise"
    strip = material.strip()
    assert strip.shape[0] == 2 * 56 + 4 and strip.shape[1] == 12 * 60 - 4


def test_points_make_a_film_too(qtbot: Any) -> None:
    view, _ = make(qtbot, "chain", "points")
    film = view._material().frames()
    assert film.shape[1:] == (400, 808, 3) and (film[0] != film[50]).any()


def test_numbered_frames_carry_the_recipe(qtbot: Any, tmp_path: Any) -> None:
    view, engine = make(qtbot, "chain")
    view.controls.count.setCurrentIndex(0)
    view.lanes["A"].controls.steps.setValue(3)
    engine.reply()
    QApplication.processEvents()
    view.bar.stop()
    assert view.export.export_to(tmp_path / "frames")
    qtbot.waitUntil(lambda: view.export.job is None, timeout=10_000)
    files = sorted(p.name for p in (tmp_path / "frames").iterdir())
    assert files[0] == "frame-0001.png" and len(files) == 4 + round(view._material().fps)
    assert read_recipe(tmp_path / "frames" / files[0]).to_dict() == engine.context.recipe
    assert "Saved" in view.note.text()


# ---------------------------------------------------------------- the engine itself
@pytest.mark.parametrize("sampler", ["ddim", "ddpm", "ddpm_large", "euler", "dpmpp_2m"])
def test_the_equation_on_screen_holds_between_the_frames_of_the_engine(sampler: str) -> None:
    """x_s = sum of coefficients times what is shown beside x_t: so numbers, pictures and frames belong together."""
    chain, before = engine_chain(m.RunChain(n=5, sampler=m.SamplerChoice(sampler, 10, 0.5))), np.zeros((5, 2))
    centre, scale = chain.units
    for i in range(chain.total - 1):
        now, after, leap = chain.moment(i), chain.moment(i + 1), chain.leaps[i]
        assert leap is not None
        inside = {name: (now.parts[name].astype(float) - centre) / scale for name in ("x_t", "x0_pred", "mean")}
        terms = {"c_x": inside["x_t"], "c_x0": inside["x0_pred"], "c_eps": now.parts["eps_pred"], "c_before": before}
        made = sum(leap.numbers[name] * value for name, value in terms.items() if name in leap.numbers)
        assert np.allclose(made, inside["mean"], atol=2e-3)
        assert np.allclose(now.parts["mean"] + scale * now.parts["noise"], after.parts["x_t"], atol=1e-4)
        assert sampler.startswith("dd") == bool(np.abs(now.parts["noise"]).max() > 0) or i == chain.total - 2
        before = inside["x0_pred"]
    assert chain.places[0].t > 980 and chain.places[-1].t == -1 and math.isinf(chain.places[-1].snr)


def test_the_engine_starts_a_launch_where_it_is_shown() -> None:
    start = np.array([[1.5, -2.0], [0.0, 3.0]], np.float32)
    chain = engine_chain(m.RunChain(n=2, sampler=m.SamplerChoice("ddim", 3, 0.0), start=start))
    assert np.allclose(chain.stacks["x_t"][0], start, atol=1e-5)


def engine_chain(request: m.RunChain) -> ChainFrames:
    """All frames of an untrained model of the real engine, on points with a centre and a scale of their own."""
    torch = pytest.importorskip("torch")
    from playground.engine import FAMILIES, load_data
    from playground.engine.answers import Asked
    from playground.engine.families.diffusion.answers import DiffusionAnswers
    from playground.engine.families.diffusion.model import Diffusion

    data = load_data("moons")
    config = FAMILIES["diffusion"].default_config("moons", "points").replace(hidden=8, layers=1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = Diffusion(data.shape, data.kind, config)
    model.fit_scale(data.train.float())
    with torch.no_grad():
        first, *others = DiffusionAnswers(model, config, data, "cpu", {}).run_chain(Asked("run", 1, "chain/a", 0, 0.0), request)
    frames = ChainFrames(first)
    for other in others:
        frames.add(other)
    return frames
