"""A row of exclusive choices side by side, of which one is on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from playground.ui.style import set_look

DENSITIES = 4  # of the stylesheet's [dense]: ever less padding, then smaller type


class Segmented(QWidget):
    """``chosen(key)`` when the user picks another part. Left and right arrows move along it."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._keys: list[str] = []
        self._density = 0
        self._naturals: dict[int, int] = {}  # density -> width that it needs
        self._group.idClicked.connect(lambda i: self.chosen.emit(self._keys[i]))

    def set_parts(self, parts: Sequence[tuple[str, str, str]]) -> None:
        """Replace the parts: (key, title, tooltip). The chosen key stays chosen where it is still there, else the
        first is.
        """
        before = self.key()
        for button in self._group.buttons():
            self._group.removeButton(button)
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._keys = [key for key, _, _ in parts]
        self._naturals.clear()
        for i, (_, title, tip) in enumerate(parts):
            self._add(i, title, tip, len(parts))
        self.choose(before if before in self._keys else (self._keys[0] if self._keys else ""))

    @property
    def keys(self) -> list[str]:
        """All keys in order."""
        return list(self._keys)

    @property
    def titles(self) -> list[str]:
        """What is written on the parts, in order."""
        return [self._group.button(i).text() for i in range(len(self._keys))]

    def key(self) -> str:
        """The chosen key, "" if there are no parts."""
        index = self._group.checkedId()
        return self._keys[index] if 0 <= index < len(self._keys) else ""

    def choose(self, key: str) -> None:
        """Choose without telling anyone."""
        if key in self._keys:
            self._group.button(self._keys.index(key)).setChecked(True)

    def fit(self, width: int) -> None:
        """Take as much padding as this width allows, then smaller type, so that no title is cut."""
        fitting = next((d for d in range(DENSITIES) if self._natural_width(d) <= width), DENSITIES - 1)
        self._set_density(fitting)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Type may have another size now: measure again."""
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._naturals.clear()
        super().changeEvent(event)

    def _natural_width(self, density: int) -> int:
        if density not in self._naturals:
            self._set_density(density)
            self._naturals[density] = sum(b.sizeHint().width() for b in self._group.buttons())
        return self._naturals[density]

    def _set_density(self, density: int) -> None:
        if density != self._density:
            self._density = density
            for button in self._group.buttons():
                set_look(button, "segment", dense=density)

    def _add(self, index: int, title: str, tip: str, count: int) -> None:
        button = QPushButton(title)
        button.setCheckable(True)
        button.setToolTip(tip)
        place = "only" if count == 1 else "first" if index == 0 else "last" if index == count - 1 else "middle"
        set_look(button, "segment", place=place, dense=self._density)
        self._group.addButton(button, index)
        self._row.addWidget(button)
