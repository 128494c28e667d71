"""Originals above their reconstructions above the difference; for points, lines from x to x hat."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QLabel, QStackedWidget, QWidget

from playground.engine import messages as m
from playground.ui.views.common import StageView, number
from playground.ui.views.data_plane import DataPlane
from playground.ui.widgets.controls import Segmented, button, combo, toolbar
from playground.ui.widgets.layers import Cloud, Legend, Segments
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.plane import Layer, Plane

PICTURES = (8, 12, 16, 24, 40)
POINTS = (50, 100, 200, 500)
RANGE = 1000  # items are picked among the first so many of a split


class ReconstructView(StageView):
    """What the code keeps of an item: x, x hat, and what was lost."""

    name = "reconstruct"
    title = "Reconstruct"
    hint = "Each item through the encoder and back through the decoder: what survives the narrow code, and what is lost."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.page, self.shuffled = 0, 0
        self.shown: m.Reconstructions | None = None
        self.split = Segmented([
            ("test", "Held out", "Items that the model has never trained on"),
            ("train", "Training", "Items that the model trains on: a gap to the held-out errors is overfitting"),
        ])  # fmt: skip
        self.split.changed.connect(lambda _: self._ask_now())
        self.count = combo([str(n) for n in PICTURES], "How many items are shown", lambda _: self._turn(0, first=True), 1)
        self.back = button("‹", "The items before these", lambda: self._turn(-1))
        self.forth = button("›", "The next items", lambda: self._turn(1))
        self.shuffle = button("⚄ Shuffle", "Show items picked at random", self._shuffle)
        self.mean = QLabel("")
        self.mean.setProperty("role", "dim")
        self.mean.setToolTip(
            "Reconstruction error −log p(x | z) at the posterior mean z, averaged over the items shown. Lower is better."
        )
        bar = toolbar(self.split, "Items", self.count, self.back, self.forth, self.shuffle, self.mean)
        self.column.addLayout(bar)
        self.column.addWidget(self.note)
        self.grid = PictureGrid("Reconstructions appear here in a moment.")
        self.grid.row_labels = ("original", "decoded", "difference")
        self.grid.caption_label = "error, nats"
        self.grid.setToolTip(
            "Top: the item. Middle: what the decoder makes of its code. Bottom: their distance, black where equal."
        )
        self.grid.hovered.connect(self._tell)
        self.plane = Plane("Reconstructions appear here in a moment.")
        self.plane.setToolTip("A line leads from each data point (blue) to its reconstruction. Short lines are good.")
        self.data = DataPlane(self)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.grid)
        self.stack.addWidget(self.plane)
        self.column.addWidget(self.stack, 1)
        self.answers["items_shown"] = self._show

    def clear(self) -> None:
        self.shown, self.page, self.shuffled = None, 0, 0
        self.plane.show_layers([])
        self.grid.set_pictures(None)
        self.grid.accent = self.accent
        self.mean.setText("")
        self.stack.setCurrentWidget(self.plane if self.is_points else self.grid)
        self.count.blockSignals(True)
        self.count.clear()
        self.count.addItems([str(n) for n in (POINTS if self.is_points else PICTURES)])
        self.count.setCurrentIndex(1)
        self.count.blockSignals(False)

    def on_data(self) -> None:
        self._draw_points()

    # ------------------------------------------------------------ which items
    def indices(self) -> tuple[int, ...]:
        """The items on show: a page in order, or a page of a fixed shuffle."""
        n = int(self.count.currentText())
        start = self.page * n % RANGE
        order = np.random.default_rng(self.shuffled).permutation(RANGE) if self.shuffled else np.arange(RANGE)
        return tuple(int(i) for i in np.roll(order, -start)[:n])

    def _turn(self, pages: int, first: bool = False) -> None:
        self.page = 0 if first else self.page + pages
        self._ask_now()

    def _shuffle(self) -> None:
        self.page, self.shuffled = 0, self.shuffled + 1
        self._ask_now()

    # ------------------------------------------------------------ asking and showing
    def _request(self) -> m.Reconstruct:
        return m.Reconstruct(indices=self.indices(), split=self.split.key())

    def refresh(self) -> None:
        if self.is_points:
            self.data.refresh()
            self._draw_points()
        self.ask("items_shown", self._request())

    def _ask_now(self) -> None:
        self.ask_now("items_shown", self._request())

    def _show(self, answer: m.Reconstructions) -> None:
        self.shown = answer
        if self.is_points:
            self._draw_points()
        else:
            self._draw_pictures(answer)
        self._tell(-1)

    def _draw_pictures(self, answer: m.Reconstructions) -> None:
        difference = answer.difference
        if difference.ndim < answer.x.ndim:
            difference = np.broadcast_to(difference[..., None], answer.x.shape)
        stacks = np.stack([answer.x, answer.x_hat, difference], axis=1)
        self.grid.set_pictures(stacks, [number(e, 0 if abs(e) >= 100 else 1) for e in answer.error])

    def _draw_points(self) -> None:
        if self.shown is None or not self.data.known:
            return
        x, x_hat = self.shown.x, self.shown.x_hat
        layers: list[Layer] = [
            Segments(x, x_hat, "text", 1.0, 0.7),
            Cloud(x, role="data", size=5),
            Cloud(x_hat, role=self.accent, size=5),
            Legend([("data", "data x", "dot"), (self.accent, "decoded from its code", "dot")]),
        ]
        self.plane.show_layers([*self.data.layers(), *layers], self.data.bounds)

    def _tell(self, index: int) -> None:
        if self.shown is None:
            return
        error = self.shown.error
        if 0 <= index < len(error):
            self.mean.setText(f"item {self.shown.indices[index]}: error {number(float(error[index]), 1)} nats")
        else:
            self.mean.setText(f"mean error {number(float(np.mean(error)), 1)} nats per item")

    def on_theme(self) -> None:
        super().on_theme()
        self._draw_points()
