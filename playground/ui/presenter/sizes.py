"""Controls of a fixed width follow the size of the type while a view is worn in another one."""

from __future__ import annotations

import shiboken6
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QProgressBar, QSlider, QWidget

KINDS = (QAbstractSpinBox, QAbstractButton, QComboBox, QProgressBar, QSlider)
UNBOUNDED = 16_777_215  # Qt's QWIDGETSIZE_MAX


class Sizes:
    """What was changed in one view, and how to change it back. Sizes that depend on the font are the views' own business: they
    are made anew when the theme changes.
    """

    def __init__(self, view: QWidget) -> None:
        found = [w for kind in KINDS for w in view.findChildren(kind)]
        self._widths = [(w, w.maximumWidth()) for w in found if 0 < w.minimumWidth() == w.maximumWidth() < UNBOUNDED]

    def scale(self, by: float) -> None:
        """Fixed widths, so many times what they were."""
        for widget, width in self._widths:
            if shiboken6.isValid(widget):
                widget.setFixedWidth(round(width * by))

    def restore(self) -> None:
        """As they were."""
        self.scale(1.0)
