"""First items of data sets, loaded in the background and kept: for the strip in the form, and for the shape of one
item.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Signal

from playground.ui.background import Background
from playground.ui.preview_strip import COUNT, MAX_POINTS
from playground.ui.services import Services


class Previews(QObject):
    """``ready(text)`` when the items of a data set have come, ``failed(text, sentence)`` when they cannot."""

    ready = Signal(str)
    failed = Signal(str, str)

    def __init__(self, services: Services, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services, self._background = services, background
        self._items: dict[str, np.ndarray] = {}
        self.enabled = False  # loading data needs the engine

    def get(self, text: str) -> np.ndarray | None:
        """The items if they are there."""
        return self._items.get(text)

    def ask(self, text: str) -> None:
        """Load them; ``ready`` or ``failed`` follows, ``ready`` at once where they are kept."""
        if text in self._items:
            self.ready.emit(text)
        elif self.enabled:
            count = COUNT if self._services.describe(text).kind == "image" else MAX_POINTS
            self._background.run(
                lambda: self._services.preview(text, count),
                lambda items: self._keep(text, items),
                lambda error: self.failed.emit(text, str(error)),
                key=f"preview {id(self)} {text}",
                owner=self,
            )

    def shape(self, text: str) -> tuple[int, ...] | None:
        """Shape of one item as the engine has it: (C, H, W) for pictures, (2,) for points; None until it is known."""
        items = self._items.get(text)
        if items is None:
            return None
        if items.dtype != np.uint8:
            return tuple(items.shape[1:])
        height, width = items.shape[1:3]
        return (items.shape[3] if items.ndim == 4 else 1, height, width)

    def _keep(self, text: str, items: np.ndarray) -> None:
        self._items[text] = items
        self.ready.emit(text)
