"""Contrast, colour-blind safety and the stylesheet."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from PySide6.QtCore import QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from playground.engine import FAMILIES
from playground.ui import style, theme
from playground.ui.theme import THEMES, Theme

LOOKS = pytest.mark.parametrize("look", THEMES.values(), ids=list(THEMES))


@LOOKS
def test_all_text_meets_wcag_aa(look: Theme) -> None:
    low = {what: round(theme.contrast(a, b), 2) for what, a, b in theme.text_pairs(look) if theme.contrast(a, b) < 4.5}
    assert not low


def test_contrast_is_the_published_one() -> None:
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)  # WebAIM's well-known near miss


@LOOKS
def test_every_family_and_role_has_a_colour(look: Theme) -> None:
    for family in FAMILIES.values():
        assert family.accent in look.accents
        roles = {s.role for p in family.panels for s in p.series} | {t.role for t in family.equation}
        assert roles <= {*look.roles, "model", "reconstruction"}


def test_roles_are_told_apart() -> None:
    for look in THEMES.values():
        colours = [look.role(r) for r in ("total", "reconstruction", "kl", "data", "monitor")]
        assert len(set(colours)) == len(colours)


# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB
SIGHT = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


@pytest.mark.parametrize("sight", SIGHT)
def test_class_colours_differ_for_everyone(sight: str) -> None:
    seen = [_oklab(np.asarray(SIGHT[sight]) @ _linear(c)) for c in theme.LABELS]
    closest = min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))
    assert len(theme.LABELS) == 10
    assert closest > 0.09


@LOOKS
def test_the_sheet_parses(look: Theme, qapp: QApplication) -> None:
    said: list[str] = []
    before = qInstallMessageHandler(lambda kind, _, text: said.append(text) if kind != QtMsgType.QtDebugMsg else None)
    qapp.setStyleSheet(style.stylesheet(look))
    qInstallMessageHandler(before)
    assert not said


@LOOKS
def test_the_sheet_names_only_theme_colours(look: Theme) -> None:
    known = {v.lower() for v in vars(look).values() if isinstance(v, str)} | set(look.accents.values())
    used = set(re.findall(r"#[0-9a-fA-F]{6}", style.stylesheet(look)))
    assert used <= known


def test_unknown_theme_is_dark() -> None:
    assert theme.wear("neon") is theme.DARK
    assert theme.current() is theme.DARK


def test_presenter_type_is_larger() -> None:
    theme.wear("presenter")
    assert theme.font(13).pixelSize() > 13


def _linear(colour: str) -> np.ndarray:
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def _oklab(rgb: np.ndarray) -> np.ndarray:
    """Ottosson 2020."""
    to_lms = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
              [0.0883024619, 0.2817188376, 0.6299787005]]  # fmt: skip
    to_lab = [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
              [0.0259040371, 0.7827717662, -0.8086757660]]  # fmt: skip
    return np.asarray(to_lab) @ np.cbrt(np.asarray(to_lms) @ np.clip(rgb, 0, 1))
