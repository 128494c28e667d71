"""Parts of the modes view: three numbers with their scales, the plane of samples by mode, and the page without an answer."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.numbers import duration
from playground.ui.views.common import card
from playground.ui.views.mode_words import kl_words, missing_words, quality_sd, quality_words
from playground.ui.widgets.gauge import Gauge
from playground.ui.widgets.ink import label_inks
from playground.ui.widgets.layers import Cloud, Ellipse
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.plane import Bounds, Layer, Plane

Array = np.ndarray
LOWEST_KL = 1e-4
COVERED_TIP = (
    "A mode is covered when it gets samples: within 3 standard deviations of its centre (points), or put into its class by a "
    "classifier (pictures)."
)
QUALITY_TIP = (
    "Share of the samples within 3 standard deviations of a mode (PacGAN, Lin et al. 2018, arXiv:1712.04086). Dashed: a perfect "
    "generator, with what chance allows."
)
CONFIDENCE_TIP = "How sure the classifier is of the class that it gives a sample, on average. Dashed: on real items."
KL_TIP = (
    "KL(shares ‖ true shares) = Σ s log(s / p) in nats. 0 is perfect, but with a limited number of samples even a perfect "
    "generator gets more: the grey band, its mean dashed, ± 2 standard deviations."
)


class Stat(QWidget):
    """A heading, a large number, a scale and a sentence."""

    def __init__(self, title: str, tip: str, gauge: Gauge | None) -> None:
        super().__init__()
        self.title, self.number, self.words, self.gauge = QLabel(title), QLabel(""), QLabel(""), gauge
        self.title.setProperty("look", "heading")
        self.words.setProperty("look", "small")
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setToolTip(tip)
        frame, inside = card(margins=theme.SPACE_S)
        inside.setSpacing(theme.SPACE_XS)
        for widget in (self.title, self.number, *([gauge] if gauge else []), self.words):
            inside.addWidget(widget, 1 if widget is self.words else 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(frame)
        self._text, self._unit, self._size = "", "", 20

    def show_number(self, text: str, unit: str, words: str, size: int = 20) -> None:
        """``text`` in large type (logical pixels), its unit smaller."""
        self._text, self._unit, self._size = text, unit, size
        self.words.setText(words)
        self.redraw()

    def redraw(self) -> None:
        """The theme has its own type sizes."""
        look = theme.current()
        self.words.ensurePolished()  # it has the small type only then
        self.words.setMinimumHeight(2 * self.words.fontMetrics().lineSpacing() + 2)
        large = f"<span style='font-size:{look.px(self._size)}px; font-weight:700'>{self._text}</span>"
        self.number.setText(f"{large} <span style='font-size:{look.px(13)}px'>{self._unit}</span>")


class Stats(QWidget):
    """Modes covered, high quality, reverse KL."""

    def __init__(self) -> None:
        super().__init__()
        self.quality_gauge = Gauge(0.0, 100.0, unit=" %")
        self.kl_gauge = Gauge(LOWEST_KL, 1.0, log=True, unit=" nats")
        self.kl_gauge.ticks = (0.001, 0.01, 0.1, 1.0)
        self.covered = Stat("MODES COVERED", COVERED_TIP, None)
        self.quality = Stat("HIGH QUALITY", QUALITY_TIP, self.quality_gauge)
        self.kl = Stat("REVERSE KL", KL_TIP, self.kl_gauge)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        for stat in (self.covered, self.quality, self.kl):
            row.addWidget(stat, 1)

    def reset(self, accent: str, points: bool) -> None:
        """A new run."""
        self.quality_gauge.role = self.kl_gauge.role = accent
        self.quality.title.setText("HIGH QUALITY" if points else "CLASSIFIER’S CONFIDENCE")
        self.quality.setToolTip(QUALITY_TIP if points else CONFIDENCE_TIP)
        self.covered.setToolTip(COVERED_TIP)
        self.quality_gauge.show_value(None, None)
        self.kl_gauge.show_value(None, None)
        for stat in (self.covered, self.quality, self.kl):
            stat.show_number("–", "", "")

    def show_answer(self, answer: m.ModesOf, points: bool) -> None:
        """Numbers, scales and what they mean."""
        kind = "modes" if points else "classes"
        words = f"{missing_words(answer, points)}<br>{answer.n:,} samples at step {answer.step:,}."
        self.covered.show_number(f"{answer.count} of {len(answer.names)}", kind, words, 30)
        self.quality.show_number(f"{100 * answer.high_quality:.{2 if points else 1}f}", "%", quality_words(answer, points))
        perfect, sd = 100 * answer.high_quality_perfect, 100 * quality_sd(answer) if points else 0.0
        self.quality_gauge.show_value(100 * answer.high_quality, (perfect - 2 * sd, perfect, perfect + 2 * sd))
        text = f"{answer.reverse_kl:.4f}" if math.isfinite(answer.reverse_kl) else "∞"
        self.kl.show_number(text, "nats", kl_words(answer))
        floor, sd = answer.reverse_kl_floor, answer.reverse_kl_floor_sd
        self.kl_gauge.show_value(answer.reverse_kl, (max(floor - 2 * sd, LOWEST_KL), floor, floor + 2 * sd))


class ModePlane(Plane):
    """Samples in the colours of their modes, over the data; a red ring is a mode without samples, grey are samples of no mode."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Samples appear here in a moment.", dark=True, parent=parent)
        self.centres: Array | None = None
        self.mark = Ellipse((0.0, 0.0), (0.0, 0.0), "text", width=3.5)

    def reset(self, accent: str) -> None:
        """A new run."""
        self.mark.role, self.centres = accent, None
        self.live = []
        self.show_layers([])

    def show_modes(self, answer: m.ModesOf, beneath: list[Layer], bounds: Bounds) -> None:
        """The samples that were counted; colours repeat after ten modes, neighbours have different ones."""
        layers, self.centres = [*beneath], answer.centres
        if answer.centres is not None:
            radius = 0.03 * (bounds[1] - bounds[0])
            roles = ["danger" if s <= 0 else "data" for s in answer.share]
            layers += [Ellipse((float(x), float(y)), (radius, radius), role, width=2.2 if role == "danger" else 1.2)
                       for (x, y), role in zip(answer.centres, roles, strict=True)]  # fmt: skip
        if answer.x is not None and answer.mode_of is not None and answer.x.ndim == 2:
            colours = [*label_inks(), self.ink("muted")]
            groups = np.where(answer.mode_of < 0, 10, answer.mode_of % 10)
            layers.append(Cloud(answer.x, groups, size=3.6, colours=colours))
        self.show_layers(layers, bounds)

    def choose(self, index: int) -> None:
        """Mark the centre of a mode."""
        self.live = []
        if self.centres is not None and 0 <= index < len(self.centres):
            radius = 0.045 * (self.bounds[1] - self.bounds[0])
            x, y = self.centres[index].tolist()
            self.mark.centre, self.mark.radii, self.live = (x, y), (radius, radius), [self.mark]
        self.update()

    def mode_at(self, x: float, y: float) -> int:
        """The mode whose centre is nearest, -1 when none is near."""
        if self.centres is None or not len(self.centres):
            return -1
        distance = np.hypot(*(self.centres - np.array([x, y])).T)
        return int(distance.argmin()) if distance.min() < 0.12 * (self.bounds[1] - self.bounds[0]) else -1


