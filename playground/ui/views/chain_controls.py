"""How a chain samples: the controls of one lane."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.widgets.controls import button, combo, spin

#: key -> (title, what it is), in the order of the list; the engine knows the mathematics.
SAMPLERS = {
    "ddim": ("DDIM", "deterministic where η is 0 (Song et al. 2021)"),
    "ddpm": ("DDPM", "ancestral, the posterior's small variance (Ho et al. 2020)"),
    "ddpm_large": ("DDPM, large variance", "ancestral, β as variance (Ho et al. 2020)"),
    "ddpm_optimal": ("DDPM, best variance", "ancestral, the variance that fits the network's error (Bao et al. 2022)"),
    "euler": ("Euler (ODE)", "first order on the probability-flow ODE (Karras et al. 2022)"),
    "heun": ("Heun (ODE)", "second order, two evaluations a step (Karras et al. 2022)"),
    "dpmpp_2m": ("DPM-Solver++ 2M", "second order, one evaluation a step (Lu et al. 2022)"),
}


class LaneControls(QWidget):
    """Sampler, steps, noise on the way, network or ideal denoiser. ``changed`` after every choice."""

    changed = Signal()

    def __init__(self, letter: str, sampler: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        keys = list(SAMPLERS)
        tip = "Sampler of this chain.<br>" + "<br>".join(f"<b>{t}</b>: {what}" for t, what in SAMPLERS.values())
        self.sampler = combo([t for t, _ in SAMPLERS.values()], tip, self._chosen, keys.index(sampler))
        self.steps = spin(1, 1000, 50, "Steps S of the sampler, spread over the model's T timesteps. 1 to T.", self._tell, " steps")
        self.eta = spin(0, 100, 0, "η: noise on the way. 0 % is DDIM, 100 % has DDPM's noise (Song et al. 2021, eq. 16).", self._tell, " % η")
        self.ideal = button(
            "Ideal denoiser",
            "The posterior mean E[x₀|xₜ] of the data themselves in place of the network: closed form for mixtures, "
            "a sum over the training items for pictures, which it therefore reproduces.",
            self.changed.emit, checkable=True,
        )  # fmt: skip
        self.name = QLabel(f"<b>{letter}</b>")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        for widget in (self.name, self.sampler, self.steps, self.eta, self.ideal):
            row.addWidget(widget)
        row.addStretch(1)
        self._show_eta()

    @property
    def key(self) -> str:
        """The sampler's key."""
        return list(SAMPLERS)[self.sampler.currentIndex()]

    @property
    def title(self) -> str:
        """The lane in a few words."""
        name = SAMPLERS[self.key][0] + (f" η {self.eta.value()} %" if self.key == "ddim" and self.eta.value() else "")
        return f"{name}, {self.steps.value()} steps" + (", ideal denoiser" if self.ideal.isChecked() else "")

    def choice(self, label: int | None, guidance: float) -> m.SamplerChoice:
        """What is asked of the engine."""
        return m.SamplerChoice(self.key, self.steps.value(), self.eta.value() / 100, guidance, label, self.ideal.isChecked())

    def fit(self, num_timesteps: int, num_steps: int) -> None:
        """A new model: no more steps than it has."""
        for box, value in ((self.steps, min(num_steps, num_timesteps)),):
            box.blockSignals(True)
            box.setRange(1, num_timesteps)
            box.setValue(value)
            box.blockSignals(False)

    def _chosen(self, _index: int) -> None:
        self._show_eta()
        self.changed.emit()

    def _tell(self, _value: int) -> None:
        self.changed.emit()

    def _show_eta(self) -> None:
        self.eta.setVisible(self.key == "ddim")
