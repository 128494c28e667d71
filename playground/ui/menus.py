"""Menus and shortcuts, made from the table in :mod:`playground.ui.shortcuts`."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenuBar, QWidget

from playground.ui.shortcuts import ACTIONS, PLAIN_KEYS, Action


def build(window: QWidget, bar: QMenuBar, do: Callable[[str], None]) -> dict[str, QAction]:
    """Fill ``bar`` and return the actions by name; each calls ``do(name)``.

    Keys without Ctrl are only named in the menu: the window handles them after the focused control had its chance.
    """
    actions = {}
    menus = {}
    for entry in ACTIONS:
        action = QAction(_text(entry), window)
        action.setShortcuts([QKeySequence(k) for k in entry.key_list if k not in PLAIN_KEYS])
        action.setStatusTip(entry.help)
        action.setToolTip(entry.tooltip())
        action.triggered.connect(lambda _=False, name=entry.name: do(name))
        if entry.name == "quit":
            action.setMenuRole(QAction.MenuRole.QuitRole)
        if entry.name == "about":
            action.setMenuRole(QAction.MenuRole.AboutRole)
        if entry.menu not in menus:
            menus[entry.menu] = bar.addMenu(f"&{entry.menu}")
            menus[entry.menu].setToolTipsVisible(True)
        elif entry.separator:
            menus[entry.menu].addSeparator()
        menus[entry.menu].addAction(action)
        window.addAction(action)  # so that its keys work where the menus are hidden
        actions[entry.name] = action
    return actions


def _text(entry: Action) -> str:
    """A tab in the text puts what follows where a menu shows the keys."""
    plain = [k for k in entry.key_list if k in PLAIN_KEYS]
    return f"{entry.title}\t{plain[0]}" if plain and len(plain) == len(entry.key_list) else entry.title
