"""The toolbar of the latent map: what colours mean, how many points, and which plane of a larger latent space."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QSignalBlocker, Signal

from playground.ui.flow import FlowLayout
from playground.ui.widgets.controls import button, combo, spin, toolbar

COUNTS = (250, 500, 1000, 2000, 5000)


class MapControls(QObject):
    """Holds the controls and says what was changed; asks nobody anything."""

    recoloured = Signal()
    recounted = Signal()
    replaned = Signal()
    from_data = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.latent_dim = 2
        tip = "What the colours of the points mean: a label, or a factor of the data"
        self.colour_by = combo([], tip, lambda _: self.recoloured.emit())
        tip = "How many held-out items are drawn as points, at their posterior mean"
        self.count = combo([f"{n:,}" for n in COUNTS], tip, lambda _: self.recounted.emit(), 1)
        tip = "Which plane is shown: the one in which the codes spread most, or two chosen latents with the others at 0"
        self.mode = combo(["PCA plane", "Two latents"], tip, self._replane)
        self.axis = [
            spin(1, 128, i + 1, f"The latent along the {way} axis", self._replane)
            for i, way in enumerate(("horizontal", "vertical"))
        ]
        tip = "Put A and B on the codes of two data items picked at random"
        self.pick = button("⚄ A, B from data", tip, self.from_data.emit)

    def layout(self) -> FlowLayout:
        """The toolbar."""
        return toolbar("Colour", self.colour_by, "Points", self.count, self.mode, *self.axis, self.pick)

    def reset(self, latent_dim: int) -> None:
        """A new run. One or two latents leave no choice of a plane."""
        self.latent_dim = latent_dim
        self.mode.setVisible(latent_dim > 2)
        for i, box in enumerate(self.axis):
            with QSignalBlocker(box):
                box.setMaximum(max(latent_dim, 1))
                box.setValue(i + 1)
        self._show_axes()

    def n(self) -> int:
        """How many points are wanted."""
        return COUNTS[self.count.currentIndex()]

    def pair(self) -> tuple[int, int] | None:
        """The two latents of the axes, or None for the PCA plane."""
        if self.latent_dim <= 2:
            return (0, 1)
        return None if self.mode.currentIndex() == 0 else (self.axis[0].value() - 1, self.axis[1].value() - 1)

    def axis_names(self) -> tuple[str, str]:
        """Labels of the horizontal and the vertical axis."""
        pair = self.pair()
        if pair is None:
            return "principal axis 1", "principal axis 2"
        return f"z{pair[0] + 1}", "" if self.latent_dim == 1 else f"z{pair[1] + 1}"

    def set_labels(self, names: Sequence[str]) -> None:
        """The labels and factors that this data set has."""
        if list(names) != [self.colour_by.itemText(i) for i in range(self.colour_by.count())]:
            with QSignalBlocker(self.colour_by):
                self.colour_by.clear()
                self.colour_by.addItems(list(names))
        self.colour_by.setEnabled(bool(names))

    def label(self) -> str:
        """The label that colours the points; empty if there is none."""
        return self.colour_by.currentText()

    def _replane(self, _value: int = 0) -> None:
        self._show_axes()
        self.replaned.emit()

    def _show_axes(self) -> None:
        for box in self.axis:
            box.setVisible(self.latent_dim > 2 and self.mode.currentIndex() == 1)
