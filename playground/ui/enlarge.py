"""The small button at the end of a stage's bar that shows the view full screen."""

from __future__ import annotations

from PySide6.QtWidgets import QToolButton, QWidget

from playground.ui import icons, shortcuts, theme


class EnlargeButton(QToolButton):
    """An icon, in the colours of the theme."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip(f"{shortcuts.tip('view_full_screen')}\n{shortcuts.BY_NAME['presenter'].keys_text()}: for an audience")
        self.setAccessibleName("View full screen")
        self.retheme()

    def retheme(self) -> None:
        self.setIcon(icons.icon("full", theme.current().text))
