"""Parts of Two spaces: the plane of codes, what is decoded of them, the table of qualities, and what the speed amounts to."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui.numbers import value_text
from playground.ui.views.anatomy import heading
from playground.ui.views.common import number
from playground.ui.views.mode_parts import SomePictures
from playground.ui.widgets.ink import ink
from playground.ui.widgets.layers import Cloud, Ellipse, Legend
from playground.ui.widgets.pair_bars import Bar, Pair
from playground.ui.widgets.plane import Bounds, Layer, Plane

Array = np.ndarray
FEWEST = 2.4  # half a side of the plane of codes, at least, in standard deviations of the prior
CODES_TIP = (
    "The latent space on the first two principal axes of the codes’ means, in units of z. Blue: codes z ~ q(z|x) of held-out data. "
    "In the model’s colour: codes that the diffusion makes. Dashed: the prior N(0, I) of the VAE, 1 and 2 standard deviations, "
    "which hold 39 % and 86 % of it."
)
MADE_TIP = {
    "vae": "What the decoder makes of z ~ N(0, I): samples of the plain VAE. Where no item has its code, it has learned nothing.",
    "diffusion": "What the decoder makes of codes from the diffusion: samples of latent diffusion. Each place starts from the same "
    "noise as above.",
}
TABLE_TIP = (
    "Each kind of item against real ones that are held out. “rebuilt”: from the codes of training items, as good as this decoder "
    "can be; “real”: what as many real items score, ± the spread from one set to the next."
)


class CodePlane(Plane):
    """Codes of data, codes of the diffusion, and the prior."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Codes appear here once the first measurement is made.", title="CODES z", parent=parent)
        self.x_label, self.y_label = "first principal axis", "second"
        self.setToolTip(CODES_TIP)

    def show_codes(self, found: m.TwoSpacesOf, accent: str) -> None:
        """The prior last, since it is thin."""
        x, y = (float(v) for v in found.prior)
        both = np.concatenate([found.codes, found.samples])
        half = max(FEWEST, float(np.quantile(np.abs(both - found.prior), 0.999)) * 1.08)
        bounds: Bounds = (x - half, x + half, y - half, y + half)
        layers: list[Layer] = [
            Cloud(found.codes, role="data", size=3.2, alpha=0.75, halo=False),
            Cloud(found.samples, role=accent, size=3.2, alpha=0.75, halo=False),
            *(Ellipse((x, y), (r, r), "theory", dashed=True, width=1.8) for r in (1.0, 2.0)),
            Legend([("data", "data", "dot"), (accent, "diffusion", "dot"), ("theory", "prior N(0, I)", "dash")]),
        ]  # fmt: skip
        self.show_layers(layers, bounds)


class Made(QWidget):
    """Decoded items of one kind, under their name: pictures, or points over the data."""

    def __init__(self, kind: str, title: str) -> None:
        super().__init__()
        self.pictures = SomePictures("Items appear here once the first measurement is made.")
        self.plane = Plane("Points appear here once the first measurement is made.")
        self.title = heading(title, MADE_TIP[kind])
        self.stack = QStackedWidget()
        for widget in (self.pictures, self.plane):
            widget.setToolTip(MADE_TIP[kind])
            self.stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self.stack, 1)

    def reset(self, points: bool, accent: str) -> None:
        """A new run."""
        self.stack.setCurrentWidget(self.plane if points else self.pictures)
        self.pictures.accent = accent
        self.pictures.show_some(None)
        self.plane.show_layers([])

    def show_items(self, x: Array, role: str, beneath: Sequence[Layer], bounds: Bounds) -> None:
        """Pictures (k, H, W[, 3]) or points (k, 2)."""
        if x.ndim == 2:
            self.plane.show_layers([*beneath, Cloud(x, role=role, size=3.6)], bounds)
        else:
            self.pictures.show_some(x)


# ---------------------------------------------------------------- words
def table_words(found: m.TwoSpacesOf, accent: str) -> str:
    """The scores as a table in rich text; the better of the two kinds of sample is bold."""
    kinds = (("z ~ N(0, I)", "theory"), ("latent diffusion", accent), ("rebuilt", "muted"), ("real", "data"))
    cell = "<td align='right' style='padding: 0 0 0 18px; color: {colour}'>{text}</td>"
    head = "".join(cell.format(colour=ink(role).name(), text=name.replace(" ", "&nbsp;")) for name, role in kinds)
    rows = [f"<tr><td></td>{head}</tr>"]
    for score in found.scores:
        digits = digits_of(score)
        values = [number(v, digits) for v in (score.vae, score.diffusion, score.rebuilt)]
        values[1 if diffusion_wins(score) else 0] = f"<b>{values[1 if diffusion_wins(score) else 0]}</b>"
        values.append(f"{number(score.real, digits)} ± {number(score.real_sd, digits)}")
        cells = "".join(cell.format(colour=ink("text").name(), text=v.replace(" ", "&nbsp;")) for v in values)
        name = f"{score.name}{', ' + score.unit if score.unit else ''}".replace(" ", "&nbsp;")
        rows.append(f"<tr><td>{name[:1].upper()}{name[1:]}</td>{cells}</tr>")
    return f"<table cellspacing='0'>{''.join(rows)}</table>"


