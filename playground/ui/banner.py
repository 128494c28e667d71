"""A sentence across the top of the stage that says what went wrong and what to do, until it is closed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from playground.ui import icons, theme
from playground.ui.style import set_look

#: What one can do about each kind of failure (messages.Failed.kind).
ADVICE: dict[str, str] = {
    "nonfinite": "Try a smaller learning rate, or a longer warm-up, and train anew.",
    "memory": "Try a smaller batch or network, bf16 precision, or the CPU.",
    "device": "Choose another device, or Auto, and resume the run from the list of runs.",
    "disk": "Make room on the disk; the run goes on from its last save.",
    "data": "Choose other data, or mend the file.",
    "config": "Change the value and train again.",
    "bug": "Please report it with the details of Help › About; the run can be resumed from the list of runs.",
}


class Banner(QFrame):
    """Hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._close = QToolButton()
        self._close.setToolTip("Close this message (Esc)")
        self._close.setAccessibleName("Close this message")
        set_look(self._close, "plain")
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_M, theme.SPACE_XS, theme.SPACE_XS, theme.SPACE_XS)
        row.addWidget(self.label, 1)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._close.clicked.connect(self.dismiss)
        self.retheme()
        self.hide()

    def fail(self, sentence: str, kind: str = "", kept: str = "") -> None:
        """Show a failure, what is kept, and what to do."""
        self._show("banner", " ".join(part for part in (sentence, kept, ADVICE.get(kind, "")) if part))

    def notice(self, sentence: str) -> None:
        """Show something worth knowing that is not a failure."""
        self._show("notice", sentence)

    def dismiss(self) -> None:
        self.label.clear()
        self.hide()

    def retheme(self) -> None:
        self._close.setIcon(icons.icon("close", theme.current().text))

    def _show(self, look: str, text: str) -> None:
        set_look(self, look)
        self.label.setText(text)
        self.show()
