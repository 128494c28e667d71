"""Where the lesson editor is: at the right of the window, or, where the screen has room, in a window of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QWidget

from playground.ui import icons, theme
from playground.ui.columns import STAGE_MIN_PX
from playground.ui.style import set_look

if TYPE_CHECKING:
    from playground.ui.main_window import MainWindow

DOCKED_PX = 400
FLOATING_PX = (420, 760)
STAGE_PX = 640  # of the stage, in which the names of all views can be read
BARS_PX = 110  # above and below a docked editor
EDGES_PX = 8  # handles between columns and beside the editor


class EditorDock(QDockWidget):
    """Beside the page it takes the room of the curves where there is none for both; they come back with the room. Whoever closes it
    calls ``wants_close``: it goes by ``leave`` alone.
    """

    def __init__(self, window: MainWindow, panel: QWidget, wants_close: Callable[[], object]) -> None:
        super().__init__("Lesson editor", window)
        self._window, self._wants_close, self._leaving = window, wants_close, False
        self._covered: set[Any] = set()  # columns of curves that had to go
        self._soon = QTimer(self, singleShot=True, interval=0)  # once Qt has laid out what changed
        self._soon.timeout.connect(self._make_room)
        self.setObjectName("lesson editor")
        self.setAllowedAreas(Qt.DockWidgetArea.RightDockWidgetArea | Qt.DockWidgetArea.LeftDockWidgetArea)
        self.title, self.apart, self.close_button = QLabel(), QToolButton(), QToolButton()
        self.setTitleBarWidget(self._bar())
        self.setWidget(panel)
        self.apart.clicked.connect(lambda: self.setFloating(not self.isFloating()))
        self.close_button.clicked.connect(wants_close)
        self.topLevelChanged.connect(self._on_floating)
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self)
        self.hide()
        window.installEventFilter(self)
        window.stack.currentChanged.connect(lambda _: self._soon.start())
        self.visibilityChanged.connect(lambda _: self._soon.start())
        self.retheme()

    def appear(self) -> None:
        """Beside the page where it fits; else in a window of its own."""
        if not self.isFloating() and not self._fits():
            self.setFloating(True)
        self.show()
        self.raise_()
        self._make_room()
        if not self.isFloating():
            QTimer.singleShot(0, self, self._widen)

    def _widen(self) -> None:
        """As wide as it likes to be, once the curves have made room, but not at the cost of the stage."""
        tabs: list[Any] = list(self._window.tabs.values())
        form = max([tab.columns.widget(0).minimumSizeHint().width() for tab in tabs], default=0)
        spare = self._window.width() - form - theme.current().px(STAGE_PX)
        width = min(max(spare, self._least()), theme.current().px(DOCKED_PX))
        self._window.resizeDocks([self], [width], Qt.Orientation.Horizontal)

    def leave(self) -> None:
        """Go, without asking."""
        self._leaving = True
        self.close()
        self._leaving = False

    def say_title(self, title: str, modified: bool) -> None:
        words = f"{'● ' if modified else ''}{title}"
        self.title.setText(words)
        self.title.setToolTip(f"{title}: {'not saved yet' if modified else 'saved'}. Drag here to move the editor.")
        self.setWindowTitle(f"{title} · Lesson editor")

    def retheme(self) -> None:
        look = theme.current()
        self.close_button.setIcon(icons.icon("close", look.text))
        if self.isVisible():
            self.appear()  # larger type may leave no room beside the page
        self._on_floating(self.isFloating())

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """By the frame's button of a floating one, or by Alt+F4: as by the button here."""
        if self._leaving:
            super().closeEvent(event)
        else:
            event.ignore()
            self._wants_close()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._soon.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Resize:
            self._soon.start()
        return False

    def _fits(self) -> bool:
        """Whether the page, without its curves, and the editor stand side by side."""
        width = max([self._needed(tab, curves=False) for tab in self._window.tabs.values()], default=0) + self._least()
        panel = self.widget()
        height = panel.minimumHeight() if panel is not None else 0
        return width <= self._window.width() and height <= self._window.height() - theme.current().px(BARS_PX)

    def _make_room(self) -> None:
        """Curves are seen where there is room for them beside the editor; those that somebody else has hidden stay so."""
        beside = max(self.width(), self._least()) if self.isVisible() and not self.isFloating() else 0
        tabs: list[Any] = list(self._window.tabs.values())
        for tab in tabs:
            curves = tab.columns.widget(2)
            tight = bool(beside) and self._needed(tab, curves=True) + beside > self._window.width()
            if tight and not curves.isHidden():
                self._covered.add(curves)
                curves.hide()
                _lay_out_anew(tab, tab.columns, self._window.stack)
            elif not tight and curves in self._covered:
                self._covered.remove(curves)
                curves.show()
                _lay_out_anew(tab, tab.columns, self._window.stack)

    def _needed(self, tab: Any, *, curves: bool) -> int:
        """The least width of a page."""
        form, right = tab.columns.widget(0).minimumSizeHint().width(), tab.columns.widget(2).minimumSizeHint().width()
        return int(form + theme.current().px(STAGE_MIN_PX) + (right if curves else 0) + EDGES_PX)

    def _least(self) -> int:
        panel = self.widget()
        return panel.minimumWidth() if panel is not None else 0

    def _on_floating(self, floating: bool) -> None:
        self.apart.setText("Dock" if floating else "Apart")
        self.apart.setToolTip("Back beside the page." if floating else "A window of its own, for another screen or a narrow one.")
        if floating:
            look = theme.current()
            self.resize(look.px(FLOATING_PX[0]), look.px(FLOATING_PX[1]))
        self._soon.start()

    def _bar(self) -> QWidget:
        bar = QWidget()
        set_look(self.title, "heading")
        self.title.setMinimumWidth(40)
        self.close_button.setToolTip("Close the editor; what is not saved is asked for")
        for button, name in ((self.apart, "Dock or undock the editor"), (self.close_button, "Close the editor")):
            set_look(button, "plain")
            button.setAccessibleName(name)
        row = QHBoxLayout(bar)
        row.setContentsMargins(theme.SPACE_M, theme.SPACE_XS, theme.SPACE_S, 0)
        row.addWidget(self.title, 1)
        row.addWidget(self.apart)
        row.addWidget(self.close_button)
        return bar


def _lay_out_anew(tab: QWidget, columns: QWidget, stack: QWidget) -> None:
    """A page that nobody sees would keep its old least width, and the window's with it."""
    columns.updateGeometry()
    tab.updateGeometry()
    for layout in (tab.layout(), stack.layout()):
        if layout is not None:
            layout.invalidate()
    stack.updateGeometry()
