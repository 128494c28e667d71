"""How a chain samples: the controls of one lane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QLabel, QSizePolicy, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.chain_offers import Offers
from playground.ui.widgets.controls import button, combo, spin, toolbar

#: key -> (title, what it is), in the order of the list; the engine knows the mathematics.
SAMPLERS = {
    "ddim": ("DDIM", "deterministic where η is 0, an ODE; like DDPM where it is 1 (Song et al. 2021, arXiv:2010.02502)"),
    "ddpm": ("DDPM", "ancestral, an SDE: fresh noise at every step, the posterior's small variance (Ho et al. 2020)"),
    "ddpm_large": ("DDPM, σ² = β", "ancestral, with β as variance (Ho et al. 2020, section 3.2)"),
    "ddpm_optimal": ("DDPM, best σ²", "ancestral, the variance for the network's error (Bao et al. 2022, arXiv:2201.06503)"),
    "euler": ("Euler, ODE", "first order on the probability-flow ODE (Karras et al. 2022, arXiv:2206.00364)"),
    "heun": ("Heun, ODE", "second order, two evaluations of the network a step (Karras et al. 2022, algorithm 1)"),
    "dpmpp_2m": ("DPM-Solver++ 2M", "second order, one evaluation a step (Lu et al. 2022, arXiv:2211.01095)"),
}  # fmt: skip
SAMPLER_TIP = "Sampler of this chain: how noise is turned into data with the same network."
STEPS_TIP = "S: steps of the sampler, spread over the T timesteps of the model; 1 to T (Song et al. 2021, section 4.2)."
ETA_TIP = "η: noise on the way. 0 is deterministic, 1 has all the noise of DDPM (Song et al. 2021, eq. 16). 0 to 1."
GUIDANCE_TIP = (
    "w: how far items are pushed towards their class. 0 ignores it, 1 is the class as it is, more exaggerates it. 0 to 20 "
    "(Ho & Salimans 2022, arXiv:2207.12598)."
)
IDEAL_TIP = (
    "The best denoiser there can be, E[x₀|xₜ] of the data, in place of the network: closed form for mixtures, else a sum over the "
    "training items, which it therefore reproduces. What differs is the network's error."
)

EVERY = "every class"
CLASS_TIP = "Class asked for (c). Every: each item has a class of its own, drawn as often as in the data; with w = 0 it has none."


class LaneControls(QWidget):
    """Sampler, steps, noise on the way, class and guidance, network or ideal denoiser. ``changed`` after every choice."""

    changed = Signal()

    def __init__(self, letter: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.letter, self.offers = letter, Offers(guidance=False)
        self.name = QLabel(f"<b>{letter}</b>")
        rows = "".join(f"<br><b>{title}</b>: {what}" for title, what in SAMPLERS.values())
        self.sampler = combo([title for title, _ in SAMPLERS.values()], SAMPLER_TIP + rows, self._chosen)
        self.steps = spin(1, 4000, 50, STEPS_TIP, self._tell, " steps")
        self.eta = self._decimal(1.0, 0.1, ETA_TIP, "η ")
        self.label = combo([EVERY], CLASS_TIP, self._chosen)
        self.guidance = self._decimal(20.0, 0.5, GUIDANCE_TIP, "w ")
        self.ideal = button("Ideal denoiser", IDEAL_TIP, self.changed.emit, checkable=True)
        for widget, name in ((self.sampler, "sampler"), (self.steps, "steps"), (self.eta, "η"), (self.guidance, "w")):
            widget.setAccessibleName(f"{letter}: {name}")
        self.setLayout(toolbar(self.name, self.sampler, self.steps, self.eta, self.label, self.guidance, self.ideal))
        for box, width in ((self.steps, 108), (self.eta, 78), (self.guidance, 84)):
            box.setFixedWidth(theme.current().px(width))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)

    def minimumSizeHint(self) -> QSize:
        """One line; where the stage is narrow the layout asks for the height of two."""
        return QSize(super().minimumSizeHint().width(), theme.current().px(theme.CONTROL_HEIGHT))

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def _decimal(self, high: float, step: float, tip: str, prefix: str) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setRange(0.0, high)
        box.setSingleStep(step)
        box.setPrefix(prefix)
        box.setToolTip(tip)
        box.setKeyboardTracking(False)
        box.valueChanged.connect(self._tell)
        return box

    # ------------------------------------------------------------ what is chosen
    @property
    def key(self) -> str:
        """The sampler's key; "" where there is no choice."""
        return list(SAMPLERS)[self.sampler.currentIndex()] if self.offers.sampler else ""

    @property
    def guided(self) -> bool:
        """The model knows classes, and can be pushed towards one."""
        return self.offers.guidance

    @property
    def label_asked(self) -> int | None:
        return self.label.currentIndex() - 1 if self.guided and self.label.currentIndex() > 0 else None

    @property
    def title(self) -> str:
        """The lane in a few words."""
        name = SAMPLERS[self.key][0] if self.key else self.offers.title
        name += f" η {self.eta.value():g}" if self._has_eta and self.eta.value() else ""
        steps = [f"{self.steps.value()} step{'s' if self.steps.value() > 1 else ''}"] if self.offers.steps else []
        told = [self.label.currentText(), f"w {self.guidance.value():g}"] if self.label_asked is not None else []
        return ", ".join([name, *steps, *told, *["ideal denoiser"] * self.ideal.isChecked()])

    def choice(self) -> m.SamplerChoice:
        """What is asked of the engine. What cannot be chosen keeps its default: the very same NaN, so that choices compare."""
        offers = self.offers
        chosen: dict[str, Any] = {"name": self.key, "label": self.label_asked, "ideal": self.ideal.isChecked()}
        if offers.steps:
            chosen["num_steps"] = self.steps.value()
        if offers.eta:
            chosen["eta"] = self.eta.value()
        if offers.guidance:
            chosen["guidance_scale"] = self.guidance.value()
        return m.SamplerChoice(**chosen)

    # ------------------------------------------------------------ a new run
    def fit(self, config: Any, offers: Offers, sampler: str = "") -> None:
        """The recipe's settings, with ``sampler``; only what the family ``offers``."""
        self.offers = offers
        for widget in (self.steps, self.sampler, self.eta, self.guidance, self.label):
            widget.blockSignals(True)
        self.steps.setRange(1, max(offers.steps, 1))
        for name in ("sampler", "num_steps", "eta", "guidance_scale"):
            if hasattr(config, name):
                self.set_live(name, getattr(config, name))
        self.set_live("sampler", sampler)
        self.label.clear()
        self.label.addItem(EVERY)
        for widget in (self.steps, self.sampler, self.eta, self.guidance, self.label):
            widget.blockSignals(False)
        self.ideal.setChecked(False)
        self._show_what_matters()

    def set_live(self, name: str, value: Any) -> None:
        """A setting of the recipe changed: shown here, but no chain is run for it."""
        boxes: dict[str, Any] = {"num_steps": self.steps, "eta": self.eta, "guidance_scale": self.guidance}
        if name == "sampler" and value in SAMPLERS:
            with QSignalBlocker(self.sampler):
                self.sampler.setCurrentIndex(list(SAMPLERS).index(value))
        elif name in boxes:
            with QSignalBlocker(boxes[name]):
                boxes[name].setValue(value)
        self._show_what_matters()

    def set_classes(self, names: Sequence[str]) -> None:
        """The classes of the data are known."""
        with QSignalBlocker(self.label):
            self.label.clear()
            self.label.addItems([EVERY, *names])

    def _chosen(self, _index: int) -> None:
        self._show_what_matters()
        self.changed.emit()

    def _tell(self, _value: float) -> None:
        self.changed.emit()

    @property
    def _has_eta(self) -> bool:
        return self.offers.eta and self.key in ("ddim", "")

    def _show_what_matters(self) -> None:
        for widget, wanted in (
            (self.sampler, self.offers.sampler), (self.steps, self.offers.steps), (self.eta, self._has_eta),
            (self.label, self.guided), (self.guidance, self.guided), (self.ideal, self.offers.ideal),
        ):  # fmt: skip
            widget.setVisible(bool(wanted))
