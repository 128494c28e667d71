"""How the shares of the modes changed: time to the right, one row a mode, brightness = share; beneath it the reverse KL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from playground.ui import theme
from playground.ui.widgets.heat_map import packed_table, ramp
from playground.ui.widgets.ink import ink, small_font, small_height
from playground.ui.widgets.layers import polygon
from playground.ui.widgets.pixels import image_of
from playground.ui.widgets.plane import ticks

Array = np.ndarray
MOST = 1024  # moments kept; beyond that every second one is dropped
LOWEST = 1e-4  # nats: the bottom of the logarithmic axis


@dataclass(frozen=True)
class Moment:
    """The shares (K,) at a training step, and KL(shares || true shares) with what a perfect generator gets."""

    step: int
    share: Array
    kl: float
    floor: float
    floor_sd: float


class ModeHistory(QWidget):
    """Keeps what successive answers said; the latest answer of a step replaces earlier ones."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names: Sequence[str] = ()
        self.true: Array = np.zeros(0)
        self.moments: list[Moment] = []
        self.role, self.chosen = "gan", -1
        self._image: QImage | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 96)

    # ------------------------------------------------------------ contents
    def clear(self) -> None:
        """A new run."""
        self.moments, self.names = [], ()
        self.redraw()

    def add(self, names: Sequence[str], true: Array, moment: Moment) -> None:
        """One more answer. Steps only grow: after an earlier one, what came later is forgotten."""
        if len(names) != len(self.names):
            self.moments = []
        self.names, self.true = names, true
        self.moments = [m for m in self.moments if m.step < moment.step]
        if len(self.moments) >= MOST:
            self.moments = self.moments[::2]
        self.moments.append(moment)
        self.redraw()

    def choose(self, index: int) -> None:
        """Mark a mode's row."""
        if index != self.chosen:
            self.chosen = index
            self.update()

    def redraw(self) -> None:
        """Contents, size or colours changed."""
        self._image = None
        self.update()

    def resizeEvent(self, event: object) -> None:
        self._image = None

    def shares_at(self, steps: Array) -> Array:
        """Shares over true shares (K, N) at ``steps`` (N,): each answer holds until the next."""
        known = np.array([m.step for m in self.moments])
        index = np.clip(np.searchsorted(known, steps, "right") - 1, 0, len(known) - 1)
        share = np.stack([m.share for m in self.moments], 1)
        return share[:, index] / np.maximum(self.true, 1e-12)[:, None]

    # ------------------------------------------------------------ geometry
    def _span(self) -> tuple[int, int]:
        """First and last step that are shown: the newest answer is given the room of a usual one."""
        first, last = self.moments[0].step, self.moments[-1].step
        return first, last + max(1, (last - first) // max(len(self.moments) - 1, 1))

    def _areas(self) -> tuple[QRectF, QRectF]:
        """The strip of shares, and the curve beneath."""
        small = small_height()
        left = min(max(QFontMetricsF(small_font()).horizontalAdvance(t) for t in (*self.names, "0.0001")) + 8, 90.0)
        room = QRectF(left, 4, max(self.width() - left - 8, 20), max(self.height() - small - 8, 20))
        split = 0.6 * room.height()
        return room.adjusted(0, 0, 0, split - 6 - room.height()), room.adjusted(0, split, 0, 0)

    def _x(self, step: float, area: QRectF) -> float:
        first, last = self._span()
        return area.x() + (step - first) / (last - first) * area.width()

    # ------------------------------------------------------------ painting
    def sizeHint(self) -> QSize:
        return QSize(420, 150)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.moments:
            return
        painter = QPainter(self)
        painter.setFont(small_font())
        strip, curve = self._areas()
        if self._image is None:
            self._image = self._strip_image(max(int(strip.width()), 2))
        painter.drawImage(strip, self._image)
        self._paint_names(painter, strip)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_curve(painter, curve)
        self._paint_steps(painter, curve)

    def table(self) -> Array:
        """Colours (256, 3): nothing, half the due share in the middle of the first half, the due share at 127, twice at 255."""
        return ramp(ink("canvas", dark=True), ink(self.role, dark=True), QColor("#ffffff"))

    def _strip_image(self, width: int) -> QImage:
        first, last = self._span()
        relative = self.shares_at(np.linspace(first, last, width))
        index = (np.clip(relative / 2, 0, 1) * 255).round().astype(int)
        return image_of(packed_table(self.table())[index])

    def _paint_names(self, painter: QPainter, strip: QRectF) -> None:
        rows, small = len(self.names), small_height()
        height = strip.height() / rows
        every = max(1, int(np.ceil(small * 0.95 / height)))
        for i, name in enumerate(self.names):
            box = QRectF(0, strip.y() + (i + 0.5) * height - small / 2, strip.x() - 5, small)
            if i == self.chosen or (i % every == 0 and abs(i - self.chosen) >= every) or (i % every == 0 and self.chosen < 0):
                painter.setPen(ink("text" if i == self.chosen else "muted"))
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)
            if height > 4 and i:
                painter.setPen(QPen(ink("canvas", dark=True), theme.stroke(1)))
                painter.drawLine(QPointF(strip.x(), strip.y() + i * height), QPointF(strip.right(), strip.y() + i * height))
        if 0 <= self.chosen < rows:
            painter.setPen(QPen(ink("focus", dark=True), theme.stroke(2)))
            painter.drawRect(QRectF(strip.x() - 1, strip.y() + self.chosen * height, strip.width() + 2, height))

    def _y(self, kl: Array, area: QRectF) -> Array:
        """Logarithmic, from LOWEST to the highest value."""
        top = max(1.0, *(m.kl for m in self.moments if np.isfinite(m.kl)), 1.0)
        share = np.log(np.clip(kl, LOWEST, top) / LOWEST) / np.log(top / LOWEST)
        return np.asarray(area.bottom() - share * area.height())

    def _paint_curve(self, painter: QPainter, area: QRectF) -> None:
        small = small_height()
        for value in (1e-3, 1e-1) if area.height() < 4 * small else (1e-3, 1e-2, 1e-1, 1.0):
            y = float(self._y(np.array(value), area))
            painter.setPen(QPen(ink("border"), theme.stroke(1)))
            painter.drawLine(QPointF(area.x(), y), QPointF(area.right(), y))
            painter.setPen(ink("muted"))
            box = QRectF(0, y - small / 2, area.x() - 5, small)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{value:g}")
        x = np.array([self._x(m.step, area) for m in self.moments])
        if len(x) == 1:
            x = np.array([area.x(), area.right()])
        kl, floor, sd = (np.array([getattr(m, k) for m in self.moments]) for k in ("kl", "floor", "floor_sd"))
        kl, floor, sd = (np.broadcast_to(v, x.shape) if len(v) == 1 else v for v in (kl, floor, sd))
        self._paint_floor(painter, area, x, floor, sd)
        painter.setPen(QPen(ink(self.role), theme.stroke(1.8)))
        painter.drawPolyline(polygon(np.stack([x, self._y(kl, area)], 1)))

    def _paint_floor(self, painter: QPainter, area: QRectF, x: Array, floor: Array, sd: Array) -> None:
        """What a perfect generator gets with as many samples: its mean dashed, two standard deviations either way."""
        veil = QColor(ink("theory"))
        veil.setAlphaF(0.3)
        above, below = (np.stack([x, self._y(floor + side * 2 * sd, area)], 1) for side in (1, -1))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(veil)
        painter.drawPolygon(polygon(np.concatenate([above, below[::-1]])))
        painter.setPen(QPen(ink("theory"), theme.stroke(1.4), Qt.PenStyle.DashLine))
        painter.drawPolyline(polygon(np.stack([x, self._y(floor, area)], 1)))

    def _paint_steps(self, painter: QPainter, area: QRectF) -> None:
        first, last = self._span()
        painter.setPen(ink("muted"))
        wanted = max(2, int(area.width() / 110))
        for i, value in enumerate(ticks(first, last, wanted) if len(self.moments) > 1 else [float(first)]):
            x, text = self._x(value, area), f"{'step ' * (i == 0)}{value:,.0f}"
            box = QRectF(x - 50, area.bottom() + 3, 100, small_height())
            if box.right() > self.width():
                box.moveRight(self.width())
                painter.drawText(box, Qt.AlignmentFlag.AlignRight, text)
            else:
                painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, text)

    # ------------------------------------------------------------ mouse
    def moment_at(self, x: float) -> Moment | None:
        """The answer that is shown at ``x``."""
        if not self.moments:
            return None
        area, (first, last) = self._areas()[0], self._span()
        step = first + (x - area.x()) / area.width() * (last - first)
        before = [m for m in self.moments if m.step <= step]
        return before[-1] if before else self.moments[0]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        moment, (strip, _) = self.moment_at(event.position().x()), self._areas()
        if moment is None:
            return
        row = int((event.position().y() - strip.y()) / strip.height() * len(self.names))
        words = f"step {moment.step:,}: reverse KL {moment.kl:.4f} nats"
        if 0 <= row < len(self.names):
            words = f"step {moment.step:,}, {self.names[row]}: {100 * moment.share[row]:.1f} % (true {100 * self.true[row]:.1f} %)"
        QToolTip.showText(event.globalPosition().toPoint(), words, self)
