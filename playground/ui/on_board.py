"""Finished models on board, for one window: each page opens the one that suits it when it is first shown, so that its views are
alive at once; and where the user chooses data of which there is one, it is offered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction

from playground.ui.family_tab import FamilyTab

if TYPE_CHECKING:
    from playground.ui.main_window import MainWindow

SETTING = "on_board"


class OnBoard(QObject):
    """``begin`` once the engine is loaded; :meth:`look` whenever a page comes to the front."""

    def __init__(self, window: MainWindow, action: QAction) -> None:
        super().__init__(window)
        self._window = window
        self._models: Sequence[Any] = ()
        self._left: set[Any] = set()  # pages where something else was asked for
        self._held = False  # something was asked for and is still being read
        action.setCheckable(True)
        action.setChecked(window.settings.get(SETTING, True))
        self._action = action

    def begin(self) -> None:
        """Read what there is, then see to the page in front."""
        window = self._window
        window.background.run(window.services.models_on_board, self._on_models, lambda _: None, key="on board", owner=self)

    def switch(self) -> None:
        """Remember what the menu says from now on; a page that shows nothing yet follows at once."""
        self._window.settings.put(SETTING, self._action.isChecked())
        self.look(self._window.page)

    def hold(self) -> None:
        """Something is being opened: wait with models until :meth:`release`."""
        self._held = True

    def release(self) -> None:
        """It is open, or cannot be."""
        self._held = False
        self.look(self._window.page)

    def leave(self, page: Any) -> None:
        """On this page something else was asked for."""
        self._left.add(page)

    def look(self, page: Any) -> None:
        """Open the model of this page, if it is in front and nothing else is there or on its way."""
        if isinstance(page, FamilyTab):
            page.know_models(self._of(page))
            QTimer.singleShot(0, page, lambda: self._open(page))  # whoever brought it to the front may want to show something else

    def _open(self, page: FamilyTab) -> None:
        wanted = self._action.isChecked() and not self._held and page not in self._left and not self._window.closed
        in_front: Any = self._window.page
        idle = page is in_front and page.session is not None and page.status.state == "idle"
        model = best(self._of(page), page.panel.data.text())
        if wanted and idle and model is not None:
            page.open_model(model)

    def _on_models(self, models: Sequence[Any]) -> None:
        self._models = models
        for page in self._window.tabs.values():
            self.look(page)

    def _of(self, page: FamilyTab) -> list[Any]:
        return [m for m in self._models if m.family == page.family.name]


def best(models: Sequence[Any], data: str) -> Any:
    """Of a family's models the one of these data, else the first; None if there are none."""
    return next((m for m in models if m.data == data), models[0] if models else None)
