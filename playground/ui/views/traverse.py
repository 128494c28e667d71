"""One row a latent: what each number of the code does, the most telling first, each with its own slider."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import StageView, card, number, z_text
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.slider_table import SliderTable
from playground.ui.widgets.controls import Segmented, button, combo, spin, toolbar
from playground.ui.widgets.layers import Handle, Lines
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.plane import Plane

Array = np.ndarray
SPAN = 3.0
ROWS = (4, 8, 16, 32)
FEW = 4  # so many rows lie above the large picture; more of them beside it
SIDE = 208


class TraverseView(StageView):
    """Sliders over the latents of one code, and the picture that they make together."""

    name = "traverse"
    title = "Traverse"
    hint = (
        "Turn one number of the code at a time and see what it means: slant, width, a smile. Latents that say nothing are greyed."
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: m.Traversal | None = None
        self.codes: Array | None = None
        self.base = np.zeros(1, np.float32)
        self._build_toolbar()
        self._build_stage()
        self.answers |= {"rows": self._show, "codes": self._show_codes, "now": self._show_now}
        self._resized = QTimer(self, interval=150, singleShot=True)
        self._resized.timeout.connect(self._ask_now)

    def _build_toolbar(self) -> None:
        self.source = Segmented([
            ("zero", "z = 0", "Begin at the middle of the prior"),
            ("data", "Data item", "Begin at the code of a held-out item"),
            ("random", "Random", "Begin at noise z ~ N(0, I)"),
        ])  # fmt: skip
        self.source.changed.connect(lambda _: self._rebase())
        self.item = spin(0, 999, 0, "Which held-out item, or which noise", lambda _: self._rebase())
        self.dice = button("⚄ Another", "The next item, or other noise", self._another)
        self.count = combo([str(n) for n in ROWS], "At most so many rows, those with the most KL", lambda _: self._ask_now(), 2)
        self.reset = button("Reset", "All sliders back to where the code of the item is", self._rebase)
        self.column.addLayout(toolbar(self.source, "No.", self.item, self.dice, "Rows", self.count, self.reset))
        self.column.addWidget(self.note)

    def _build_stage(self) -> None:
        self.table = SliderTable(SPAN)
        self.table.moved.connect(self._decode)
        self.side, inside = card(margins=theme.SPACE_S)
        self.large = PictureGrid("Move a slider.", surface="card")
        self.large.setToolTip("The decoder's picture of the code that all sliders make together")
        self.z, self.prior = QLabel(""), QLabel("")
        self.z.setWordWrap(True)
        self.prior.setProperty("role", "dim")
        self.prior.setToolTip("Log density of the prior N(0, I) at this code")
        words = QVBoxLayout()
        words.addWidget(self.z)
        words.addWidget(self.prior)
        words.addStretch(1)
        self.plane = Plane("Paths appear here in a moment.")
        self.plane.setToolTip("Where the decoder goes when one latent runs from −3 to 3. The dot: all sliders together.")
        self.data = DataPlane(self)
        self.inner = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self.inner.addWidget(self.large, 1)
        self.inner.addWidget(self.plane, 1)
        self.inner.addLayout(words)
        inside.addLayout(self.inner)
        self.body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.body.setSpacing(theme.SPACE_S)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.side)
        self.column.addLayout(self.body, 1)

    # ------------------------------------------------------------ context
    def clear(self) -> None:
        self.shown, self.codes = None, None
        self.base = np.zeros(max(self.latent_dim, 1), np.float32)
        self.plane.live = []
        self.plane.show_layers([])
        self.large.set_pictures(None)
        self.large.accent = self.accent
        self.large.setVisible(not self.is_points)
        self.plane.setVisible(self.is_points)
        self.source.choose("zero")
        self.table.clear(self.accent)
        self.z.setText("")
        self.prior.setText("")
        self._arrange()

    def _arrange(self) -> None:
        """Few rows above the large picture, many beside it."""
        few = self._rows() <= FEW
        self.body.setDirection(QBoxLayout.Direction.TopToBottom if few else QBoxLayout.Direction.LeftToRight)
        self.inner.setDirection(QBoxLayout.Direction.LeftToRight if few else QBoxLayout.Direction.TopToBottom)
        self.side.setFixedWidth(SIDE) if not few and not self.is_points else self._free_width()
        self.large.setMaximumHeight(16_777_215 if few else SIDE)
        self.large.setMinimumHeight(0 if few else SIDE)
        self.table.fit_height = few
        self.body.setStretch(0, 0 if few else 1)
        self.body.setStretch(1, 1 if few or self.is_points else 0)

    def _free_width(self) -> None:
        self.side.setMinimumWidth(0)
        self.side.setMaximumWidth(16_777_215)

    def _rows(self) -> int:
        return min(max(self.latent_dim, 1), ROWS[self.count.currentIndex()])

    def on_data(self) -> None:
        self._draw_points()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other sizes, other numbers of pictures in a row."""
        self._resized.start()
        super().resizeEvent(event)

    # ------------------------------------------------------------ asking
    def refresh(self) -> None:
        if self.is_points:
            self.data.refresh()
        if self.source.key() == "data" or self.codes is None:
            self.ask("codes", m.Encode(n=1000))
        self.ask("rows", self._request())
        self._decode()

    def _request(self) -> m.Traverse:
        few = self._rows() <= FEW
        room_w = self.width() - (24 if few else SIDE + 40)
        room_h = self.height() * (0.5 if few else 1.0) - (0 if few else 48)
        shape = self.context.shape if self.context else (1, 28, 28)
        steps = 33 if self.is_points else self.table.plan(self._rows(), shape, room_w, room_h)
        return m.Traverse(z=self.base, steps=steps, span=SPAN, max_rows=ROWS[self.count.currentIndex()])

    def _ask_now(self) -> None:
        if self.context is not None:
            self._arrange()
            self.ask_now("rows", self._request())

    def _another(self) -> None:
        if self.source.key() == "zero":
            self.source.choose("data")
        self.item.setValue((self.item.value() + 1) % 1000)

    def _rebase(self) -> None:
        """Another code to begin at; the sliders go there."""
        self.base = self._start()
        self.table.set_values(self.base)
        self._ask_now()
        self._decode()

    def _start(self) -> Array:
        index, d = self.item.value(), max(self.latent_dim, 1)
        if self.source.key() == "data" and self.codes is not None:
            return np.asarray(self.codes[index % len(self.codes)], np.float32)
        if self.source.key() == "random":
            return np.random.default_rng(index).standard_normal(d).astype(np.float32)
        return np.zeros(d, np.float32)

    def code(self) -> Array:
        """The code (d,) that all sliders make together."""
        return self.table.code(self.base)

    def _decode(self) -> None:
        self.ask_along("now", m.Decode(z=self.code()[None]))

    # ------------------------------------------------------------ showing
    def _show_codes(self, answer: m.Encoded) -> None:
        first, self.codes = self.codes is None, answer.mu
        if self.is_points:
            self.picks.put_points(answer.x)
        if first and self.source.key() == "data":
            self._rebase()

    def _show(self, answer: m.Traversal) -> None:
        self.shown = answer
        self.table.show_rows(answer, self.base, points=self.is_points, colours=self._line_colours())
        if self.is_points:
            self._draw_points()

    def _line_colours(self) -> list[str]:
        """Roles for the paths of points: the model's accent first."""
        return [self.accent, "kl", "monitor", "text"]

    def _draw_points(self) -> None:
        if self.shown is None or not self.data.known:
            return
        colours = [self.plane.ink(role) for role in self._line_colours()]
        lines = Lines(list(self.shown.rows), width=2.5, colours=colours)
        self.plane.show_layers([*self.data.layers(), lines], self.data.bounds)

    def _show_now(self, answer: m.Decoded) -> None:
        z = answer.z[-1]
        self.z.setText(f"<b>{z_text(z, 6)}</b>")
        self.prior.setText(f"log p(z) = {number(float(answer.log_prior[-1]))} nats")
        if self.is_points:
            x, y = answer.x[-1].tolist()
            self.plane.live = [Handle(x, y, role=self.accent, ring=False, radius=7)]
            self.plane.update()
        else:
            self.large.set_pictures(answer.x[-1:])

    def on_theme(self) -> None:
        super().on_theme()
        if self.shown is not None:
            self._show(self.shown)
