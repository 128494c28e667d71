"""What views play for the presenter's keys, how they look as pictures, and the presenter's colours."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from view_tools import families_of, make

from playground.ui import theme
from playground.ui.compare.tab import CLASSES as COMPARE_CLASSES
from playground.ui.opening import photograph
from playground.ui.playing import Plays
from playground.ui.theme import PRESENTER
from playground.ui.views import VIEWS

# ---------------------------------------------------------------- all views: what they play
PLAYING = {"latent_map", "interpolate", "warp", "dirac", "chain", "forward", "score_field"}  # with a bar from the start
STEPPING = {"large_steps"}  # nothing plays, but there are steps
ONE_EACH = [(n, k, families_of(n, k)[0]) for n, v in VIEWS.items() for k in v.kinds]


@pytest.mark.parametrize(("name", "kind", "family"), ONE_EACH)
def test_every_view_plays_or_says_that_there_is_nothing(qtbot: Any, name: str, kind: str, family: str) -> None:
    view, _ = make(qtbot, name, kind, family=family)
    player = view.player()
    assert (player is not None) == (name in PLAYING)
    assert not view.playing()
    if player is None:
        assert not view.play_pause() and not view.playing()
        assert view.step(1) == (name in STEPPING)
        return
    assert view.play_pause() and view.playing()
    assert view.play_pause() and not view.playing()
    before = player.frame
    assert view.step(-1) or view.step(1)
    assert view.step(-1 if before else 1) and player.frame != before and not view.playing()
    view.set_context(None)
    if name not in ("dirac", "warp", "latent_map", "forward", "score_field"):  # their bars keep their length
        assert not view.play_pause() and not view.step(1), "without a run there is nothing"


def test_slow_motion_of_the_game_is_played_and_stepped(qtbot: Any) -> None:
    view, engine = make(qtbot, "game", "points", family="gan")
    assert view.player() is None and not view.step(1)
    view._begin_rounds()
    engine.reply()
    assert view.player() is view.rounds
    phase = view.rounds.phase
    assert view.step(1)
    engine.reply()
    assert view.rounds.phase == phase + 1
    assert view.step(-1)
    assert view.play_pause() and view.playing()
    view.rounds.pause()


def test_large_steps_are_stepped_towards_the_data(qtbot: Any) -> None:
    view, _ = make(qtbot, "large_steps", "points", family="ddgan")
    t = view.t
    assert view.step(1) and view.t == t - 1 and view.step(-1) and view.t == t


def test_views_of_the_comparison_have_the_hook_too() -> None:
    assert all(issubclass(c, Plays) for c in COMPARE_CLASSES)
    assert [c.name for c in COMPARE_CLASSES if c.player is not Plays.player] == ["maps"]


def test_a_fine_picture_has_finer_lines_not_larger_pixels(qtbot: Any) -> None:
    view, _ = make(qtbot, "samples", "points")
    plain, fine = photograph(view), photograph(view, fine=True)
    assert fine.shape[:2] == tuple(2 * s for s in plain.shape[:2])
    blown = plain.repeat(2, 0).repeat(2, 1)
    assert (fine != blown).any(2)[:100].mean() > 0.02, "the toolbar's words are drawn anew"
    shrunk = fine.reshape(plain.shape[0], 2, plain.shape[1], 2, 3).mean((1, 3))
    assert np.abs(shrunk - plain).mean() < 6, "and still the same picture"


# ---------------------------------------------------------------- colours for everyone
# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB
SIGHT = {
    "normal": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}
MODELS = ("vae", "gan", "diffusion", "hybrids")


def groups() -> Iterator[tuple[str, dict[str, str]]]:
    """Colours that meet in one plot."""
    roles = {k: PRESENTER.roles[k] for k in ("total", "kl", "data", "monitor")}
    for key in MODELS:
        yield key, {**roles, "model": PRESENTER.accents[key]}
    yield "compare", {**{k: PRESENTER.accents[k] for k in MODELS}, "data": PRESENTER.roles["data"]}


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_of_one_plot_differ_for_everyone(sight: str) -> None:
    theory = lab(PRESENTER.roles["theory"], sight)
    for name, colours in groups():
        seen = {k: lab(c, sight) for k, c in colours.items()}
        for (a, x), (b, y) in itertools.combinations(seen.items(), 2):
            assert ciede2000(x, y) >= 12, (name, a, b)
        for key, colour in seen.items():
            assert ciede2000(colour, theory) >= 10, (name, key, "theory")


def test_lines_and_signs_stand_out_from_the_ground() -> None:
    """WCAG 2.1: 3:1 for what is no text (text is tested with all themes)."""
    signs = {**PRESENTER.accents, **PRESENTER.roles, "focus": PRESENTER.focus, "outline": PRESENTER.outline}
    signs |= {k: getattr(PRESENTER, k) for k in ("good", "warning", "danger")}
    for ground in (PRESENTER.window, PRESENTER.panel, PRESENTER.card, PRESENTER.field):
        assert all(theme.contrast(c, ground) >= 3 for c in signs.values())


def test_the_measure_of_difference_is_the_published_one() -> None:
    """Three pairs of Sharma, Wu & Dalal 2005."""
    pairs = [((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425), ((50, 2.5, 0), (73, 25, -18), 27.1492),
             ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082)]  # fmt: skip
    for a, b, expected in pairs:
        assert ciede2000(np.array(a), np.array(b)) == pytest.approx(expected, abs=1e-4)


def lab(colour: str, sight: str) -> np.ndarray:
    """CIE L*a*b* (D65) of "#rrggbb" as somebody sees it."""
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.clip(SIGHT[sight] @ np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4), 0, 1)
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    xyz = np.asarray(to_xyz) @ linear / [0.95047, 1.0, 1.08883]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(x: np.ndarray, y: np.ndarray) -> float:
    """Sharma, Wu & Dalal 2005, with all three weights 1."""
    (l1, a1, b1), (l2, a2, b2) = x, y
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)))
    c1, c2 = np.hypot((1 + g) * a1, b1), np.hypot((1 + g) * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, (1 + g) * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    d_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    hue = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    waves = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.2, 4, -63))
    t = 1 + sum(k * np.cos(np.radians(n * hue + shift)) for k, n, shift in waves)
    s_l = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    s_c, s_h = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    twist = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    parts = (l2 - l1) / s_l, (c2 - c1) / s_c, d_h / s_h
    return float(np.sqrt(sum(p * p for p in parts) + twist * parts[1] * parts[2]))
