"""What is shown for a name of :attr:`Measured.evidence`: samples beside real items, curves, histograms, spectra, paths, codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.compare.facts import Facts
from playground.ui.compare.histograms import Histograms
from playground.ui.compare.looks import colour_of, pen_of
from playground.ui.compare.race_chart import Line, RaceChart
from playground.ui.compare.sample_panes import SamplePane
from playground.ui.views.picks import square_bounds
from playground.ui.widgets.ink import ink
from playground.ui.widgets.layers import Cloud, Lines, Segments
from playground.ui.widgets.mode_bars import ModeBars
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.plane import Layer, Plane

Array = np.ndarray
#: Without names of its own an aspect shows these.
BY_ASPECT = {
    "objective": (), "training": ("curve",), "quality": ("samples", "mode_share", "spectrum_model"), "likelihood": ("nll",),
    "latent": ("path_frames", "codes", "round_trip_again"), "speed": ("curve",),
}  # fmt: skip
ALIASES = {
    "quality": "curve", "quality_curve": "curve", "real": "samples", "mode_true": "mode_share",
    "spectrum_real": "spectrum_model", "spectrum_frequency": "spectrum_model", "nll_data": "nll", "codes_label": "codes",
    "round_trip_x": "round_trip_again", "mig_by_factor": "information",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """What an exhibit is made of: one contestant, and what was measured of one of its runs."""

    facts: Facts
    column: m.Column
    measured: m.Measured | None

    def get(self, name: str) -> Array | None:
        return self.measured.evidence.get(name) if self.measured is not None else None

    @property
    def colour(self) -> QColor:
        return colour_of(self.column, self.facts.columns)


def curve(of: Source) -> QWidget | None:
    """Quality while it trained: this contestant's seeds and mean, the others thin and grey, the floor dashed."""
    lines, facts = [], of.facts
    grey = QPen(ink("outline"), theme.stroke(1))
    for other in facts.columns:
        if other.key != of.column.key:
            lines += [Line(*facts.mean_curve(other.key, "seconds"), grey, thin=True)]
    faint = QPen(of.colour, theme.stroke(1))
    lines += [Line(*t.curve("seconds"), faint, thin=True) for t in facts.runs_of(of.column.key)]
    lines.append(Line(*facts.mean_curve(of.column.key, "seconds"), pen_of(of.column, facts.columns, 2.2)))
    if not any(len(line.x) for line in lines):
        return None
    chart = RaceChart()
    chart.x_label = "seconds of its own training"
    chart.setToolTip("Quality while it trained, lower is better. Thin: one seed each; grey: the others; dashed: real items.")
    chart.show_lines(lines, [(facts.quality_floor, "real items")], log_y=True)
    chart.setFixedHeight(190)
    return chart


def samples(of: Source) -> QWidget | None:
    """The model's beside real ones."""
    x, real = of.get("samples"), of.get("real")
    if x is None:
        track = of.facts.track(of.column.key)
        x = track.x if track is not None else None
    if x is None:
        return None
    host = QWidget()
    row = QHBoxLayout(host)
    row.setContentsMargins(0, 0, 0, 0)
    panes = [SamplePane(columns=5), SamplePane(columns=5)]
    for pane in panes:
        row.addWidget(pane)
    if x.dtype == np.uint8:
        panes[0].head("samples", of.colour)
        panes[0].show_pictures(x[:25])
        panes[1].head("real", ink("data"))
        panes[1].show_pictures(real[:25]) if real is not None else panes[1].hide()
    else:
        bounds = square_bounds(real if real is not None else x)
        panes[0].head("samples", of.colour)
        panes[0].show_points(x, of.colour, None, bounds)
        panes[1].head("real", ink("data"))
        panes[1].show_points(real, ink("data"), None, bounds) if real is not None else panes[1].hide()
    host.setFixedHeight(210)
    return host


def modes(of: Source) -> QWidget | None:
    share, true = of.get("mode_share"), of.get("mode_true")
    if share is None or true is None or of.measured is None:
        return None
    bars = ModeBars()
    bars.role = of.column.accent
    names = of.measured.numbers.get("mode_names") or [str(i + 1) for i in range(len(share))]
    bars.show_shares([str(n) for n in names], share, true, int(of.measured.numbers.get("n", 1000)))
    bars.setFixedHeight(150)
    bars.setToolTip("Share of the samples in each mode; outlined in blue: the true share.")
    return bars


