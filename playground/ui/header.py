"""The line at the top: the app's name, a tab a page, the menus, and three buttons that everyone looks for."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QMenuBar, QPushButton, QWidget

from playground.ui import icons, shortcuts, theme
from playground.ui.pages import Entry
from playground.ui.style import set_look, stylesheet


class Header(QFrame):
    """``page_chosen(key)``; runs, theme and help emit ``action(name)``."""

    page_chosen = Signal(str)
    action = Signal(str)

    def __init__(self, pages: Mapping[str, Entry], menus: QMenuBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_look(self, "header")
        self._pages, self._menus = pages, menus
        self._group = QButtonGroup(self)
        self.tabs = {key: self._tab(page) for key, page in pages.items()}
        self.runs, self.theme_button, self.help = QPushButton("Runs"), QPushButton(), QPushButton("Keys")
        self._icon, self._title = QLabel(), QLabel("Generative Playground")
        set_look(self._title, "title")
        self._lay_out(menus)
        for name, button in {"runs": self.runs, "theme": self.theme_button, "shortcuts": self.help}.items():
            set_look(button, "pill")
            button.setToolTip(shortcuts.tip(name))
            button.clicked.connect(lambda _=False, n=name: self.action.emit(n))
        self.retheme()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Where there is no room for all, the app's name goes, which the window's frame has, then buttons that the menus have."""
        super().resizeEvent(event)
        if self._row.indexOf(self._menus) >= 0:
            self._menus.setMinimumWidth(self._menus.sizeHint().width())  # else it hides what does not fit
        shown = (self._title, self.help, self.theme_button, self.runs)  # the first goes first
        widths = {part: part.sizeHint().width() + theme.SPACE_S for part in shown}
        width = self._row.minimumSize().width() + sum(widths[part] for part in shown if part.isHidden())
        for part in shown:
            part.setVisible(width <= self.width())
            width -= widths[part] if part.isHidden() else 0

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """The window may be narrower than all of it."""
        return QSize(0, super().minimumSizeHint().height())

    def choose(self, key: str) -> None:
        """Mark this page's tab without telling anyone."""
        self.tabs[key].setChecked(True)

    def retheme(self) -> None:
        look = theme.current()
        self._icon.setPixmap(icons.pixmap("app", look.accent("vae"), 20))
        self.theme_button.setText("Light" if look.dark else "Dark")
        self.theme_button.setIcon(icons.icon("sun" if look.dark else "moon", look.dim))
        for key, button in self.tabs.items():
            accent = self._pages[key].accent
            button.setIcon(_dot(look.accent(accent)))
            button.setStyleSheet(stylesheet(look, accent) if accent != "vae" else "")

    def _tab(self, page: Entry) -> QPushButton:
        button = QPushButton(f" {page.title}")
        button.setCheckable(True)
        button.setToolTip(page.tip)
        button.setIconSize(QSize(8, 8))
        set_look(button, "family")
        self._group.addButton(button)
        button.clicked.connect(lambda _=False, key=page.key: self.page_chosen.emit(key))
        return button

    def _lay_out(self, menus: QMenuBar) -> None:
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_L, 0, theme.SPACE_L, 0)
        row.setSpacing(theme.SPACE_S)
        row.addWidget(self._icon)
        row.addWidget(self._title)
        row.addSpacing(theme.SPACE_L)
        for button in self.tabs.values():
            row.addWidget(button)
        row.addStretch(1)
        if sys.platform != "darwin":  # there the menus are at the top of the screen
            row.addWidget(menus, 0, Qt.AlignmentFlag.AlignVCenter)
        for button in (self.runs, self.theme_button, self.help):
            row.addWidget(button)


def _dot(colour: str) -> QPixmap:
    canvas = QPixmap(24, 24)
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(0, 0, 24, 24)
    painter.end()
    canvas.setDevicePixelRatio(3)
    return canvas
