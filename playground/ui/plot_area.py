"""Two axes and a box to draw in, of pyqtgraph's parts. (Its PlotItem brings seven menus and a form, none of which we
show.)
"""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsItem, QGraphicsScene, QLabel

from playground.ui import theme
from playground.ui.style import set_look


class NumberAxis(pg.AxisItem):
    """Ticks as people write numbers: 1,000 and 10k rather than 1e+03."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: N802
        return [short(10**v if self.logMode else v) for v in values]


class ZoomBox(pg.ViewBox):
    """Wheel and drag zoom; a double click asks for all."""

    reset = Signal()

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self.setMouseMode(pg.ViewBox.RectMode)
        self.disableAutoRange()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        event.accept()
        self.reset.emit()


class PlotArea(pg.GraphicsLayoutWidget):
    """``pointed(x)`` follows the mouse in data coordinates, NaN when it leaves; ``zoomed`` when the user zooms or
    pans.
    """

    pointed = Signal(float)
    zoomed = Signal()
    reset = Signal()
    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._empty = False
        self.box = ZoomBox()
        self.left, self.bottom = NumberAxis("left"), NumberAxis("bottom")
        self.reading_line = pg.InfiniteLine(angle=90, movable=False)
        self.ci.layout.setContentsMargins(0, 2, 6, 0)
        self.ci.layout.setSpacing(0)
        for item, row, column in ((self.left, 0, 0), (self.box, 0, 1), (self.bottom, 1, 1)):
            self.addItem(item, row, column)
        for axis in (self.left, self.bottom):
            axis.linkToView(self.box)
            axis.enableAutoSIPrefix(False)
            # pyqtgraph plays an axis back from a QPicture at every paint, and meanwhile no other thread gets the interpreter. It
            # changes seldom. Measured: a repaint of an empty plot takes 1.6 ms so, and 0.07 ms with its axes kept as pixmaps.
            axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.add(self.reading_line)
        self.reading_line.setVisible(False)
        self.hint = QLabel("Curves appear here while a model trains.", self)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        set_look(self.hint, "small")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # Measured: 48 ms a redraw with Qt's choice of dirty rectangles, 20 ms with the whole viewport.
        self.setViewportUpdateMode(pg.GraphicsLayoutWidget.ViewportUpdateMode.FullViewportUpdate)
        self.scene().setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.box.sigRangeChangedManually.connect(lambda *_: self.zoomed.emit())
        self.box.sigResized.connect(lambda *_: self.resized.emit())
        self.box.reset.connect(self.reset)
        self.scene().sigMouseMoved.connect(self.on_mouse)
        self.viewport().installEventFilter(self)
        self.retheme()
        self.set_empty(True)

    def add(self, item: pg.GraphicsObject) -> None:
        """Draw an item; the range does not follow it by itself."""
        self.box.addItem(item, ignoreBounds=True)

    def columns(self) -> int:
        """Pixel columns that there are to draw on."""
        return max(int(self.box.width()), 50)

    def x_range(self) -> tuple[float, float]:
        (x0, x1), _ = self.box.viewRange()
        return x0, x1

    def show_range(self, x: tuple[float, float], y: tuple[float, float] | None) -> None:
        """Show this range, or one a little wider that is shown already: axes are dear to draw, and jumpy ones hard to
        read.
        """
        self.box.setXRange(x[0], rounded_up(x[1]), padding=0.01)
        if y is not None and not self._covers(y):
            self.box.setYRange(*y, padding=0.03)
        self.scene().prepareForPaint()  # else the first paint finds out that it needs a second one

    def _covers(self, y: tuple[float, float]) -> bool:
        """The y range shown holds this one and wastes little."""
        _, (low, high) = self.box.viewRange()
        return low <= y[0] and y[1] <= high and (y[1] - y[0]) > 0.88 * (high - low)

    def set_empty(self, empty: bool) -> None:
        """Say what will be drawn here, without numbers on the axes, until there is something."""
        if empty != self._empty:
            self._empty = empty
            self.hint.setVisible(empty)
            for axis in (self.left, self.bottom):
                axis.setStyle(showValues=not empty)

    def set_log(self, log: bool) -> None:
        """Name the ticks of the y axis by powers of ten; what is drawn has to be logarithms then."""
        self.left.setLogMode(log)

    def set_reading(self, x: float) -> None:
        """A thin vertical line where values are read; NaN for none."""
        seen = bool(np.isfinite(x))
        self.reading_line.setVisible(seen)
        if seen:
            self.reading_line.setValue(x)

    def retheme(self) -> None:
        look = theme.current()
        self.setBackground(QColor(look.panel))
        for axis in (self.left, self.bottom):
            axis.setPen(QColor(look.border))
            axis.setTextPen(QColor(look.dim))
            axis.setStyle(tickFont=theme.font(10), tickLength=-4)
        self.left.setGrid(48)
        self.left.setWidth(look.px(44))
        self.bottom.setHeight(look.px(20))
        self.reading_line.setPen(QPen(QColor(look.dim), 0))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if hasattr(self, "hint"):  # pyqtgraph resizes in its constructor
            self.hint.setGeometry(self.rect())

    def on_mouse(self, position: QPointF) -> None:
        """The mouse is at this place of the scene."""
        inside = self.box.sceneBoundingRect().contains(position)
        self.pointed.emit(float(self.box.mapSceneToView(position).x()) if inside else float("nan"))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Leave:
            self.pointed.emit(float("nan"))
        return bool(super().eventFilter(watched, event))


def rounded_up(step: float) -> float:
    """The end of the x axis: two figures, so that it moves in steps (1,234 becomes 1,300)."""
    if step <= 0:
        return 1.0
    unit = 10.0 ** (math.floor(math.log10(step)) - 1)
    return math.ceil(step / unit - 1e-9) * unit


def short(value: float) -> str:
    """10000 is 10k, 2500000 is 2.5M; smaller numbers as they are."""
    size, letter = (1e6, "M") if abs(value) >= 1e6 else (1e3, "k") if abs(value) >= 1e4 else (1.0, "")
    text = f"{value / size:,.4g}" if abs(value) < 1e3 or letter else f"{value:,.0f}"
    return f"{text}{letter}".replace("-", "−")
