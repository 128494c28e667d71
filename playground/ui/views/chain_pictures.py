"""A chain of pictures at one frame: the one that was picked out, in large, as it is taken apart; and all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from playground.ui import theme
from playground.ui.views.chain_frames import Moment
from playground.ui.views.common import card
from playground.ui.widgets.picture_grid import PictureGrid

Array = np.ndarray
LATENT = "latent"
#: part -> (symbol, colour, words, words at the last frame, tooltip)
PANES = {
    LATENT: (
        "z<sub>t</sub>", "neutral", "the noisy latent, in which the chain runs", "the finished latent",
        "The chain itself at this step, in the latent space: its numbers as a small picture, black is −3, white is 3.",
    ),
    "x_t": ("x<sub>t</sub>", "neutral", "the noisy picture now", "the finished picture", "xₜ: the picture at this step."),
    "x0_pred": (
        "x̂<sub>0</sub>", "model", "what {who} believes the end will be", "its last belief",
        "x̂₀, the end that the network sees in xₜ. Mostly the mean E[x₀|xₜ], the average of all clean pictures that could be behind "
        "this noise: blurred where it cannot know yet. Networks with a latent z draw one of them instead.",
    ),
    "eps_pred": (
        "ε̂", "monitor", "the noise that it sees, and removes", "the noise that it removed last",
        "ε̂: the noise that the model sees in xₜ. Grey is none, black and white are ±3 standard deviations.",
    ),
    "mean": (
        "μ", "total", "where the step leads without fresh noise", "where the last step led",
        "Mean of the step from this frame to the next, μ(xₜ, x̂₀): what the equation gives without its noise z.",
    ),
    "noise": (
        "σ z", "kl", "the fresh noise that the step adds", "the noise of the last step",
        "Fresh noise of the step from this frame to the next. Grey is none, black and white are ±3. ODE samplers add none.",
    ),
}  # fmt: skip
DECODED = ("what the noisy latent decodes to", "the finished picture", "The latent of this step through the decoder.")
MODEL, IDEAL = "the model", "the ideal denoiser"
ALWAYS = ("x_t", "x0_pred", "eps_pred")
GRID_SHARE = 0.24  # of the height: the grid of all chains beneath the large ones


class Pane(QWidget):
    """One large picture with its symbol and what it is."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self.part = part
        symbol, _, words, _, tip = PANES[part]
        self.picture = PictureGrid("", columns=1, surface="card")
        self.picture.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.picture.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)  # there is nothing to choose in it
        self.picture.setAccessibleName(f"{symbol}: {words.format(who=MODEL)}")
        self.caption = QLabel()
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        self.caption.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.caption.setWordWrap(True)
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for widget in (self, self.picture, self.caption):
            widget.setToolTip(tip)
        frame, inside = card(margins=theme.SPACE_XS)
        inside.setSpacing(2)
        inside.addWidget(self.picture, 1)
        inside.addWidget(self.caption)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(frame)
        self._said: tuple[object, ...] = ()

    def show_picture(
        self, picture: Array | None, accent: str, finished: bool, brief: bool, who: str = MODEL, *, decoded: bool = False
    ) -> None:
        """(H, W[, 3]) or nothing, as ``who`` sees it; ``brief``: the symbol is enough; ``decoded`` from a latent space."""
        self.picture.set_pictures(None if picture is None else picture[None])
        said = (finished, brief, accent, who, decoded, theme.current().name)
        if said != self._said:
            self._said = said
            self._say(accent, finished, brief, who, decoded)

    def _say(self, accent: str, finished: bool, brief: bool, who: str, decoded: bool) -> None:
        look = theme.current()
        symbol, role, words, last, tip = PANES[self.part]
        if self.part == "x_t":
            words, last, tip = DECODED if decoded else (words, last, tip)
            for widget in (self, self.picture, self.caption):
                widget.setToolTip(tip)
        if finished and self.part == "x_t":
            symbol = "x<sub>0</sub>"
        large = f"<span style='color:{look.role(role, accent)}; font-size:{look.px(16)}px'><i>{symbol}</i></span>"
        self.caption.setText(large if brief else f"{large}&nbsp; {(last if finished else words).format(who=who)}")
        lines = 1 if brief else 2
        self.caption.setFixedHeight(lines * self.caption.fontMetrics().height() + look.px(8))


