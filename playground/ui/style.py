"""The stylesheet and palette, made of the theme's colours. Widgets choose a look by dynamic property ``look`` (see
below).

QFrame: panel, card, banner · QLabel: heading, dim, symbol, error, value · QPushButton: primary, plain, pill, tab.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from string import Template

import platformdirs
from PySide6.QtCore import QTemporaryDir
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from playground.ui import icons, theme
from playground.ui.theme import Theme

_SHEET = Template("""
* { font-size: ${body}px; }
QWidget { color: $text; selection-background-color: $accent; selection-color: $on_accent; }
QMainWindow, QDialog, QStackedWidget#stage { background: $window; }
QFrame[look="header"] { background: $window; border: none; border-bottom: 1px solid $border; }
QFrame[look="panel"] { background: $panel; border: none; }
QFrame[look="card"], QWidget[card="true"] { background: $card; border: 1px solid $border; border-radius: 8px; }
QFrame[look="banner"] { background: $danger_surface; border: 1px solid $danger; border-radius: 6px; }
QFrame[look="notice"] { background: $warning_surface; border: 1px solid $warning; border-radius: 6px; }
QFrame[look="health"] { background: $card; border: 1px solid $accent; border-radius: 8px; }
QWidget#surface { background: $window; }
QLabel[look="hint"] { background: $text; color: $window; border-radius: 6px; padding: 8px 14px; }
QFrame[look="line"] { background: $border; border: none; }
QLabel { background: transparent; }
QLabel[look="title"] { font-size: ${title}px; font-weight: 700; }
QLabel[look="big"] { font-size: ${big}px; font-weight: 600; }
QLabel[look="heading"] { color: $dim; font-size: ${small}px; font-weight: 700; letter-spacing: 1px; }
QLabel[look="dim"], QLabel[role="dim"] { color: $dim; }
QLabel[look="small"] { color: $dim; font-size: ${small}px; }
QLabel[look="error"] { color: $danger; font-size: ${small}px; }
QLabel[look="goal"] { color: $text; font-weight: 600; }
QLabel[look="reached"] { color: $good; font-weight: 600; }
QLabel[look="pending"] { color: $warning; font-size: ${small}px; }

QPushButton, QToolButton { background: $field; border: 1px solid $outline; border-radius: 6px; padding: 0 12px;
    min-height: ${control}px; }
