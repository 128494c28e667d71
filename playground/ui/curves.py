"""One live plot: curves in the colours of their roles, a legend that is also the read-out, theory as dashed lines.

Data lives in :class:`~playground.ui.series.Buffer`; what reaches pyqtgraph is an envelope of at most two points a
pixel column, in items that are made once. The window calls :meth:`CurvePlot.redraw` a few times a second, not at every
message.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.flow import FlowLayout
from playground.ui.numbers import value_text
from playground.ui.plot_area import PlotArea
from playground.ui.series import Buffer, robust_range
from playground.ui.steady_label import SteadyLabel
from playground.ui.style import set_look
from playground.ui.symbols import definitions, dyed_words, in_words

FEW_DOTS = 60
NAN = float("nan")


class Curve:
    """One Series of a Panel: its numbers and the items that draw them."""

    def __init__(self, series: Any, area: PlotArea) -> None:
        self.series, self.buffer = series, Buffer()
        self.is_theory = series.role == "theory"
        self.raw = pg.PlotCurveItem(connect="finite", skipFiniteCheck=True)  # the envelope: thin, not antialiased
        self.line = pg.PlotCurveItem(connect="finite", skipFiniteCheck=True, antialias=True)  # smooth or sparse
        self.dots = pg.ScatterPlotItem(size=5, pxMode=True)
        self.level = pg.InfiniteLine(angle=0, movable=False)
        self._items = (self.raw, self.line, self.dots, self.level)
        for item in self._items:
            item.setVisible(False)
            area.add(item)

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
        """Put it on the screen; returns the values drawn, for the y range."""
        if not self.buffer.n:
            for item in self._items:
                item.setVisible(False)
            return []
        if self.is_theory:
            return self._draw_level(log)
        sparse = self.series.held_out
        smooth = sparse or bool(self.buffer.weight)
        self.line.setVisible(smooth)
        self.raw.setVisible(not sparse)
        self._draw_dots(sparse and self.buffer.n <= FEW_DOTS, log)
        drawn = [self._draw_line(x0, x1, columns, log)] if smooth else []
        if sparse:  # a single early check must not decide what the rest of the curves look like
            return [self.buffer.values[self.buffer.steps >= x0 + 0.1 * (x1 - x0)]]
        return [*drawn, self._draw_raw(x0, x1, columns, log, smooth)]

    def value_at(self, step: float) -> float:
        """The value nearest to this step; the last one for NaN and for theory."""
        if math.isfinite(step) and self.buffer.n and not self.is_theory:
            return float(self.buffer.smooth[self.buffer.nearest(step)])
        return self.buffer.last

    def _draw_level(self, log: bool) -> list[np.ndarray]:
        value = float(self.buffer.values[-1])
        seen = math.isfinite(value) and (value > 0 or not log)
        self.level.setVisible(seen)
        if seen:
            self.level.setValue(math.log10(value) if log else value)
        return [np.array([value])]

    def _draw_line(self, x0: float, x1: float, columns: int, log: bool) -> np.ndarray:
        x, y = self.buffer.means(x0, x1, columns // 2)
        self.line.setData(x, _scaled(y, log))
        return y

    def _draw_raw(self, x0: float, x1: float, columns: int, log: bool, faint: bool) -> np.ndarray:
        x, y = self.buffer.envelope(x0, x1, columns)
        self.raw.setPen(self._faint if faint else self._thin)
        self.raw.setData(x, _scaled(y, log))
        return y

    def _draw_dots(self, seen: bool, log: bool) -> None:
        self.dots.setVisible(seen)
        if seen:
            self.dots.setData(self.buffer.steps, _scaled(self.buffer.values, log))


class CurvePlot(QWidget):
    """A Panel of the family. ``hovered(step)`` while the mouse or an arrow key reads the curves, NaN when it leaves."""

    hovered = Signal(float)

    def __init__(self, panel: Any, accent: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel, self._accent = panel, accent
        self._log, self._zoomed, self._dirty, self._reading = False, False, True, NAN
        self.area = PlotArea()
        self.curves = [Curve(s, self.area) for s in panel.series]
        self.title, self.where = QLabel(), QLabel()
        self.legend = {c.series.key: SteadyLabel() for c in self.curves}
        self._lay_out()
        self.area.pointed.connect(lambda x: self.hovered.emit(self._snap(x)))
        self.area.zoomed.connect(self._on_zoom)
        self.area.reset.connect(self.reset_zoom)
        self.area.resized.connect(self._on_resize)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
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
        self._log = log
        self.area.set_log(log)
        self.reset_zoom()

    def reset_zoom(self) -> None:
        self._zoomed, self._dirty = False, True

    # ------------------------------------------------------------ drawing
    def redraw(self) -> None:
        """Draw what has changed since the last call; costs nothing if nothing has or if nobody sees it."""
        if not self._dirty or not self.isVisible():
            return
        self._dirty = False
        self.area.set_empty(not any(c.buffer.n for c in self.curves))
        x0, x1 = self.area.x_range() if self._zoomed else (0.0, self._last_step())
        columns = self.area.columns()
        drawn = [y for curve in self.curves for y in curve.draw(x0, x1, columns, self._log)]
        if not self._zoomed:
            self.area.show_range((x0, x1), robust_range(drawn, self._log))
        self._show_values()

    def retheme(self) -> None:
        """Take the colours of the theme that is worn now."""
        self.area.retheme()
        for curve in self.curves:
            curve.dress(theme.current(), self._accent)
        self._name_curves()
        self._dirty = True
        self._show_values()

    def _name_curves(self) -> None:
        """Names and tooltips of the legend, with the symbols in them coloured and explained."""
        look = theme.current()
        self._names = {c.series.key: dyed_words(c.series.label, look, self._accent) for c in self.curves}
        for curve in self.curves:
            self.legend[curve.series.key].setToolTip(_tip(curve.series, self.panel.unit, look, self._accent))

    def set_reading(self, step: float) -> None:
        """Read the curves at this step (NaN: at their ends)."""
        self._reading = step
        self.area.set_reading(step)
        self._show_values()

    # ------------------------------------------------------------ keyboard
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Left and right read the curves, Home shows all."""
        way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if way is not None:
            x0, x1 = self.area.x_range()
            at = self._reading if math.isfinite(self._reading) else x1
            self.hovered.emit(self._snap(at + way * (x1 - x0) / 100))
        elif event.key() == Qt.Key.Key_Home:
            self.reset_zoom()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        self.hovered.emit(NAN)
        super().focusOutEvent(event)

    # ------------------------------------------------------------ inside
    def _take(self, steps: np.ndarray, scalars: dict[str, np.ndarray], *, held_out: bool) -> None:
        for curve in self.curves:
            if curve.series.held_out == held_out and curve.series.key in scalars:
                curve.buffer.append(steps, scalars[curve.series.key])
                self._dirty = True

    def _last_step(self) -> float:
        ends = [float(c.buffer.steps[-1]) for c in self.curves if c.buffer.n and not c.is_theory]
        return max([*ends, 1.0])

    def _show_values(self) -> None:
        look = theme.current()
        for curve in self.curves:
            label = self.legend[curve.series.key]
            label.setVisible(bool(curve.buffer.n))
            label.setText(_legend_text(curve, self._names[curve.series.key], curve.value_at(self._reading), look, self._accent))
        self.where.setText(f"step {self._reading:,.0f}" if math.isfinite(self._reading) else self.panel.unit)

    def _snap(self, x: float) -> float:
        """The nearest step that has a value."""
        longest = max((c.buffer for c in self.curves if not c.is_theory), key=lambda b: b.n, default=Buffer())
        if not math.isfinite(x) or not longest.n:
            return NAN
        return float(longest.steps[longest.nearest(x)])

    def _on_zoom(self) -> None:
        self._zoomed = self._dirty = True

    def _on_resize(self) -> None:
        self._dirty = True

    def _lay_out(self) -> None:
        self.title.setText(self.panel.title.upper())
        set_look(self.title, "heading")
        set_look(self.where, "small")
        how = "Drag or wheel: zoom. Double click: all. Arrow keys: read values."
        self.title.setToolTip("\n".join(part for part in (self.panel.help, how) if part))
        self.where.setToolTip("Unit of the y axis; the step while you point at the curves.")
        self.setAccessibleName(f"Curves: {self.panel.title}, {self.panel.unit}")
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.where)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addLayout(head)
        column.addWidget(self.area, 1)
        column.addLayout(self._legend_line())
        self.area.setMinimumHeight(110)

    def _legend_line(self) -> FlowLayout:
        flow = FlowLayout(theme.SPACE_M, 2)
        for curve in self.curves:
            label = self.legend[curve.series.key]
            label.hide()
            flow.addWidget(label)
        return flow


def _tip(series: Any, unit: str, look: theme.Theme, accent: str) -> str:
    """What a curve is, and what the symbols in its name mean."""
    known = definitions(in_words(series.label), look, accent)
    return "<br>".join(part for part in (f"<b>{series.label}</b> ({unit})", series.help, known) if part)


def _legend_text(curve: Curve, label: str, value: float, look: theme.Theme, accent: str) -> str:
    colour = look.role(curve.series.role, accent)
    mark = "┅" if curve.is_theory else "━"
    name = f'<span style="color:{look.dim}">{label}</span>'
    return f'<span style="color:{colour}">{mark}</span> {name} <b style="color:{colour}">{value_text(value)}</b>'


def _scaled(y: np.ndarray, log: bool) -> np.ndarray:
    return np.log10(np.where(y > 0, y, np.nan)) if log else y