def spectrum(of: Source) -> QWidget | None:
    """Power of every spatial frequency: a blurry model lacks the high ones."""
    frequency, mine, real = of.get("spectrum_frequency"), of.get("spectrum_model"), of.get("spectrum_real")
    if frequency is None or mine is None or real is None:
        return None
    chart = RaceChart()
    chart.x_label = "spatial frequency, cycles a picture"
    chart.setToolTip("Power spectrum of samples (in the model’s colour) and of real pictures (blue): blur lacks high frequencies.")
    kept = frequency > 0
    width = theme.current().line_px
    chart.show_lines(
        [Line(frequency[kept], real[kept], QPen(ink("data"), width)), Line(frequency[kept], mine[kept], QPen(of.colour, width))],
        log_x=True, log_y=True,
    )  # fmt: skip
    chart.setFixedHeight(180)
    return chart


def nll(of: Source) -> QWidget | None:
    values = of.get("nll")
    if values is None:
        return None
    chart = Histograms("−log p(x) of held-out items, nats")
    chart.show_values(values, of.colour, of.get("nll_data"))
    chart.setToolTip("How unlikely held-out items are under the model; dashed: under the density that they were drawn from.")
    return chart


def paths(of: Source) -> QWidget | None:
    """Items between pairs of codes."""
    frames = of.get("path_frames")
    if frames is None:
        return None
    if frames.dtype == np.uint8:
        rows, shown = frames[:6], PictureGrid("", columns=frames.shape[1], gap=1)
        shown.set_pictures(rows.reshape(-1, *frames.shape[2:]))
        shown.setToolTip("Each row: items between two random codes. A smooth path changes as much at every step.")
        shown.setFixedHeight(200)
        return shown
    plane = _plane("Where straight (or spherical) ways between pairs of random codes lead. Blue: real points.")
    real = of.get("real")
    layers: list[Layer] = [Cloud(real, size=2.4, alpha=0.35, halo=False)] if real is not None else []
    layers.append(Lines(list(frames), width=1.2, alpha=0.8, colours=[of.colour]))
    plane.show_layers(layers, square_bounds(real if real is not None else frames.reshape(-1, 2)))
    return plane


def stretch(of: Source) -> QWidget | None:
    values = of.get("path_stretch")
    if values is None:
        return None
    chart = Histograms("length of a path over the distance of its ends")
    chart.show_values(values, of.colour)
    return chart


def codes(of: Source) -> QWidget | None:
    """Codes of held-out items, coloured by their label."""
    z, label = of.get("codes"), of.get("codes_label")
    if z is None:
        return None
    plane = _plane("Codes of held-out items (along their two main axes where there are more), coloured by their label.")
    plane.show_layers([Cloud(z, groups=label, size=3.6, halo=False)], square_bounds(z))
    return plane


def round_trip(of: Source) -> QWidget | None:
    """Items, and what comes back from their codes."""
    x, again = of.get("round_trip_x"), of.get("round_trip_again")
    if x is None or again is None:
        return None
    if x.dtype == np.uint8:
        shown, n = PictureGrid("", columns=6, gap=2), min(len(x), 12)
        shown.set_pictures(np.stack([x[:n], again[:n]], 1))
        shown.setToolTip("Above: a held-out item; beneath: what comes back from its code.")
        shown.setFixedHeight(200)
        return shown
    plane = _plane("Lines from held-out points (blue) to what comes back from their codes.")
    layers: list[Layer] = [Segments(x, again), Cloud(x, size=3.0, halo=False)]
    layers.append(Cloud(again, size=3.0, halo=False, colours=[of.colour]))
    plane.show_layers(layers, square_bounds(x))
    return plane


def _plane(tip: str) -> Plane:
    plane = Plane("")
    plane.setToolTip(tip)
    plane.setFocusPolicy(plane.focusPolicy().NoFocus)
    plane.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    plane.setFixedHeight(230)
    return plane


EXHIBITS: dict[str, tuple[str, Callable[[Source], QWidget | None]]] = {
    "curve": ("Quality while it trained", curve), "samples": ("Samples beside real items", samples),
    "mode_share": ("Share of every mode", modes), "spectrum_model": ("Power spectrum", spectrum), "nll": ("Likelihood", nll),
    "path_frames": ("Paths between codes", paths), "path_stretch": ("How much longer than straight", stretch),
    "codes": ("Codes of held-out items", codes), "round_trip_again": ("There and back", round_trip),
}  # fmt: skip


def exhibits(of: Source, cell: m.Cell) -> Sequence[tuple[str, QWidget]]:
    """Title and widget of everything that backs a cell: what its figures name, else what its aspect is shown by."""
    named = [name for figure in cell.figures for name in figure.evidence]
    wanted = dict.fromkeys(ALIASES.get(name, name) for name in (named or BY_ASPECT.get(cell.aspect, ())))
    found = []
    for name in wanted:
        if name in EXHIBITS and (widget := EXHIBITS[name][1](of)) is not None:
            found.append((EXHIBITS[name][0], widget))
    return found