class SomePictures(PictureGrid):
    """As many pictures as fill the room, enlarged as long as ``FEWEST`` of them fit."""

    FEWEST = 16
    some: Array | None = None

    def show_some(self, pictures: Array | None) -> None:
        """Pictures (N, H, W[, 3]), of which the first are shown."""
        self.some = pictures
        self._choose()

    def _choose(self) -> None:
        if self.some is None:
            self.set_pictures(None)
            return
        (h, w), ratio = self.some.shape[1:3], self.devicePixelRatioF()
        rooms = [int(self.width() * ratio // (s * w + 4)) * int(self.height() * ratio // (s * h + 4)) for s in (6, 4, 3, 2, 1)]
        self.set_pictures(self.some[: next((n for n in rooms if n >= self.FEWEST), self.FEWEST)])

    def resizeEvent(self, event: object) -> None:
        self._choose()


class NothingYet(QWidget):
    """What the view will show, how far its first answer is, or which data it would work with."""

    WAIT = "One bar for each, with its share of the samples beside the true one. The first count is being made."
    NONE = (
        "This view needs data with parts that can be told apart: 8 or 25 Gaussians or a mixture of your own in the plane, or "
        "pictures with labels such as the handwritten digits. Choose such data at the left and train; the other views work with "
        "any data."
    )

    def __init__(self) -> None:
        super().__init__()
        self.title, self.words, self.left, self.progress = QLabel(), QLabel(), QLabel(), QProgressBar()
        self.title.setProperty("look", "big")
        self.words.setWordWrap(True)
        for label in (self.words, self.left):
            label.setProperty("role", "dim")
        self.words.setFixedWidth(theme.current().px(420))
        self.progress.setFixedWidth(theme.current().px(260))
        self.progress.setTextVisible(False)
        column = QVBoxLayout(self)
        column.addStretch(2)
        for widget in (self.title, self.words, self.progress, self.left):
            if isinstance(widget, QLabel):
                widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.wait()

    def wait(self, points: bool = True) -> None:
        """Before the first answer."""
        self._say(f"How the samples spread over the {'modes' if points else 'classes'}", self.WAIT)

    def refuse(self) -> None:
        """Data without modes."""
        self._say("Nothing to count here", self.NONE)

    def show_working(self, words: str, done: int, total: int) -> None:
        """How far the first answer is."""
        for widget in (self.progress, self.left):
            widget.show()
        self.progress.setRange(0, max(total, 1))
        self.progress.setValue(done)
        self.left.setText(words)

    def _say(self, title: str, words: str) -> None:
        self.title.setText(title)
        self.words.setText(words)
        self.words.setFixedHeight(self.words.heightForWidth(self.words.width()))
        self.progress.hide()
        self.left.hide()


def working_words(answer: m.Working) -> str:
    """Learning to tell the classes apart: 40 %, 12 s left."""
    left = f", {duration(answer.seconds_left)} left" if math.isfinite(answer.seconds_left) else ""
    return f"{answer.what[:1].upper()}{answer.what[1:]}: {100 * answer.done / max(answer.total, 1):.0f} %{left}"
