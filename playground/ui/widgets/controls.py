"""Small helpers that build toolbars: every control gets a label, a tooltip and an accessible name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QLabel, QPushButton, QSpinBox, QWidget

from playground.ui import theme
from playground.ui.flow import FlowLayout


def caption(text: str) -> QLabel:
    """A quiet label beside a control or above a group."""
    label = QLabel(text)
    label.setProperty("role", "dim")
    return label


def spin(low: int, high: int, value: int, tip: str, changed: Callable[[int], object], suffix: str = "") -> QSpinBox:
    """A whole-number box."""
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    box.setSuffix(suffix)
    box.setToolTip(tip)
    box.setKeyboardTracking(False)
    box.valueChanged.connect(changed)
    return box


def combo(items: Sequence[str], tip: str, changed: Callable[[int], object], current: int = 0) -> QComboBox:
    """A drop-down list; ``changed`` gets the index."""
    box = QComboBox()
    box.addItems(list(items))
    box.setCurrentIndex(current)
    box.setToolTip(tip)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    box.currentIndexChanged.connect(changed)
    return box


def button(text: str, tip: str, clicked: Callable[[], object], *, checkable: bool = False) -> QPushButton:
    """A push button; ``clicked`` is called without arguments."""
    widget = QPushButton(text)
    widget.setToolTip(tip)
    widget.setAutoDefault(False)
    widget.setCheckable(checkable)
    widget.clicked.connect(lambda: clicked())
    return widget


class Segmented(QWidget):
    """A few exclusive choices side by side."""

    changed = Signal(str)

    def __init__(self, choices: Sequence[tuple[str, str, str]], parent: QWidget | None = None) -> None:
        """``choices``: (key, text, tooltip); the first is chosen."""
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._keys = [key for key, _, _ in choices]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for i, (_, text, tip) in enumerate(choices):
            part = QPushButton(text)
            part.setCheckable(True)
            part.setChecked(i == 0)
            part.setToolTip(tip)
            part.setProperty("segment", "first" if i == 0 else "last" if i == len(choices) - 1 else "middle")
            self._group.addButton(part, i)
            row.addWidget(part)
        self._group.idClicked.connect(lambda i: self.changed.emit(self._keys[i]))

    def key(self) -> str:
        """The chosen one."""
        return self._keys[self._group.checkedId()]

    def choose(self, key: str) -> None:
        """Choose without telling anybody."""
        self._group.button(self._keys.index(key)).setChecked(True)

    def click(self, key: str) -> None:
        """Choose as a user would."""
        self._group.button(self._keys.index(key)).click()

    def word(self, key: str, text: str, tip: str) -> None:
        """Other words for one choice."""
        part = self._group.button(self._keys.index(key))
        part.setText(text)
        part.setToolTip(tip)

    def enable(self, key: str, on: bool) -> None:
        """Allow or grey out one choice."""
        self._group.button(self._keys.index(key)).setEnabled(on)


def toolbar(*items: QWidget | str) -> FlowLayout:
    """Controls in a line that wraps where the window is narrow; a text is the caption of the control after it."""
    flow = FlowLayout(theme.SPACE_M, theme.SPACE_XS)
    text = ""
    for item in items:
        if isinstance(item, str):
            text = item
            continue
        flow.addWidget(_captioned(text, item))
        text = ""
    return flow


def _captioned(text: str, widget: QWidget) -> QWidget:
    """A control with its caption at the left, as one piece of a line; hidden together with the control."""
    piece = Piece(widget)
    row = QHBoxLayout(piece)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.SPACE_S)
    if text:
        row.addWidget(caption(text))
    row.addWidget(widget)
    piece.setMinimumHeight(theme.current().px(theme.CONTROL_HEIGHT))
    return piece


class Piece(QWidget):
    """Hides when its control is hidden, so that no caption is left behind."""

    def __init__(self, control: QWidget) -> None:
        super().__init__()
        control.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.HideToParent:
            self.hide()
        elif event.type() == QEvent.Type.ShowToParent:
            self.show()
        return False
