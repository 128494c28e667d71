"""The right column: the family's live curves and bars, the tools that act on all of them, and the equation strip."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from playground.engine import messages as m
from playground.ui import icons, shortcuts, theme
from playground.ui.bars import BarPanel
from playground.ui.curves import CurvePlot
from playground.ui.equation import EquationStrip
from playground.ui.scroll import ColumnScroll
from playground.ui.style import set_look

REDRAW_MS = 200  # one plot a tick: painting curves costs training speed (a tenth of it at ten pictures a second)
SMOOTHING = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)


class MonitorColumn(QFrame):
    """Built from ``family.panels`` and ``family.equation``. ``export`` asks for a CSV of all curves."""

    export = Signal()

    def __init__(self, family: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_look(self, "panel")
        accent = family.accent
        self.panels: list[Any] = [BarPanel(p, accent) if p.bars else CurvePlot(p, accent) for p in family.panels]
        self.plots = [p for p in self.panels if isinstance(p, CurvePlot)]
        self.equation = EquationStrip(family.equation, accent)
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.log = QCheckBox("log y")
        self.export_button = QToolButton()
        self._smoothing_text = QLabel()
        self._lay_out()
        self._wire()
        self._newest: m.Progress | None = None
        self._timer = QTimer(self, interval=REDRAW_MS)
        self._timer.timeout.connect(self._redraw_next)
        self._turn = 0
        self.smoothing.setValue(5)
        self.retheme()

    def showEvent(self, event: Any) -> None:  # noqa: N802
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: Any) -> None:  # noqa: N802
        self._timer.stop()
        super().hideEvent(event)

    def set_kind(self, kind: str) -> None:
        """Show the panels that make sense for this kind of data."""
        for panel in self.panels:
            panel.setVisible(panel.panel.kind in ("", kind))

    def on_progress(self, event: m.Progress) -> None:
        for plot in self.plots:
            plot.on_progress(event)
        self._newest = event

    def on_monitored(self, event: m.Monitored) -> None:
        for panel in self.panels:
            panel.on_monitored(event)

    def clear(self) -> None:
        for panel in self.panels:
            panel.clear()
        self._newest = None
        self.equation.clear()

    def redraw(self) -> None:
        """Draw all that has changed, now."""
        for plot in self.plots:
            plot.redraw()
        self._show_newest()

    def reset_zoom(self) -> None:
        for plot in self.plots:
            plot.reset_zoom()

    def retheme(self) -> None:
        for part in (*self.panels, self.equation):
            part.retheme()
        self.export_button.setIcon(icons.icon("save", theme.current().text))

    def table(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """A copy of every curve, raw: key -> (steps, values). Copies, so that a thread may write them."""
        return {c.series.key: (c.buffer.steps.copy(), c.buffer.values.copy()) for p in self.plots for c in p.curves if c.buffer.n}

    def _redraw_next(self) -> None:
        """Each plot in its turn, and none more than two or three times a second."""
        self._turn = (self._turn + 1) % max(len(self.plots), 2)
        if self._turn == 0:
            self._show_newest()  # new numbers lay the strip out anew, so they too come only now and then
        if self._turn < len(self.plots):
            self.plots[self._turn].redraw()

    def _show_newest(self) -> None:
        if self._newest is not None:
            self.equation.on_progress(self._newest)
            self._newest = None

    def _set_smoothing(self, place: int) -> None:
        weight = SMOOTHING[place]
        self._smoothing_text.setText("off" if not weight else f"{round(1 / (1 - weight)):,} steps")
        for plot in self.plots:
            plot.set_smoothing(weight)

    def _set_log(self, on: bool) -> None:
        for plot in self.plots:
            plot.set_log(on)

    def _on_hover(self, step: float) -> None:
        for plot in self.plots:
            plot.set_reading(step)

    def _wire(self) -> None:
        self.smoothing.valueChanged.connect(self._set_smoothing)
        self.log.toggled.connect(self._set_log)
        self.export_button.clicked.connect(self.export)
        for plot in self.plots:
            plot.hovered.connect(self._on_hover)

    def _lay_out(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(theme.SPACE_L, theme.SPACE_M, theme.SPACE_L, theme.SPACE_M)
        column.setSpacing(theme.SPACE_L)
        for panel in self.panels:
            column.addWidget(panel, 1 if isinstance(panel, CurvePlot) else 0)
            if isinstance(panel, CurvePlot):
                panel.setMaximumHeight(360)
            if panel is self.panels[0]:
                column.addLayout(self._tools())
        column.addWidget(self.equation)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(ColumnScroll(inner))

    def _tools(self) -> QHBoxLayout:
        tip = "Exponential moving average of the training curves, over about so many steps; the raw curves stay, faintly."
        label = QLabel("Smooth")
        self.smoothing.setRange(0, len(SMOOTHING) - 1)
        self.smoothing.setPageStep(1)
        self.smoothing.setMinimumWidth(44)
        self.smoothing.setAccessibleName("Smoothing")
        self._smoothing_text.setMinimumWidth(theme.current().px(58))
        self.log.setToolTip("Logarithmic y axis. Values at or below 0 cannot be drawn on it.")
        self.export_button.setToolTip(shortcuts.tip("export_csv"))
        set_look(self.export_button, "small")
        self.export_button.setAccessibleName("Export curves as CSV")
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_S)
        for widget in (label, self.smoothing, self._smoothing_text):
            widget.setToolTip(tip)
            set_look(widget, "small") if isinstance(widget, QLabel) else None
            row.addWidget(widget, 1 if widget is self.smoothing else 0)
        row.addWidget(self.log)
        row.addWidget(self.export_button)
        return row


def write_csv(path: Path, table: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """One row for every step that any curve has, one column a curve, empty where a curve has no value there."""
    steps = np.unique(np.concatenate([s for s, _ in table.values()])) if table else np.empty(0)
    columns = []
    for s, values in table.values():
        column = np.full(len(steps), np.nan)
        column[np.searchsorted(steps, s)] = values
        columns.append(column)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["step", *table])
        for i, step in enumerate(steps):
            writer.writerow([int(step), *("" if np.isnan(c[i]) else repr(float(c[i])) for c in columns)])
