"""The symbols of the theory, in one table: what each means and which colour it has in text, equation, curve and control.

The colours are those of the curves (``Theme.role``), so that a quantity has one colour wherever it stands: data blue, what the
model learns, and its codes, in its family's accent, Kullback–Leibler divergences amber, noise lime, what is given and not learned
grey. Weights of opponents and encoders, and plain mathematics, keep the colour of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from playground.ui.theme import Theme

DATA, MODEL, KL, NOISE, GIVEN, TOTAL, TEXT = "data", "model", "kl", "monitor", "theory", "total", ""
ACCENTS = "[\u0300-\u036f]"  # hats and tildes, which follow their letter


@dataclass(frozen=True)
class Symbol:
    """``sign``: as it is shown (rich text). ``tex``: ways to write it in a formula. ``words``: ways to write it in labels and in
    the equation of a page (rich text). ``role``: of its colour, "" for the text's own. ``params``: hyper-parameters that set it.
    """

    sign: str
    meaning: str
    role: str = TEXT
    tex: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    params: tuple[str, ...] = ()


SYMBOLS: tuple[Symbol, ...] = (
    # ------------------------------------------------ data and models
    Symbol("x", "an item of the data, or one like it", DATA, ("x_i", "x"), ("x",)),
    Symbol("x<sub>0</sub>", "a clean item, before any noise was added", DATA, ("x_0",), ("x₀", "x<sub>0</sub>")),
    Symbol("x<sub>t</sub>", "the item at step t of the noise: part signal, part noise", TEXT,
           ("x_{t-1}", "x_t"), ("x<sub>t−1</sub>", "x<sub>t</sub>", "x_{t−1}", "x_t")),
    Symbol("x<sub>T</sub>", "the end of the noise, where next to no signal is left", NOISE, ("x_T",), ("x_T",)),
    Symbol("p<sub>data</sub>", "the distribution of the data", DATA,
           (r"p_{\text{data}}(x)", r"p_{\text{data}}"), ("p(data)", "p_data")),
    Symbol("p<sub>θ</sub>", "the distribution of what the model makes", MODEL,
           (r"p_\theta(x_i)", r"p_\theta(x)", r"p_\theta"), ("p(model)", "p_model")),
    Symbol("θ", "the weights of the model that makes items: decoder, generator or denoiser", MODEL,
           (r"\theta^*", r"\theta"), ("θ",)),
    Symbol("φ", "the weights of the encoder, or of the discriminator", TEXT, (r"\phi",), ("φ",)),
    # ------------------------------------------------ divergences
    Symbol("D<sub>KL</sub>(p ‖ q)",
           "Kullback–Leibler divergence, E<sub>p</sub>[log p/q], in nats: never below 0, and 0 only where p = q", KL,
           (r"D_{\text{KL}}",), ("KL",)),
    Symbol("D<sub>JS</sub>(p ‖ q)", "Jensen–Shannon divergence, in nats: 0 where both agree, ln 2 where they never meet", TOTAL,
           (r"D_{\text{JS}}",), ("JS",)),
    # ------------------------------------------------ codes
    Symbol("z", "a code: the latent variable behind an item; for a generator, the noise that it starts from", MODEL,
           ("z",), ("z",)),
    Symbol("p(z)", "the prior of codes, N(0, I): what they are drawn from when a new item is made", GIVEN, ("p(z)",), ("p(z)",)),
    Symbol("q<sub>φ</sub>(z|x)", "the encoder: where it believes the code of x to lie, as a distribution", MODEL,
           (r"q_\phi(z|x)", r"q_\phi"), ("q(z|x)",)),
    Symbol("p<sub>θ</sub>(x|z)", "the decoder: the distribution of x around what it makes of the code z", MODEL,
           (r"p_\theta(x|z)",), ("p(x|z)",), ("likelihood",)),
    Symbol("μ<sub>φ</sub>", "mean of the code of x, which the encoder computes", MODEL, (r"\mu_\phi(x)", r"\mu_\phi", r"\mu")),
    Symbol("σ<sub>φ</sub>", "standard deviation of the code of x, which the encoder computes", MODEL,
           (r"\sigma_\phi(x)", r"\sigma_\phi", r"\sigma")),
    Symbol("β", "weight of the KL in a VAE's loss: 1 gives the evidence lower bound", KL, (r"\beta",), ("β",), ("kl_weight",)),
    Symbol("d", "latent size: how many numbers a code has", MODEL, (), (), ("latent_dim", "code_dim")),
    # ------------------------------------------------ the game
    Symbol("G<sub>θ</sub>", "the generator: noise in, an item out", MODEL, (r"G_\theta",), ("G",)),
    Symbol("D<sub>φ</sub>", "the discriminator: the probability that it gives to “real”", TEXT, (r"D_\phi",), ("D",)),
    Symbol("D*", "the best discriminator there is: p<sub>data</sub>/(p<sub>data</sub> + p<sub>θ</sub>)", GIVEN,
           (r"D^*(x)", r"D^*"), ("D*",)),
    Symbol("V(D, G)", "value of the game: D raises it, G lowers it; −ln 4 at its end, where nobody can tell", TEXT,
           ("V(D, G)",), ("V(D, G)", "V")),
    # ------------------------------------------------ diffusion
    Symbol("ε", "standard normal noise, N(0, I)", NOISE, (r"\epsilon",), ("ε",)),
    Symbol("ε<sub>θ</sub>", "the noise in x<sub>t</sub> as the network predicts it", MODEL,
           (r"\epsilon_\theta(x_t, t)", r"\epsilon_\theta"), ("ε<sub>θ</sub>",)),
    Symbol("t", "step of the noise, or of the way back", GIVEN, ("t",), ("t",)),
    Symbol("T", "number of noise steps", GIVEN, ("T",), ("T",), ("num_timesteps",)),
    Symbol("β<sub>t</sub>", "variance of the noise that step t adds", GIVEN, (r"\beta_t",), ("β<sub>t</sub>",), ("schedule",)),
    Symbol("ᾱ<sub>t</sub>", "share of the signal's power that is left at step t: the product of all 1 − β up to t", GIVEN,
           (r"\bar{\alpha}_t", r"\bar{\alpha}"), ("ᾱ<sub>t</sub>", "ᾱ")),
    Symbol("∇ log p(x<sub>t</sub>)", "the score: the direction in which the density of noisy data rises fastest", MODEL,
           (r"\nabla_{x_t} \log p(x_t)", r"\nabla_{x_t} \log p")),
    Symbol("x̂<sub>0</sub>", "the clean item that the network believes in, given x<sub>t</sub>", MODEL, (r"\hat{x}_0",), ("x̂₀",)),
    # ------------------------------------------------ plain mathematics
    Symbol("E", "expectation: the mean over what stands below it", TEXT, (r"\mathbb{E}",), ("E<sub>",)),
    Symbol("N(μ, σ²)", "normal (Gaussian) distribution with this mean and variance", TEXT, (r"\mathcal{N}",), ("N(0, I)",)),
    Symbol("ℒ", "the loss: what training makes small", TEXT, (r"\mathcal{L}",), ("loss",)),
    Symbol("ELBO", "evidence lower bound: reconstruction minus KL, never above log p<sub>θ</sub>(x)", TOTAL, (), ("−ELBO", "ELBO")),
)  # fmt: skip

#: Of hyper-parameters: the symbol that each sets.
BY_PARAM: dict[str, Symbol] = {name: symbol for symbol in SYMBOLS for name in symbol.params}


def _table(forms: Callable[[Symbol], tuple[str, ...]]) -> dict[str, Symbol]:
    """Way to write it -> symbol, longer ones first: the first that fits is taken."""
    found = {form: symbol for symbol in SYMBOLS for form in forms(symbol)}
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


_TEX, _WORDS = _table(lambda s: s.tex), _table(lambda s: s.words)


def _pattern(forms: dict[str, Symbol], between: str) -> re.Pattern[str]:
    """Known forms, or else ``between``: pieces in which no letter is a symbol. Letters of a word are none either."""

    def alone(form: str) -> str:
        before = r"(?<![^\W\d_])" if form[0].isalpha() else ""
        return before + re.escape(form) + (rf"(?![^\W\d_]|{ACCENTS})" if form[-1].isalpha() else "")

    known = [alone(form) for form in forms]
    return re.compile("|".join([f"(?P<known>{'|'.join(known)})", between]))


_IN_TEX = _pattern(_TEX, r"\\(?:text|mathrm|operatorname)\{[^}]*\}|\\[A-Za-z]+")
_IN_WORDS = _pattern(_WORDS, r"<[^>]*>|&#?\w+;|β[₀-₉]")


def _dyed(text: str, forms: dict[str, Symbol], pattern: re.Pattern[str], paint: Callable[[Symbol, str], str]) -> str:
    def dye(found: re.Match[str]) -> str:
        form = found.group("known")
        return paint(forms[form], form) if form else found.group()

    return pattern.sub(dye, text)


def dyed_tex(tex: str, look: Theme, accent: str) -> str:
    """A formula with every known symbol in its colour."""
    return _dyed(tex, _TEX, _IN_TEX, lambda s, form: f"{{\\color{{{look.role(s.role, accent)}}}{form}}}" if s.role else form)


def dyed_words(text: str, look: Theme, accent: str) -> str:
    """A label in rich text with every known symbol in its colour."""

    def paint(symbol: Symbol, form: str) -> str:
        return f'<span style="color:{look.role(symbol.role, accent)}">{form}</span>' if symbol.role else form

    return _dyed(text, _WORDS, _IN_WORDS, paint)


def in_tex(tex: str) -> list[Symbol]:
    """The known symbols of a formula, each once, in their order."""
    return _found(tex, _TEX, _IN_TEX)


def in_words(text: str) -> list[Symbol]:
    """The known symbols of a label, each once, in their order."""
    return _found(text, _WORDS, _IN_WORDS)


def _found(text: str, forms: dict[str, Symbol], pattern: re.Pattern[str]) -> list[Symbol]:
    return list(dict.fromkeys(forms[m.group("known")] for m in pattern.finditer(text) if m.group("known")))


def definitions(symbols: list[Symbol], look: Theme, accent: str) -> str:
    """What they mean, a line each, as a tooltip says it; "" for none."""
    lines = [f'<b style="color:{look.role(s.role, accent) if s.role else look.text}">{s.sign}</b>: {s.meaning}' for s in symbols]
    return "<br>".join(lines)


def plain(rich: str) -> str:
    """Rich text without its tags."""
    return re.sub("<[^>]*>", "", rich)
