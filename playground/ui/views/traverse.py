"""One row a latent: what each number of the code does, the most telling first, each with its own slider."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import StageView, card, number, z_text
from playground.ui.views.data_plane import DataPlane
from playground.ui.widgets.controls import Segmented, button, combo, spin, toolbar
from playground.ui.widgets.ink import label_inks
from playground.ui.widgets.layers import Handle, Lines
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.plane import Plane
from playground.ui.widgets.strip_slider import TRACK, UNITS, StripSlider

Array = np.ndarray
DEAD = 0.01  # nats of KL below which a latent says nothing
SPAN = 3.0
STEPS = 9
ROWS = (4, 8, 16, 32)


class TraverseView(StageView):
    """Sliders over the latents of one code, and the picture that they make together."""

    name = "traverse"
    title = "Traverse"
    hint = "Turn one number of the code at a time and see what it means: slant, width, a smile. Latents that say nothing are greyed."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[tuple[QLabel, StripSlider]] = []
        self.shown: m.Traversal | None = None
        self.codes: Array | None = None
        self.base = np.zeros(1, np.float32)
        self._build_toolbar()
        self._build_stage()
        self.answers |= {"rows": self._show, "codes": self._show_codes, "now": self._show_now}

    def _build_toolbar(self) -> None:
        self.source = Segmented([
            ("zero", "z = 0", "Begin at the middle of the prior"),
            ("data", "Data item", "Begin at the code of a held-out item"),
            ("random", "Random", "Begin at noise z ~ N(0, I)"),
        ])  # fmt: skip
        self.source.changed.connect(lambda _: self._rebase())
        self.item = spin(0, 999, 0, "Which item, or which noise", lambda _: self._rebase())
        self.dice = button("⚄ Another", "The next one", lambda: self.item.setValue((self.item.value() + 1) % 1000))
        self.count = combo([str(n) for n in ROWS], "At most so many rows, by KL", lambda _: self._ask_now(), 2)
        self.reset = button("Reset sliders", "All sliders back to where the item's code is", self._rebase)
        self.column.addLayout(toolbar("Start at", self.source, "No.", self.item, self.dice, None, "Rows", self.count, self.reset))
        self.column.addWidget(self.note)

    def _build_stage(self) -> None:
        self.table = QWidget()
        self.table.setProperty("look", "scrolled")
        self.grid = QGridLayout(self.table)
        self.grid.setContentsMargins(0, 0, 4, 0)
        self.grid.setVerticalSpacing(2)
        self.grid.setHorizontalSpacing(theme.SPACE_S)
        self.grid.setColumnStretch(1, 1)
        self.scroll = QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setWidget(self.table)
        self.side, inside = card(margins=theme.SPACE_S)
        self.side.setFixedWidth(232)
        self.large = PictureGrid("Move a slider.", surface="card")
        self.large.setFixedHeight(216)
        self.large.setToolTip("The decoder's picture of the code that all sliders make together")
        self.z = QLabel("")
        self.z.setWordWrap(True)
        self.prior = QLabel("")
        self.prior.setProperty("role", "dim")
        self.prior.setToolTip("Log density of the prior N(0, I) at this code")
        for widget in (self.large, self.z, self.prior):
            inside.addWidget(widget)
        inside.addStretch(1)
        self.plane = Plane("Paths appear here in a moment.")
        self.plane.setToolTip("Where the decoder goes when one latent runs from −3 to 3. The dot: all sliders together.")
        self.data = DataPlane(self)
        row = QHBoxLayout()
        row.addWidget(self.scroll, 1)
        column = QVBoxLayout()
        column.addWidget(self.plane, 1)
        column.addWidget(self.side)
        row.addLayout(column)
        self.stage_row, self.right_column = row, column
        self.column.addLayout(row, 1)

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
        self.stage_row.setStretch(1, 2 if self.is_points else 0)
        self.side.setFixedWidth(232) if not self.is_points else self.side.setMaximumWidth(16_777_215)
        self.source.choose("zero")
        self._make_rows(0)

    def _make_rows(self, n: int) -> None:
        """Exactly ``n`` rows; rows stay the same widgets, so that a hand on a slider is not thrown off."""
        while len(self.rows) > n:
            for widget in self.rows.pop():
                self.grid.removeWidget(widget)
                widget.deleteLater()
        while len(self.rows) < n:
            label, slider = QLabel(""), StripSlider(SPAN)
            label.setTextFormat(Qt.TextFormat.RichText)
            slider.valueChanged.connect(lambda _: self._decode())
            index = len(self.rows)
            self.grid.addWidget(label, index, 0, Qt.AlignmentFlag.AlignVCenter)
            self.grid.addWidget(slider, index, 1)
            self.rows.append((label, slider))
        self.grid.setRowStretch(len(self.rows), 1)

    def on_data(self) -> None:
        self._draw_points()

    # ------------------------------------------------------------ asking
    def refresh(self) -> None:
        if self.is_points:
            self.data.refresh()
        self.ask("codes", m.Encode(n=1000))
        self.ask("rows", self._request())
        self._decode()

    def _request(self) -> m.Traverse:
        return m.Traverse(z=self.base, steps=STEPS, span=SPAN, max_rows=ROWS[self.count.currentIndex()])

    def _ask_now(self) -> None:
        self.ask_now("rows", self._request())

    def _rebase(self) -> None:
        """Another code to begin at; the sliders go there."""
        self.base = self._start()
        self._set_sliders()
        self._ask_now()
        self._decode()

    def _start(self) -> Array:
        index, d = self.item.value(), max(self.latent_dim, 1)
        if self.source.key() == "data" and self.codes is not None:
            return np.asarray(self.codes[index % len(self.codes)], np.float32)
        if self.source.key() == "random":
            return np.random.default_rng(index).standard_normal(d).astype(np.float32)
        return np.zeros(d, np.float32)

    def _set_sliders(self) -> None:
        if self.shown is None:
            return
        for (_, slider), dim in zip(self.rows, self.shown.dims, strict=False):
            slider.blockSignals(True)
            slider.setValue(round(float(self.base[dim]) * UNITS))
            slider.blockSignals(False)
            slider.update()

    def code(self) -> Array:
        """The code (d,) that all sliders make together."""
        z = self.base.copy()
        if self.shown is not None:
            for (_, slider), dim in zip(self.rows, self.shown.dims, strict=False):
                z[dim] = slider.z
        return z

    def _decode(self) -> None:
        self.ask_along("now", m.Decode(z=self.code()[None]))

    # ------------------------------------------------------------ showing
    def _show_codes(self, answer: m.Encoded) -> None:
        first, self.codes = self.codes is None, answer.mu
        if first and self.source.key() == "data":
            self._rebase()

    def _show(self, answer: m.Traversal) -> None:
        moved = {int(d): slider.value() for (_, slider), d in zip(self.rows, self.shown.dims, strict=False)} if self.shown else {}
        self.shown = answer
        self._make_rows(len(answer.dims))
        side = 0 if self.is_points else self._picture_px(len(answer.dims), answer.rows.shape[2:4])
        for i, ((label, slider), dim) in enumerate(zip(self.rows, answer.dims, strict=True)):
            self._fill_row(label, slider, i, int(dim))
            slider.set_pictures(None if self.is_points else answer.rows[i], side)
            slider.blockSignals(True)
            slider.setValue(moved.get(int(dim), round(float(self.base[dim]) * UNITS)))
            slider.blockSignals(False)
        if self.is_points:
            self._draw_points()

    def _fill_row(self, label: QLabel, slider: StripSlider, i: int, dim: int) -> None:
        assert self.shown is not None
        kl = float(self.shown.kl[i])
        dead = kl < DEAD
        words = f"says nothing: KL {kl:.2f}" if dead else f"KL {kl:.2f} nats"
        colour = theme.current().dim if dead else theme.current().text
        label.setText(f"<span style='color:{colour}'><b>z<sub>{dim + 1}</sub></b> {words}</span>")
        slider.dim, slider.accent = dead, self.accent
        what = "The posterior of this latent equals the prior: it carries no information about x." if dead else (
            "Drag along the pictures, or use the arrow keys. KL: how many nats this latent tells about x, on average.")
        for widget in (label, slider):
            widget.setToolTip(f"Latent {dim + 1}. {what}")
        slider.setAccessibleName(f"Latent {dim + 1}")

    def _picture_px(self, rows: int, size: tuple[int, ...]) -> int:
        """The largest crisp height at which all rows fit, else the pictures' own."""
        room = self.scroll.viewport().height() / max(rows, 1) - TRACK - 3
        wide = (self.scroll.viewport().width() - 150) / STEPS - 2
        fits = min(room / size[0], wide / size[1])
        return int(size[0] * max(1, int(fits))) if fits >= 1 or size[0] <= 32 else size[0] // 2

    def _draw_points(self) -> None:
        if self.shown is None or not self.data.known:
            return
        colours = label_inks()
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