QToolButton { padding: 0 7px; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed { background: $border; }
QPushButton:disabled, QToolButton:disabled { color: $dim; background: $card; border-color: $border; }
QPushButton:focus, QToolButton:focus, QComboBox:focus, QAbstractSpinBox:focus, QLineEdit:focus,
    QAbstractItemView:focus
    { border: 2px solid $focus; }
QPushButton:focus, QToolButton:focus { padding: 0 11px; }
QToolButton:focus { padding: 0 6px; }
QPushButton[look="primary"] { background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 700;
    font-size: ${large}px; min-height: ${big_control}px; }
QPushButton[look="primary"]:hover { border: 1px solid $text; }
QPushButton[look="primary"]:focus { border: 2px solid $text; }
QPushButton[look="primary"]:disabled { background: $field; color: $dim; border-color: $border; }
QPushButton[look="go"] { background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QPushButton[look="go"]:disabled { background: $card; color: $dim; border-color: $border; }
QPushButton[look="transport"] { padding: 0 4px; }
QPushButton[look="transport"]:focus { padding: 0 3px; }
QPushButton[look="pill"] { border-radius: ${half}px; padding: 0 14px; min-height: ${pill}px; color: $dim;
    background: transparent; }
QPushButton[look="pill"]:hover { color: $text; background: $field; }
QPushButton[look="pill"]:focus { padding: 0 13px; }
QPushButton[look="plain"], QToolButton[look="plain"] { background: transparent; border: 1px solid transparent; }
QPushButton[look="plain"]:hover, QToolButton[look="plain"]:hover { background: $field; }
QPushButton[look="plain"]:focus, QToolButton[look="plain"]:focus { border: 2px solid $focus; }
QPushButton[look="fold"] { background: transparent; border: 1px solid transparent; text-align: left;
    padding: 0 2px; color: $dim; }
QPushButton[look="fold"]:hover { color: $text; }
QPushButton[look="fold"]:focus { border: 2px solid $focus; padding: 0 1px; }
QPushButton[look="family"] { background: transparent; border: none; border-bottom: 3px solid transparent;
    border-radius: 0;
    padding: 0 12px; min-height: ${header}px; color: $dim; font-weight: 600; }
QPushButton[look="segment"], QPushButton[segment] { background: $field; border: 1px solid $border;
    border-radius: 0; padding: 0 13px; margin: 0;
    color: $dim; font-weight: 600; min-height: ${control}px; }
QPushButton[look="segment"][place="first"], QPushButton[segment="first"] { border-top-left-radius: 7px;
    border-bottom-left-radius: 7px; }
QPushButton[look="segment"][place="last"], QPushButton[segment="last"] { border-top-right-radius: 7px;
    border-bottom-right-radius: 7px; }
QPushButton[look="segment"][place="only"] { border-radius: 7px; }
QPushButton[look="segment"]:hover, QPushButton[segment]:hover { color: $text; background: $hover; }
QPushButton:checked, QToolButton:checked, QPushButton[look="segment"]:checked, QPushButton[segment]:checked {
    background: $accent; color: $on_accent; border-color: $accent; }
QPushButton[look="segment"]:focus, QPushButton[segment]:focus { border: 2px solid $focus; padding: 0 12px; }

QPushButton[look="family"]:checked { color: $text; background: transparent; border: none;
    border-bottom: 3px solid $accent; }
QPushButton[look="family"]:hover, QPushButton[look="family"]:focus { color: $text; background: $field; }
QPushButton[look="fold"]:checked { color: $dim; background: transparent; border-color: transparent; }

QPushButton[look="segment"][dense="1"] { padding: 0 7px; }
QPushButton[look="segment"][dense="2"] { padding: 0 4px; font-size: ${dense}px; }
QPushButton[look="segment"][dense="3"] { padding: 0 2px; font-size: ${small}px; }
QPushButton[segment] { padding: 0 9px; }
QPushButton[segment]:focus { padding: 0 8px; }
QPushButton[look="segment"][dense="1"]:focus { padding: 0 6px; }
QPushButton[look="segment"][dense="2"]:focus { padding: 0 3px; }
QPushButton[look="segment"][dense="3"]:focus { padding: 0 1px; }

QComboBox, QAbstractSpinBox, QLineEdit { background: $field; border: 1px solid $outline; border-radius: 6px;
    padding: 0 8px;
    min-height: ${field_height}px; }
QComboBox:focus, QAbstractSpinBox:focus, QLineEdit:focus { padding: 0 7px; }
QComboBox:hover, QAbstractSpinBox:hover, QLineEdit:hover { background: $hover; }
QComboBox:disabled, QAbstractSpinBox:disabled, QLineEdit:disabled { color: $dim; background: $card; }
QComboBox[wrong="true"], QAbstractSpinBox[wrong="true"], QLineEdit[wrong="true"] { border: 2px solid $danger;
    padding: 0 7px; }
QAbstractSpinBox QLineEdit { background: transparent; border: none; padding: 0 4px; margin: 0; min-height: 0; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url("$icons/down.svg"); width: 12px; height: 12px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 16px; border: none; background: transparent; }
QAbstractSpinBox::up-arrow { image: url("$icons/up.svg"); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url("$icons/down.svg"); width: 10px; height: 10px; }
QComboBox QAbstractItemView { background: $card; border: 1px solid $outline; selection-background-color: $hover;
    selection-color: $text; outline: none; padding: 4px; }
QCheckBox { background: transparent; spacing: 8px; }
QCheckBox::indicator, QTableView::indicator { width: 16px; height: 16px; border: 1px solid $dim; border-radius: 4px;
    background: $field; }
QCheckBox::indicator:checked, QTableView::indicator:checked { background: $accent; border-color: $accent;
    image: url("$icons/check.svg"); }
QCheckBox::indicator:focus { border: 2px solid $focus; }
QRadioButton { spacing: 8px; }
QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid $dim; border-radius: 8px; background: $field; }
QRadioButton::indicator:checked { border: 5px solid $accent; width: 6px; height: 6px; background: $text; }
QRadioButton::indicator:focus { border-color: $focus; }
QSlider { background: transparent; min-height: 20px; }
QSlider::groove:horizontal { height: 4px; background: $outline; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: $text; }
QSlider::handle:horizontal:hover { background: $accent; }
QSlider::handle:horizontal:focus { background: $focus; }
QSlider:focus { border: none; }

QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget[look="scrolled"] { background: transparent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $outline; border-radius: 4px; min-height: 28px; min-width: 28px; margin: 1px; }
QScrollBar::handle:hover { background: $dim; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: $border; }
QSplitter::handle:hover { background: $accent; }
QMenuBar { background: transparent; border: none; }
QMenuBar::item { background: transparent; padding: 6px 9px; border-radius: 5px; color: $dim; }
QMenuBar::item:selected { background: $field; color: $text; }
QMenu { background: $card; border: 1px solid $outline; padding: 5px; }
QMenu::item { padding: 6px 26px 6px 22px; border-radius: 4px; }
QMenu::item:selected { background: $hover; }
QMenu::item:disabled { color: $dim; }
QMenu::separator { height: 1px; background: $border; margin: 5px 8px; }
QMenu::indicator { width: 12px; height: 12px; margin-left: 6px; }
QMenu::indicator:checked { image: url("$icons/tick.svg"); }
QToolTip { background: $card; color: $text; border: 1px solid $outline; padding: 5px; }
QStatusBar { background: $window; border-top: 1px solid $border; }
QStatusBar::item { border: none; }
QToolButton[look="small"] { padding: 0 4px; min-height: 22px; }
QStatusBar QLabel { color: $dim; }
QProgressBar { background: $field; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QTableView, QListView, QTextBrowser, QPlainTextEdit { background: $card; border: 1px solid $border;
    border-radius: 6px;
    alternate-background-color: $panel; gridline-color: $border; }
QTableView::item { padding: 0 8px; border: none; }
QTableView::item:selected { background: $hover; color: $text; }
QTextBrowser[look="reading"] { background: transparent; border: none; }
QListView[look="lessons"]::item:selected { background: $hover; color: $text; border-left: 3px solid $accent; }
QHeaderView::section { background: $panel; color: $dim; border: none; border-bottom: 1px solid $border;
    padding: 6px 8px;
    font-weight: 600; }
QTableCornerButton::section { background: $panel; border: none; }
""")

_icon_folders: dict[str, QTemporaryDir] = {}


def stylesheet(look: Theme, accent: str = "vae") -> str:
    """The sheet of a window or, with another ``accent``, of one family's tab inside it."""
    colours = {k: v for k, v in vars(look).items() if isinstance(v, str)}
    sizes = {"body": 13, "small": 11, "dense": 12, "large": 14, "title": 16, "big": 18}
    heights = {"control": 28, "field_height": 26, "big_control": 38, "pill": 24, "half": 12, "header": 44}
    numbers = {k: str(look.px(v)) for k, v in (sizes | heights).items()}
    return _SHEET.substitute(colours | numbers, accent=look.accent(accent), icons=_icons(look, accent))


def dress(app: QApplication, look: Theme, window: QWidget | None = None) -> None:
    """Give the whole application this look: style, palette, font and sheet.

    With a ``window`` the sheet is that window's, and with it of its dialogs, menus and tooltips: Qt changes a sheet of the
    application many times as slowly (it styles every widget once for each of its ancestors).
    """
    if app.style().name() != "fusion":
        app.setStyle("Fusion")  # the one style that looks the same, and follows the palette, on every platform
    app.setPalette(palette(look))
    app.setFont(theme.font(13))
    if window is None:
        app.setStyleSheet(stylesheet(look))
        return
    if app.styleSheet():
        app.setStyleSheet("")
    window.setStyleSheet(stylesheet(look))


def set_look(widget: QWidget, look: str, **properties: object) -> None:
    """Choose a look of the sheet for a widget and repolish it, since Qt does not by itself."""
    for name, value in {"look": look, **properties}.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def palette(look: Theme) -> QPalette:
    """The same colours for what the sheet does not reach."""
    result = QPalette()
    role = QPalette.ColorRole
    pairs = {
        role.Window: look.window,
        role.WindowText: look.text,
        role.Base: look.card,
        role.AlternateBase: look.panel,
        role.Text: look.text,
        role.Button: look.field,
        role.ButtonText: look.text,
        role.BrightText: look.danger,
        role.Highlight: look.hover,
        role.HighlightedText: look.text,
        role.ToolTipBase: look.card,
        role.ToolTipText: look.text,
        role.PlaceholderText: look.dim,
        role.Link: look.focus,
        role.LinkVisited: look.focus,
        role.Mid: look.border,
        role.Dark: look.border,
        role.Light: look.hover,
        role.Shadow: look.window,
    }
    for key, value in pairs.items():
        result.setColor(key, QColor(value))
    for key in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, key, QColor(look.dim))
    return result


def _icons(look: Theme, accent: str) -> str:
    """A folder with the sheet's arrows and ticks in this theme's colours, gone when the process ends."""
    key = f"{look.name}-{accent}"
    if key not in _icon_folders:
        folder = _temporary()
        for name, data in {
            "down": icons.svg_chevron(look.dim),
            "up": icons.svg_chevron(look.dim, up=True),
            "check": icons.svg_check(look.on_accent),
            "tick": icons.svg_check(look.text),
        }.items():
            if folder.isValid():
                Path(folder.path(), f"{name}.svg").write_bytes(bytes(data.data()))
        _icon_folders[key] = folder
    return Path(_icon_folders[key].path()).as_posix()


def _temporary() -> QTemporaryDir:
    """A folder of the system's for temporary files, or, where none may be written (a strict lab machine), in the user's cache; one
    that is not valid where neither may: the window then does without arrows and ticks.
    """
    folder = QTemporaryDir()
    if not folder.isValid():
        cache = platformdirs.user_cache_path("generative-playground", appauthor=False)
        with contextlib.suppress(OSError):
            cache.mkdir(parents=True, exist_ok=True)
            folder = QTemporaryDir(str(cache / "window-XXXXXX"))
    return folder
