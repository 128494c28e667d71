"""The dial from VAE to diffusion: its positions, what was measured at each of them so far, and the buttons that train them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.style import set_look
from playground.ui.views.common import number
from playground.ui.widgets.dial_bars import DialBars, Stack

NARROW = 84  # px: a title of one line needs as much
OTHER = "other"  # a recipe that is no position of the dial


@dataclass(frozen=True)
class Position:
    """A structure of the hierarchy: what it changes in the recipe."""

    key: str
    title: str
    what: str
    changes: dict[str, Any]

    def is_of(self, config: Any) -> bool:
        return all(getattr(config, name, None) == value for name, value in self.changes.items())


def _learned(layers: int) -> dict[str, Any]:
    return {"encoders": "learned", "num_layers": layers}


def _fixed(layers: int, decoders: str, variance: str = "learned") -> dict[str, Any]:
    return {"encoders": "fixed", "num_layers": layers, "decoders": decoders, "variance": variance}


POSITIONS = (
    Position("vae", "VAE", "One layer, its encoder learned: a VAE.", _learned(1)),
    Position("learned2", "2 learned",
             "Two layers with learned encoders. The upper one may die: its nats are then 0 (Sønderby et al. 2016).", _learned(2)),
    Position("learned4", "4 learned",
             "Four layers with learned encoders. Upper ones tend to die: their nats are then 0.", _learned(4)),
    Position("fixed4", "4 fixed", "Four layers of fixed noise, a decoder for each.", _fixed(4, "per_layer")),
    Position("shared4", "4 shared", "Four layers of fixed noise, one decoder that is told the layer.", _fixed(4, "shared")),
    Position("shared16", "16 shared", "Sixteen layers of fixed noise, one decoder.", _fixed(16, "shared")),
    Position("shared64", "64 shared", "64 layers of fixed noise, one decoder, the last step as wide as a diffusion's: a diffusion "
             "model, to the letter.", _fixed(64, "shared", "diffusion")),
)  # fmt: skip


def position_of(config: Any) -> str:
    """The key of the position that a recipe stands at, or OTHER."""
    return next((p.key for p in POSITIONS if p.is_of(config)), OTHER)


def structure_words(config: Any) -> str:
    """"3 fixed, shared"."""
    if config.encoders == "learned":
        return f"{config.num_layers} learned"
    return f"{config.num_layers} {'shared' if config.decoders == 'shared' else 'fixed'}"


class Dial(QWidget):
    """Columns of bars with the position of each beneath. ``chosen(key)``: the user wants that one trained."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars, self.other = DialBars(), QLabel("")
        self.buttons = {p.key: self._button(i, p) for i, p in enumerate(POSITIONS)}
        self.other.setProperty("role", "dim")
        self.other.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.other.setWordWrap(True)
        self.other.setToolTip("A recipe that is no position of the dial: the last one that was measured.")
        self.other.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.key, self._narrow = "", False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addWidget(self.bars, 1)
        self._row = QHBoxLayout()
        self._row.setSpacing(0)
        for button in self.buttons.values():
            self._row.addWidget(button, 1)
        self._row.addWidget(self.other, 0)
        column.addLayout(self._row)
        self.bars.installEventFilter(self)

    def _button(self, index: int, position: Position) -> QPushButton:
        button = QPushButton(position.title)
        button.setCheckable(True)
        button.setAutoDefault(False)
        button.setToolTip(f"{position.what} A click trains it on these data, with the other settings of the form.")
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        place = "first" if index == 0 else "last" if index == len(POSITIONS) - 1 else "middle"
        set_look(button, "segment", place=place, dense=2)
        button.clicked.connect(lambda: self._choose(position.key))
        return button

    def show_kept(self, kept: dict[str, Stack], key: str, words: str, entropy: float | None) -> None:
        """What was measured on these data, by position; ``key`` is that of the run on stage, ``words`` its structure."""
        self.key = key
        keys = [p.key for p in POSITIONS] + [OTHER] * (OTHER in kept or key == OTHER)
        self.bars.show_slots([kept.get(k) for k in keys], keys.index(key) if key in keys else -1, entropy)
        self.other.setVisible(len(keys) > len(POSITIONS))
        self._row.setStretch(len(POSITIONS), len(keys) - len(POSITIONS))
        self.other.setText(words if key == OTHER else "other")
        self._mark()
        self._align()

    def _mark(self) -> None:
        for key, button in self.buttons.items():
            button.setChecked(key == self.key)

    def _choose(self, key: str) -> None:
        """The mark follows once the run is there."""
        self._mark()
        self.chosen.emit(key)

    def _align(self) -> None:
        """Buttons begin where the columns do; where they are narrow, their titles take two lines of smaller type."""
        self._row.setContentsMargins(round(self.bars.margin), 0, 0, 0)
        narrow = self.bars.slot(0).width() < theme.current().px(NARROW)
        if narrow == self._narrow:
            return
        self._narrow = narrow
        for position in POSITIONS:
            button = self.buttons[position.key]
            button.setText(position.title.replace(" ", "\n") if narrow else position.title)
            set_look(button, "segment", dense=3 if narrow else 2)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Buttons stay beneath their columns."""
        if event.type() == QEvent.Type.Resize:
            self._align()
        return False


def stack_of(answer: m.LayerBoundOf, title: str) -> Stack:
    """What is drawn and said of one measured bound."""
    parts: Sequence[str] = (
        f"<b>{title}</b>, measured at step {answer.step:,}",
        f"reconstruction {number(answer.reconstruction)} ± {number(answer.reconstruction_se)} nats",
        f"codes (layers: {len(answer.layers)}) {number(answer.nats)} ± {number(answer.nats_se)} nats",
        f"bound {number(answer.total)} ± {number(answer.total_se)} nats per item",
        f"{number(answer.per_dim, 3)} bits/dim" if math.isfinite(answer.per_dim) else "",
        f"{number(answer.gap, 3)} ± {number(answer.gap_se, 3)} nats above the entropy" if math.isfinite(answer.gap) else "",
    )
    return Stack(
        answer.reconstruction, tuple(float(v) for v in answer.layers), answer.total, answer.total_se, answer.gap, answer.gap_se,
        "<br>".join(p for p in parts if p),
    )  # fmt: skip
