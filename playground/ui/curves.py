"""One live plot: curves in the colours of their roles, a legend that is also the read-out, theory as dashed lines.

Data lives in :class:`~playground.ui.series.Buffer`; what reaches pyqtgraph is an envelope of at most two points a
pixel column, in items that are made once. The window calls :meth:`CurvePlot.redraw` a few times a second, not at
every message.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.flow import FlowLayout
from playground.ui.series import Buffer, envelope, means, robust_range
from playground.ui.style import set_look

THEORY = "theory"


class StepAxis(pg.AxisItem):
    """Ticks as people write numbers: 10,000 and 10k rather than 1e+04."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: N802
        if self.logMode:
            return [short(10**v) for v in values]
        return [short(v) for v in values]


class PlotBox(pg.ViewBox):
    """Wheel and drag zoom, a double click shows all again."""

    reset = Signal()

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self.setMouseMode(pg.ViewBox.RectMode)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        event.accept()
        self.reset.emit()


class Curve:
    """One Series of a Panel: its numbers and the items that draw them."""

    def __init__(self, series: Any, plot: pg.PlotItem) -> None:
        self.series, self.buffer = series, Buffer()
        self.is_theory = series.role == THEORY
        self.raw = pg.PlotCurveItem(connect="finite", skipFiniteCheck=True)  # the envelope: thin, not antialiased
        self.line = pg.PlotCurveItem(connect="finite", skipFiniteCheck=True, antialias=True)  # smooth or sparse
        self.dots = pg.ScatterPlotItem(size=5, pxMode=True)
        self.level = pg.InfiniteLine(angle=0, movable=False)
        for item in (self.raw, self.line, self.dots, self.level):
            item.setVisible(False)
            plot.addItem(item, ignoreBounds=True)

    def dress(self, look: theme.Theme, accent: str) -> None:
        """Pens and brushes of this theme."""
        colour = look.role(self.series.role, accent)
        self._faint, self._thin = QPen(theme.colour(colour, 0.3), 0), QPen(QColor(colour), 0)
        solid, dashed = QPen(QColor(colour), look.line_px), QPen(QColor(colour), look.line_px * 0.8)
        dashed.setDashPattern([4, 3])
        for pen in (solid, dashed):
            pen.setCosmetic(True)
        self.line.setPen(solid)
        self.level.setPen(dashed)
        self.dots.setBrush(QColor(colour))
        self.dots.setPen(pg.mkPen(None))

    def draw(self, x0: float, x1: float, columns: int, log: bool) -> list[np.ndarray]:
        """Put the envelope on the screen; returns the values drawn, for the y range."""
        if not self.buffer.n:
            for item in (self.raw, self.line, self.dots, self.level):
                item.setVisible(False)
            return []
        return self._draw_level(log) if self.is_theory else self._draw_line(x0, x1, columns, log)

    def _draw_level(self, log: bool) -> list[np.ndarray]:
        value = self.buffer.values[-1]
        seen = bool(np.isfinite(value) and (value > 0 or not log))
        self.level.setVisible(seen)
        if seen:
            self.level.setValue(np.log10(value) if log else value)
        return [np.array([value])]

    def _draw_line(self, x0: float, x1: float, columns: int, log: bool) -> list[np.ndarray]:
        buffer, sparse = self.buffer, self.series.held_out
        smooth = sparse or bool(buffer.weight)
        self.line.setVisible(smooth)
        self.raw.setVisible(not sparse)
        drawn = []
        if smooth:
            x, y = means(buffer.steps, buffer.smooth, x0, x1, columns // 2)
            self.line.setData(x, _scaled(y, log))
            drawn.append(y)
        if not sparse:
            x, y = envelope(buffer.steps, buffer.values, x0, x1, columns)
            self.raw.setPen(self._faint if smooth else self._thin)
            self.raw.setData(x, _scaled(y, log))
            drawn.append(y)
        few = sparse and buffer.n <= 60
        self.dots.setVisible(few)
        if few:
            self.dots.setData(buffer.steps, _scaled(buffer.values, log))
        return drawn


class CurvePlot(QWidget):
    """A Panel of the family. ``hovered(step)`` while the mouse (or an arrow key) reads the curves, NaN when it
    leaves.
    """

    hovered = Signal(float)

    def __init__(self, panel: Any, accent: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel, self._accent = panel, accent
        self._log, self._zoomed, self._dirty, self._cursor_step = False, False, True, float("nan")
        self.view_box = PlotBox()
        self.plot = pg.PlotWidget(
            viewBox=self.view_box, axisItems={"bottom": StepAxis("bottom"), "left": StepAxis("left")}
        )
        self.curves = [Curve(s, self.plot.getPlotItem()) for s in panel.series]
        self.reading_line = pg.InfiniteLine(angle=90, movable=False)
        self.title, self.where = QLabel(), QLabel()
        self.legend = {c.series.key: QLabel() for c in self.curves}
        self._lay_out()
        self._prepare_plot()
        self.retheme()

    # ------------------------------------------------------------ data
    def on_progress(self, event: m.Progress) -> None:
        self._take(event.steps, event.scalars, held_out=False)

    def on_monitored(self, event: m.Monitored) -> None:
        values = {k: np.array([v], dtype=float) for k, v in event.scalars.items() if v is not None}
        self._take(np.array([event.step], dtype=float), values, held_out=True)

    def clear(self) -> None:
        """A new run: forget everything, also the zoom."""
        for curve in self.curves:
            curve.buffer.clear()
        self.reset_zoom()

    def set_smoothing(self, weight: float) -> None:
        for curve in self.curves:
            if not curve.series.held_out:
                curve.buffer.set_weight(weight)
        self._dirty = True

    def set_log(self, log: bool) -> None:
        """Logarithmic y axis; values that are not positive cannot be drawn on it."""
        self._log, self._dirty = log, True
        self.plot.getAxis("left").setLogMode(log)
        self.reset_zoom()

    def reset_zoom(self) -> None:
        self._zoomed, self._dirty = False, True

    # ------------------------------------------------------------ drawing
    def redraw(self) -> None:
        """Draw what has changed since the last call; costs nothing if nothing has or if nobody sees it."""
        if not self._dirty or not self.isVisible():
            return
        self._dirty = False
        x0, x1 = self._x_range()
        columns = max(int(self.view_box.width()), 50)
        drawn = [y for curve in self.curves for y in curve.draw(x0, x1, columns, self._log)]
        if not self._zoomed:
            self._fit(x0, x1, drawn)
        self._show_values()

    def retheme(self) -> None:
        """Take the colours of the theme that is worn now."""
        look = theme.current()
        self.plot.setBackground(QColor(look.panel))
        for name in ("left", "bottom"):
            axis = self.plot.getAxis(name)
            axis.setPen(QColor(look.border))
            axis.setTextPen(QColor(look.dim))
            axis.setStyle(tickFont=theme.font(10), tickLength=-4)
        self.plot.getAxis("left").setWidth(look.px(44))
        self.plot.showGrid(y=True, x=False, alpha=0.18)
        self.reading_line.setPen(QPen(QColor(look.dim), 0))
        for curve in self.curves:
            curve.dress(look, self._accent)
        self._dirty = True
        self._show_values()

    def set_cursor(self, step: float) -> None:
        """Read the curves at this step (NaN: at their ends)."""
        self._cursor_step = step
        self.reading_line.setVisible(np.isfinite(step))
        if np.isfinite(step):
            self.reading_line.setValue(step)
        self._show_values()

    # ------------------------------------------------------------ inside
    def _take(self, steps: np.ndarray, scalars: dict[str, np.ndarray], *, held_out: bool) -> None:
        for curve in self.curves:
            if curve.series.held_out == held_out and curve.series.key in scalars:
                curve.buffer.append(steps, scalars[curve.series.key])
                self._dirty = True

    def _x_range(self) -> tuple[float, float]:
        if self._zoomed:
            (x0, x1), _ = self.view_box.viewRange()
            return x0, x1
        ends = [float(c.buffer.steps[-1]) for c in self.curves if c.buffer.n and not c.is_theory]
        return 0.0, max([*ends, 1.0])

    def _fit(self, x0: float, x1: float, drawn: list[np.ndarray]) -> None:
        y_range = robust_range(drawn, self._log)
        self.view_box.setXRange(x0, x1, padding=0.01)
        if y_range is not None:
            self.view_box.setYRange(*y_range, padding=0)

    def _show_values(self) -> None:
        look, step = theme.current(), self._cursor_step
        reading = bool(np.isfinite(step))
        for curve in self.curves:
            value = curve.buffer.last
            if reading and curve.buffer.n and not curve.is_theory:
                value = float(curve.buffer.smooth[curve.buffer.nearest(step)])
            label = self.legend[curve.series.key]
            label.setVisible(bool(curve.buffer.n))
            label.setText(_legend_text(curve, value, look, self._accent))
        self.where.setText(f"step {step:,.0f}" if reading else self.panel.unit)

    def _on_mouse(self, position: QPointF) -> None:
        inside = self.view_box.sceneBoundingRect().contains(position)
        self.hovered.emit(self._snap(self.view_box.mapSceneToView(position).x()) if inside else float("nan"))

    def _snap(self, x: float) -> float:
        """The nearest step that has a value."""
        longest = max((c.buffer for c in self.curves if not c.is_theory), key=lambda b: b.n, default=Buffer())
        index = longest.nearest(x)
        return float(longest.steps[index]) if index >= 0 else float("nan")

    def _on_zoom(self, *_: object) -> None:
        self._zoomed = self._dirty = True

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Left and right read the curves, Home shows all."""
        way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if way is None:
            if event.key() == Qt.Key.Key_Home:
                self.reset_zoom()
                return
            super().keyPressEvent(event)
            return
        (x0, x1), _ = self.view_box.viewRange()
        at = self._cursor_step if np.isfinite(self._cursor_step) else x1
        self.hovered.emit(self._snap(at + way * (x1 - x0) / 100))

    def focusOutEvent(self, event: Any) -> None:  # noqa: N802
        self.hovered.emit(float("nan"))
        super().focusOutEvent(event)

    def eventFilter(self, watched: Any, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Leave:
            self.hovered.emit(float("nan"))
        return super().eventFilter(watched, event)

    def _prepare_plot(self) -> None:
        plot = self.plot.getPlotItem()
        plot.hideButtons()
        plot.addItem(self.reading_line, ignoreBounds=True)
        self.reading_line.setVisible(False)
        for axis in ("left", "bottom"):
            self.plot.getAxis(axis).enableAutoSIPrefix(False)
        self.view_box.disableAutoRange()
        self.view_box.setXRange(0, 1)
        self.view_box.sigRangeChangedManually.connect(self._on_zoom)
        self.view_box.sigResized.connect(self._on_resize)
        self.view_box.reset.connect(self.reset_zoom)
        self.plot.scene().sigMouseMoved.connect(self._on_mouse)
        self.plot.viewport().installEventFilter(self)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _on_resize(self, *_: object) -> None:
        self._dirty = True

    def _lay_out(self) -> None:
        self.title.setText(self.panel.title.upper())
        set_look(self.title, "heading")
        set_look(self.where, "small")
        tip = "\n".join(
            part
            for part in (self.panel.help, "Drag or wheel: zoom. Double click: all. Arrow keys: read values.")
            if part
        )
        self.title.setToolTip(tip)
        self.plot.setToolTip("")
        self.where.setToolTip("Unit of the y axis; the step while you point at the curves.")
        self.setAccessibleName(f"Curves: {self.panel.title}, {self.panel.unit}")
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.where)
        legend = FlowLayout(theme.SPACE_M, 2)
        for curve in self.curves:
            label = self.legend[curve.series.key]
            label.setToolTip(f"<b>{curve.series.label}</b> ({self.panel.unit})<br>{curve.series.help}")
            label.hide()
            legend.addWidget(label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addLayout(head)
        column.addWidget(self.plot, 1)
        column.addLayout(legend)
        self.plot.setMinimumHeight(110)
        self.plot.setFrameShape(self.plot.Shape.NoFrame)


def short(value: float) -> str:
    """1000 is 1k, 2500000 is 2.5M; small numbers as they are."""
    for size, letter in ((1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            unit = {"M": 1e6, "k": 1e3}[letter]
            return f"{value / unit:.4g}{letter}".replace("-", "−")
    return f"{value:,.4g}".replace("-", "−") if abs(value) < 1e3 else f"{value:,.0f}".replace("-", "−")


def value_text(value: float) -> str:
    """A value as the legend and the equation show it: four figures, a true minus, a dash where there is none."""
    if not np.isfinite(value):
        return "–"
    digits = 1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 3
    if value and abs(value) < 0.001:
        return f"{value:.1e}".replace("-", "−")
    return f"{value:,.{digits}f}".replace("-", "−")


def _legend_text(curve: Curve, value: float, look: theme.Theme, accent: str) -> str:
    colour = look.role(curve.series.role, accent)
    mark = "┅" if curve.is_theory else "━"
    name = f'<span style="color:{look.dim}">{curve.series.label}</span>'
    return f'<span style="color:{colour}">{mark}</span> {name} <b style="color:{colour}">{value_text(value)}</b>'


def _scaled(y: np.ndarray, log: bool) -> np.ndarray:
    return np.log10(np.where(y > 0, y, np.nan)) if log else y
