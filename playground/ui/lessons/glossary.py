"""The glossary: every symbol with its colour, what it means, and where it is met in this program."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QTextBrowser, QVBoxLayout, QWidget

from playground.engine import Lesson, params
from playground.ui import theme
from playground.ui.lessons.math_text import FORMULA
from playground.ui.style import set_look
from playground.ui.symbols import BY_PARAM, SYMBOLS, Symbol, in_tex, in_words, plain


@dataclass(frozen=True)
class Entry:
    """One line of the glossary. ``places``: "Equation: VAE, GAN", "Lesson: The minimax game and D*"."""

    symbol: Symbol
    places: tuple[str, ...]

    @property
    def haystack(self) -> str:
        """What a search looks through."""
        return plain(" ".join((self.symbol.sign, self.symbol.meaning, *self.symbol.words, *self.places))).casefold()


def entries(families: Mapping[str, Any], lessons: Sequence[Lesson] = ()) -> list[Entry]:
    """The symbols of the theory in their order, then those of hyper-parameters that the theory does not name."""
    theory = [Entry(symbol, tuple(_places(symbol, families, lessons))) for symbol in SYMBOLS]
    return theory + _of_the_forms(families)


def _places(symbol: Symbol, families: Mapping[str, Any], lessons: Sequence[Lesson]) -> list[str]:
    """Where a symbol stands, told by the tables that the window is made of."""
    found = {
        "Equation": [f.title for f in families.values() if any(symbol in in_words(t.symbol) for t in f.equation)],
        "Curves": [f.title for f in families.values() if any(symbol in in_words(s.label) for p in f.panels for s in p.series)],
        "Recipe": [f.title for f in families.values() if any(name in params(f.config) for name in symbol.params)],
        "Lessons": [lesson.title for lesson in lessons if symbol in symbols_of(lesson)],
    }
    return [f"{where}: {', '.join(dict.fromkeys(names))}" for where, names in found.items() if names]


def symbols_of(lesson: Lesson) -> set[Symbol]:
    """The symbols in the formulas of a lesson."""
    texts = [text for step in lesson.steps for text in (step.text, step.question.why if step.question else "")]
    return {symbol for text in texts for a, b in FORMULA.findall(text) for symbol in in_tex(a or b)}


def _of_the_forms(families: Mapping[str, Any]) -> list[Entry]:
    """Symbols of hyper-parameters, each once for every meaning."""
    found: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for family in families.values():
        for name, spec in params(family.config).items():
            if spec.symbol and name not in BY_PARAM:
                found.setdefault((spec.symbol, spec.label), (spec.help, []))[1].append(family.title)
    return [
        Entry(Symbol(sign, f"<b>{label}.</b> {html.escape(text)}", "model"), (f"Recipe: {', '.join(names)}",))
        for (sign, label), (text, names) in sorted(found.items(), key=lambda pair: pair[0][1])
    ]


class GlossaryDialog(QDialog):
    """A list to read and to search. It may stay open beside the window."""

    def __init__(self, found: list[Entry], accent: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Glossary of symbols")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        look = theme.current()
        self.resize(look.px(620), look.px(640))
        self._entries, self._accent = found, accent
        self.search, self.page, self.count = QLineEdit(), QTextBrowser(), QLabel()
        self.search.setPlaceholderText("Search: a symbol, a word, a family, a lesson")
        self.search.setClearButtonEnabled(True)
        self.search.setToolTip("Only the lines that hold all of these words are shown.")
        self.search.setAccessibleName("Search the glossary")
        self.page.setAccessibleName("Symbols and their meanings")
        set_look(self.count, "small")
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.SPACE_L,) * 4)
        column.setSpacing(theme.SPACE_M)
        for widget in (self.search, self.page, self.count, close):
            column.addWidget(widget, 1 if widget is self.page else 0)
        self.search.textChanged.connect(self._show)
        self._show("")

    def shown(self, words: str) -> list[Entry]:
        """The entries that hold all of these words."""
        wanted = words.casefold().split()
        return [entry for entry in self._entries if all(word in entry.haystack for word in wanted)]

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Another theme is worn."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self.isVisible():
            self._show(self.search.text())

    def _show(self, words: str) -> None:
        found = self.shown(words)
        rows = "".join(_row(entry, theme.current(), self._accent) for entry in found)
        none = "<p>No symbol has all of these words. Search for less.</p>"
        self.page.setHtml(f'<table cellpadding="5" cellspacing="0" width="100%">{rows}</table>' if rows else none)
        self.count.setText(f"{len(found)} of {len(self._entries)} symbols. The same colour is the same quantity, everywhere.")


def _row(entry: Entry, look: theme.Theme, accent: str) -> str:
    symbol, families = entry.symbol, ", ".join(f"'{f}'" for f in theme.SERIF)
    colour = look.role(symbol.role, accent) if symbol.role else look.text
    style = f"font-family: {families}; font-size: {look.px(18)}px; font-style: italic; color: {colour}"
    places = "<br>".join(html.escape(place) for place in entry.places)
    where = f'<br><span style="color: {look.dim}; font-size: {look.px(11)}px">{places}</span>' if places else ""
    return f'<tr><td width="24%"><span style="{style}">{symbol.sign}</span></td><td>{symbol.meaning}{where}</td></tr>'