def digits_of(score: m.SpaceScore) -> int:
    """So many that the spread of real items is seen."""
    return min(4, max(1, 1 - math.floor(math.log10(score.real_sd)))) if score.real_sd > 0 else 3


def diffusion_wins(score: m.SpaceScore) -> bool:
    """Whether the items of latent diffusion score better than those of the prior."""
    if score.better == "near":
        return abs(score.diffusion - score.real) < abs(score.vae - score.real)
    return (score.diffusion > score.vae) == (score.better == "high")


def gap_words(found: m.TwoSpacesOf) -> str:
    """What the diffusion knows of the codes that the prior does not, in nats."""
    gained, error = found.gained, found.gained_se
    verdict = "closes a gap of" if gained > 2 * error else "is behind the prior by" if gained < -2 * error else "is level with it:"
    return (
        f"−log p(x) ≤ {number(found.bound_vae)} ± {number(found.bound_vae_se)} nats with the prior, "
        f"≤ {number(found.bound)} ± {number(found.bound_se)} with the diffusion, which {verdict} "
        f"<b>{number(abs(gained))} ± {number(error)} nats</b> per item ({found.bound_n:,} held-out items, the same codes)."
    )


def speed_pairs(found: m.SpaceSpeedOf, accent: str) -> list[Pair]:
    """Time, arithmetic and size, latent above pixels."""
    latent, decoder, pixels = found.latent, found.decoder, found.pixels

    def pair(title: str, ours: Sequence[tuple[float, float]], theirs: float, ours_text: str, theirs_text: str) -> Pair:
        return Pair(title, (Bar("latent", accent, ours, ours_text), Bar("direct", "diffusion", [(theirs, 1.0)], theirs_text)))

    whole = latent.total_ms + decoder.total_ms
    return [
        pair("Time for one item, ms", [(latent.total_ms, 1.0), (decoder.total_ms, 0.5)], pixels.total_ms,
             f"{value_text(latent.total_ms)} + {value_text(decoder.total_ms)} = {value_text(whole)} ms",
             f"{value_text(pixels.total_ms)} ms"),
        pair("Multiply-adds of one denoising step", [(latent.multiply_adds, 1.0)], pixels.multiply_adds,
             big(latent.multiply_adds), big(pixels.multiply_adds)),
        pair("Parameters of the denoiser", [(latent.parameters, 1.0)], pixels.parameters, big(latent.parameters),
             big(pixels.parameters)),
    ]  # fmt: skip


def big(value: float) -> str:
    """1,234 · 12.3 thousand · 4.56 million."""
    for limit, word in ((1e9, " billion"), (1e6, " million"), (1e4, " thousand")):
        if value >= limit:
            scaled = value / (1e3 if limit == 1e4 else limit)
            return f"{scaled:.{2 if scaled < 10 else 1 if scaled < 100 else 0}f}{word}"
    return f"{value:,.0f}"


def speed_words(found: m.SpaceSpeedOf, points: bool) -> str:
    """The result in sentences, with how it was measured."""
    ours, theirs = found.latent.total_ms + found.decoder.total_ms, found.pixels.total_ms
    faster = theirs / ours if ours > 0 else math.inf
    times = f"{max(faster, 1 / faster):.1f} times as {'fast' if faster >= 1 else 'slow'}"
    error = relative_error(found)
    head = f"Per item latent diffusion is <b>{times}</b> (± {100 * error:.0f} % by the spread of the measurements)"
    why = " Points have two numbers to begin with: codes save nothing here." if points else ""
    return (
        f"{head}: {found.latent.nfe} evaluations on codes ({value_text(found.latent.ms)} ms each) and one of the decoder "
        f"({value_text(found.decoder.ms)} ms, paler), against {found.pixels.nfe} of the network that the diffusion family’s recipe "
        f"“{found.title}” has for these data ({value_text(found.pixels.ms)} ms each).{why} Medians, {found.n} items at once, "
        f"{found.device}, {found.threads} thread{'s' if found.threads != 1 else ''}; other work on this machine slows both."
    )


def relative_error(found: m.SpaceSpeedOf) -> float:
    """Of the ratio of the two times: the spreads of single measurements, added in squares."""
    latent, decoder, pixels = found.latent, found.decoder, found.pixels
    ours = math.hypot(latent.nfe * latent.ms_spread, decoder.ms_spread) / (latent.total_ms + decoder.total_ms)
    return math.hypot(ours, pixels.ms_spread / pixels.ms)


def rich(label: QLabel) -> QLabel:
    """A label for sentences with numbers."""
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.RichText)
    return label