class PictureBoard(QWidget):
    """``picked(i)``: another chain was chosen in the grid of all."""

    picked = Signal(int)

    def __init__(self, letter: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.letter = letter
        self.accent, self.brief = "diffusion", False
        self.moment: Moment | None = None
        self.shown: tuple[str, ...] = ALWAYS
        self.panes = {part: Pane(part) for part in PANES}
        self.grid = PictureGrid("")
        self.grid.setToolTip("All chains at this frame, each from other noise. Click one, or use the arrow keys, to see it large.")
        self.grid.setAccessibleName(f"all chains of {letter}")
        self.grid.clicked.connect(self.picked)
        self.grid.hovered.connect(self._by_keyboard)
        self.heading, self.badge = QLabel("ALL CHAINS AT THIS FRAME"), QLabel(f"<b>{letter}</b>")
        self.heading.setProperty("look", "heading")
        self.pane_row = QHBoxLayout()
        self.pane_row.setSpacing(theme.SPACE_S)
        self.badge.setFixedWidth(theme.current().px(14))
        self.pane_row.addWidget(self.badge)
        for pane in self.panes.values():
            self.pane_row.addWidget(pane, 1)
        self.all = QWidget()
        inside = QVBoxLayout(self.all)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(2)
        inside.addWidget(self.heading)
        inside.addWidget(self.grid, 1)
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(theme.SPACE_S)
        self._box.addLayout(self.pane_row, 1)
        self._box.addWidget(self.all)
        self.arrange(brief=False, parts=ALWAYS)

    def reset(self, accent: str) -> None:
        """A new run."""
        self.accent, self.moment = accent, None
        self.grid.accent = accent
        self.grid.set_cursor(())
        self.grid.set_pictures(None)
        for pane in self.panes.values():
            pane.show_picture(None, accent, False, self.brief)
        self.panes["x_t"].picture.placeholder = "The first chain appears here in a moment."

    def arrange(self, *, brief: bool, parts: Sequence[str]) -> None:
        """``brief``: one of two lanes, all in a row. ``parts`` are shown in large."""
        self.brief, self.shown = brief, tuple(parts)
        self._box.setDirection(QBoxLayout.Direction.LeftToRight if brief else QBoxLayout.Direction.TopToBottom)
        self._box.setStretch(0, 3 if brief else 1)
        self._box.setStretch(1, 2 if brief else 0)
        self.badge.setVisible(brief)
        self.heading.setVisible(not brief)
        for part, pane in self.panes.items():
            pane.setVisible(part in self.shown)
        self._fit()

    # ------------------------------------------------------------ showing
    def show_moment(self, moment: Moment | None, picked: int, *, ideal: bool = False) -> None:
        """A frame of the chain, with item ``picked`` in large; of the ``ideal`` denoiser or of the model."""
        self.moment = moment
        n = 0 if moment is None else len(moment.parts["x_t"])
        picked = min(picked, n - 1)
        finished, who = moment is not None and moment.finished, IDEAL if ideal else MODEL
        for part in self.shown:
            one = moment.parts[part][picked] if part in self.shown_parts(moment) and moment is not None else None
            self.panes[part].show_picture(one, self.accent, finished, self.brief, who, decoded=LATENT in self.shown_parts(moment))
        self.all.setVisible(n > 1)
        if moment is not None and n > 1:
            before = self.grid.count
            self.grid.set_pictures(moment.parts["x_t"])
            self.grid.set_cursor((picked,))
            if before != n:
                self._fit()

    @staticmethod
    def shown_parts(moment: Moment | None) -> tuple[str, ...]:
        """What a frame has."""
        return () if moment is None else tuple(moment.parts)

    def _by_keyboard(self, index: int) -> None:
        """Arrow keys pick out; a mouse has to click."""
        if index >= 0 and self.grid.hasFocus() and not self.grid.underMouse():
            self.picked.emit(index)

    def _fit(self) -> None:
        heading = self.heading.sizeHint().height() + 2
        large = self.width() / max(len(self.shown), 1) + self.panes["x_t"].caption.height()  # high: more would stay empty
        room = max(round(GRID_SHARE * self.height()), round(self.height() - large - heading - theme.SPACE_S), 32)
        height = heading + self.grid.height_in(self.width(), room)
        self.all.setMaximumHeight(16777215 if self.brief else height)
        self.all.setMinimumHeight(0 if self.brief else height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)
