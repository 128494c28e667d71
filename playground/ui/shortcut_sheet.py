"""The list of all keys."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from playground.ui import theme
from playground.ui.presenter.keys import KEYS
from playground.ui.shortcuts import ACTIONS, BY_NAME

MORE = (
    ("1 … 9", "Show the view with this number"),
    ("Tab", "Go to the next control; every control can be reached so"),
    ("← →", "On the curves: read the values; on a switch: the next part"),
    ("Esc", "Close a message or a dialog"),
)


class Sheet(QDialog):
    """A page of rich text that closes with Esc."""

    def __init__(self, title: str, html: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        page = QTextBrowser()
        page.setHtml(html)
        page.setOpenExternalLinks(True)
        page.setAccessibleName(title)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(page)
        column.addWidget(buttons)
        look = theme.current()
        self.resize(look.px(560), look.px(640))


def shortcut_sheet(parent: QWidget | None = None, *, full_screen: bool = False) -> Sheet:
    """All keys, grouped as the menus are; those of a view full screen first where one is."""
    shown = f"{BY_NAME['presenter'].keys_text()} or {BY_NAME['view_full_screen'].keys_text()}"
    own = [_group(f"While a view is full screen ({shown})"), *(_row(key.shown, key.help, "") for key in KEYS)]
    parts, menu = own if full_screen else [], ""
    for action in ACTIONS:
        if not action.keys:
            continue
        if action.menu != menu:
            menu = action.menu
            parts.append(_group(menu))
        parts.append(_row(action.keys_text(), action.title.rstrip("…"), action.help))
    parts.append(_group("Everywhere"))
    parts += [_row(keys, what, "") for keys, what in MORE]
    parts += [] if full_screen else own
    return Sheet("Keyboard shortcuts", f"<table cellspacing='0' cellpadding='3'>{''.join(parts)}</table>", parent)


def _group(title: str) -> str:
    dim = theme.current().dim
    return f'<tr><td colspan="2" style="padding-top:12px;color:{dim}"><b>{escape(title)}</b></td></tr>'


def _row(keys: str, title: str, help_text: str) -> str:
    look = theme.current()
    more = f'<br><span style="color:{look.dim}">{escape(help_text)}</span>' if help_text else ""
    head = f'<td style="padding-right:18px;white-space:nowrap"><b>{escape(keys)}</b></td>'
    return f"<tr>{head}<td>{escape(title)}{more}</td></tr>"
