"""What a stage shows in front, and its being lent: a view may be shown elsewhere, full screen, and comes back to its place."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QLabel, QStackedWidget, QWidget

from playground.ui.style import set_look

AWAY = "Shown full screen."


def in_front(window: QWidget) -> QWidget:
    """Over which window a dialog opens: the one that is used now, be it the one that shows a view full screen."""
    return QApplication.activeWindow() or window


class Front(QObject):
    """The page of a stage's stack that is in front. While ``lent``, the stack shows that it is away, and ``turned(page)`` tells
    the borrower which one is wanted now.
    """

    turned = Signal(object)

    def __init__(self, stack: QStackedWidget) -> None:
        super().__init__(stack)
        self._stack = stack
        self.page: QWidget | None = None
        self.lent: QWidget | None = None  # the page that is elsewhere
        self._away: QLabel | None = None
        self._out = False

    def show(self, page: QWidget) -> None:
        """This page is the one in front."""
        before, self.page = self.page, page
        if not self._out:
            self._stack.setCurrentWidget(page)
        elif page is not before:
            self.turned.emit(page)

    def lend(self) -> None:
        """From now on the page in front is shown by somebody else, who takes it with :meth:`take`."""
        if self._away is None:
            self._away = QLabel(AWAY)
            set_look(self._away, "dim")
            self._away.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._stack.addWidget(self._away)
        self._out = True
        self._stack.setCurrentWidget(self._away)

    def take(self) -> Any:
        """The page in front, for the borrower to put into a layout; one taken before goes back to the stack."""
        self.put_back()
        self.lent = self.page
        return self.page

    def put_back(self) -> None:
        """The page that is elsewhere goes back into the stack, behind."""
        if self.lent is not None:
            self._stack.addWidget(self.lent)
            self.lent = None

    def end(self) -> None:
        """Nothing is lent any more: the page in front is seen in its place."""
        self._out = False
        self.put_back()
        if self.page is not None:
            self._stack.setCurrentWidget(self.page)
