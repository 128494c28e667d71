"""Densities as colours: colour maps, a heat map on a plane, and the scale that says what a colour means."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui import theme
from playground.ui.widgets.ink import ink, small_font
from playground.ui.widgets.layers import Heat
from playground.ui.widgets.pixels import image_of, packed, rgb_of
from playground.ui.widgets.plane import Bounds, Plane, ticks

Array = np.ndarray
LOG_SPAN = 10.0  # nats below the peak at which a log density is as good as empty

# Viridis (van der Walt & Smith 2015, CC0): even steps look even, also in grey and to colour-blind eyes.
_VIRIDIS = (
    "#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725",
)  # fmt: skip


def ramp(*colours: QColor | str, size: int = 256) -> Array:
    """A colour table (size, 3) uint8 through the given colours at even distances."""
    stops = np.array([rgb_of(QColor(c)) for c in colours], float)
    at = np.linspace(0, len(stops) - 1, size)
    return np.stack([np.interp(at, range(len(stops)), stops[:, c]) for c in range(3)], 1).round().astype(np.uint8)


def packed_table(table: Array) -> Array:
    """(n, 3) uint8 -> (n,) packed colours."""
    return np.asarray(packed(table[None, None])[0, 0])


def shared_table() -> Array:
    """The table for densities that are compared side by side."""
    return ramp(*_VIRIDIS)


def data_table(*, dark: bool = False) -> Array:
    """From empty canvas to the blue of real data."""
    low, high = ink("canvas", dark=dark), ink("data", dark=dark)
    if low.lightnessF() > 0.5:  # on white, leave room for darker points on top
        high = _mixed(low, high, 0.65)
    return ramp(low, _mixed(low, high, 0.45), high)


def _mixed(a: QColor, b: QColor, share: float) -> QColor:
    """Between two colours; share 1 is ``b``."""
    return QColor(*(round((1 - share) * x + share * y) for x, y in zip(rgb_of(a), rgb_of(b), strict=True)))


def normalise(log_density: Array, top: float, log: bool) -> Array:
    """Log density in nats -> [0, 1]: p / p_top, or linear in log p over LOG_SPAN nats below ``top``."""
    relative = np.nan_to_num(log_density, nan=-np.inf, neginf=-1e9, posinf=top) - top
    return np.clip(1 + relative / LOG_SPAN if log else np.exp(np.minimum(relative, 0)), 0, 1)


def heat_image(log_density: Array, top: float, table: Array, *, log: bool = False) -> QImage:
    """(R, R) log density, row 0 = smallest y, -> an image whose top row is the largest y."""
    index = (normalise(log_density, top, log) * (len(table) - 1)).astype(np.intp)
    return image_of(packed_table(table)[index[::-1]])


def top_of(*log_densities: Array | None) -> float:
    """The value of the brightest colour: the 99.9 % quantile, so that one spike does not darken the rest."""
    values = [float(np.quantile(f[np.isfinite(f)], 0.999)) for f in log_densities if f is not None and np.isfinite(f).any()]
    return max(values, default=0.0)


def histogram_density(points: Array, bounds: Bounds, resolution: int = 96) -> Array:
    """Log density (R, R) of a cloud: a smoothed histogram, for data whose density is not known."""
    x0, x1, y0, y1 = bounds
    counts, _, _ = np.histogram2d(points[:, 1], points[:, 0], bins=resolution, range=[[y0, y1], [x0, x1]])
    kernel = np.exp(-0.5 * (np.arange(-6, 7) / 2.0) ** 2)
    kernel /= kernel.sum()
    for axis in (0, 1):
        counts = np.apply_along_axis(np.convolve, axis, counts, kernel, "same")
    area = (x1 - x0) * (y1 - y0) / resolution**2
    with np.errstate(divide="ignore"):
        return np.log(counts / max(len(points), 1) / area)


class HeatMap(Plane):
    """A plane that shows one density."""

    def show_density(
        self,
        log_density: Array,
        bounds: Bounds,
        *,
        top: float | None = None,
        table: Array | None = None,
        log: bool = False,
    ) -> None:
        """Paint ``log_density`` (R, R) in nats over ``bounds``; ``top`` is the log density of the brightest colour."""
        top = top_of(log_density) if top is None else top
        table = shared_table() if table is None else table
        self.show_layers([Heat(heat_image(log_density, top, table, log=log), bounds)], bounds)


class ColourScale(QWidget):
    """The legend of a heat map: a bar of colours with numbers and their unit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table, self.low, self.high, self.unit = shared_table(), 0.0, 1.0, ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip("What the colours of both heat maps mean: the same colour is the same density.")

    def set_scale(self, low: float, high: float, unit: str, table: Array | None = None) -> None:
        """Colours run from ``low`` to ``high`` in ``unit``."""
        self.low, self.high, self.unit = low, high, unit
        self.table = shared_table() if table is None else table
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(150, 2 * int(QFontMetricsF(small_font()).height()) + 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(small_font())
        metrics = QFontMetricsF(painter.font())
        painter.setPen(ink("muted"))
        painter.drawText(QRectF(0, 0, self.width(), metrics.height()), Qt.AlignmentFlag.AlignCenter, self.unit)
        bar = QRectF(14, metrics.height() + 2, max(self.width() - 28, 20), 10)
        painter.drawImage(bar, image_of(packed_table(self.table)[None]))
        painter.setPen(QPen(ink("border"), theme.stroke(1)))
        painter.drawRect(bar)
        painter.setPen(ink("muted"))
        for value in ticks(self.low, self.high, 4):
            x = bar.x() + (value - self.low) / max(self.high - self.low, 1e-12) * bar.width()
            box = QRectF(x - 40, bar.bottom() + 1, 80, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{value:.3g}".replace("-", "−"))
