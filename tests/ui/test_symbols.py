"""Symbols: found where they stand and nowhere else, in one colour everywhere, each with its definition."""

from __future__ import annotations

import re

import pytest
from pytestqt.qtbot import QtBot

from playground.engine import FAMILIES, lessons_on_board, params
from playground.ui import symbols as s
from playground.ui import theme
from playground.ui.lessons.glossary import GlossaryDialog, entries
from playground.ui.lessons.typeset import typeset

BY_SIGN = {symbol.sign: symbol for symbol in s.SYMBOLS}


def signs(found: list[s.Symbol]) -> list[str]:
    return [symbol.sign for symbol in found]


def test_symbols_of_a_formula_are_found_longest_first() -> None:
    assert signs(s.in_tex(r"\epsilon_\theta(x_t, t) - \epsilon")) == ["ε<sub>θ</sub>", "ε"]
    assert signs(s.in_tex(r"\arg\max_\theta \log p_\theta(x_i)")) == ["θ", "p<sub>θ</sub>"], "commands hold no x and no t"
    assert not s.in_tex(r"\phinx + \text{T and z} + \exp"), "nor do words, nor longer commands"
    assert signs(s.in_tex(r"\beta\, D_{\text{KL}} + \beta_t")) == ["β", "D<sub>KL</sub>(p ‖ q)", "β<sub>t</sub>"]


def test_symbols_of_a_label_are_found_in_words_alone() -> None:
    assert signs(s.in_words("D at equilibrium")) == ["D<sub>φ</sub>"]
    nothing = "Data, <span style='x:z'>Gradient</span> &times; &#x27; β₁ Tea x̃"  # tags, entities, words, accents
    assert not s.in_words(nothing)
    assert signs(s.in_words("KL(q(z|x) ‖ p(z))")) == ["D<sub>KL</sub>(p ‖ q)", "q<sub>φ</sub>(z|x)", "p(z)"]


@pytest.mark.parametrize("look", list(theme.THEMES.values()), ids=list(theme.THEMES))
def test_a_symbol_has_one_colour_in_formula_and_label(look: theme.Theme) -> None:
    for symbol in s.SYMBOLS:
        if not symbol.role:
            continue
        colour = look.role(symbol.role, "gan")
        for tex in symbol.tex:
            assert s.dyed_tex(tex, look, "gan") == f"{{\\color{{{colour}}}{tex}}}", tex
            assert typeset(s.dyed_tex(tex, look, "gan"), 15, look.text) is not None
        for words in symbol.words:
            assert s.dyed_words(words, look, "gan") == f'<span style="color:{colour}">{words}</span>', words


def test_colours_of_symbols_are_few_and_can_be_read() -> None:
    roles = {symbol.role for symbol in s.SYMBOLS} - {"", "total"}
    assert len(roles) <= 6
    for look in theme.THEMES.values():
        colours = {look.role(role, accent) for role in roles for accent in look.accents}
        for surface in (look.panel, look.card, look.window):
            assert min(theme.contrast(colour, surface) for colour in colours) >= 4.5


def test_every_symbol_has_a_definition_and_a_way_to_be_written() -> None:
    assert len({symbol.sign for symbol in s.SYMBOLS}) == len(s.SYMBOLS)
    for written in ("tex", "words", "params"):
        forms = [form for symbol in s.SYMBOLS for form in getattr(symbol, written)]
        assert len(forms) == len(set(forms)), "a way to write two symbols"
    for symbol in s.SYMBOLS:
        assert len(symbol.meaning) > 10 and (symbol.tex or symbol.words or symbol.params)
    names = {name for family in FAMILIES.values() for name in params(family.config)}
    assert set(s.BY_PARAM) <= names


def test_the_curves_that_are_a_symbol_have_its_colour() -> None:
    """KL is amber in the formula and in the plot, G is the model's colour in both."""
    look, checked = theme.DARK, 0
    for family in FAMILIES.values():
        for series in (x for panel in family.panels for x in panel.series):
            found = s.in_words(series.label)
            if len(found) != 1 or series.role in ("theory", "monitor") or not re.fullmatch(r"[A-Z]+(\(.*‖.*\))?", series.label):
                continue
            own = look.role(found[0].role, family.accent) if found[0].role else look.text
            assert look.role(series.role, family.accent) == own, (family.name, series.label)
            checked += 1
    assert checked >= 8


def test_the_glossary_says_where_a_symbol_is_met() -> None:
    found = {entry.symbol.sign: " ".join(entry.places) for entry in entries(FAMILIES, lessons_on_board())}
    assert "Recipe: VAE" in found["β"] and "ELBO and the cost of β" in found["β"] and "Equation: VAE" in found["β"]
    assert "Diffusion" not in found["β"] and "Recipe: Diffusion" in found["T"]
    assert all(entry.places for entry in entries(FAMILIES, lessons_on_board())), "a symbol that nobody ever meets"


def test_the_glossary_is_searched(qtbot: QtBot) -> None:
    dialog = GlossaryDialog(entries(FAMILIES), "vae")
    qtbot.addWidget(dialog)
    assert dialog.page.toPlainText().count("\n") > len(s.SYMBOLS)
    dialog.search.setText("Best discriminator")
    text = dialog.page.toPlainText()
    assert "D*" in text and "generator: noise in" not in text and dialog.count.text().startswith("1 of ")
    dialog.search.setText("zebra")
    assert "No symbol" in dialog.page.toPlainText()
