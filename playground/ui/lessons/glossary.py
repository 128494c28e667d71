"""The symbols of the lessons: what each means, and the colour that it has in text, plots and controls."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playground.ui.theme import Theme


@dataclass(frozen=True)
class Symbol:
    """``tex``: how it is written; ``role``: of its colour, as in the curves ("" the text's own); ``meaning``, for a hover."""

    tex: str
    meaning: str
    role: str = ""


#: Longer ones first where one is part of another: the first that fits is taken.
SYMBOLS = (
    Symbol(r"p_{\text{data}}", "the distribution of the data", "data"),
    Symbol(r"D_{\text{KL}}", "Kullback–Leibler divergence: E_p[log p/q], in nats; 0 only where p = q", "kl"),
    Symbol(r"D_{\text{JS}}", "Jensen–Shannon divergence: 0 where both agree, ln 2 where they never meet", "kl"),
    Symbol(r"p_\theta(x|z)", "the decoder: the distribution of x around what it makes of the code z", "reconstruction"),
    Symbol(r"q_\phi(z|x)", "the encoder: what it believes the code of x to be"),
    Symbol(r"p_\theta", "the distribution of what the model makes", "model"),
    Symbol(r"D^*", "the best discriminator there is, p_data/(p_data + p_model)", "theory"),
    Symbol(r"D_\phi", "the discriminator: the probability it gives to “real”"),
    Symbol(r"G_\theta", "the generator: noise in, an item out", "model"),
    Symbol(r"\epsilon_\theta", "the noise as the network predicts it", "model"),
    Symbol(r"\bar{\alpha}_t", "share of the signal's power that is left at step t: the product of all α up to t"),
    Symbol(r"\beta_t", "variance of the noise added in step t"),
    Symbol(r"\nabla_{x_t} \log p", "the score: the direction in which the density of noisy data rises fastest"),
    Symbol(r"\mu_\phi", "mean of the code of x"),
    Symbol(r"\sigma_\phi", "standard deviation of the code of x"),
    Symbol(r"p(z)", "the prior of codes, N(0, I)"),
    Symbol(r"\epsilon", "standard normal noise"),
    Symbol(r"\theta", "the weights of the model"),
    Symbol(r"\phi", "the weights of the encoder, or of the discriminator"),
)

_PATTERN = re.compile("|".join(re.escape(s.tex) + (r"(?![A-Za-z])" if s.tex[-1].isalpha() else "") for s in SYMBOLS))
_BY_TEX = {s.tex: s for s in SYMBOLS}


def coloured(tex: str, look: Theme, accent: str) -> str:
    """The same formula with every known symbol in the colour of its role."""

    def dye(found: re.Match[str]) -> str:
        symbol = _BY_TEX[found.group()]
        return f"{{\\color{{{look.role(symbol.role, accent)}}}{symbol.tex}}}" if symbol.role else symbol.tex

    return _PATTERN.sub(dye, tex)


def meanings(tex: str) -> list[Symbol]:
    """The known symbols of a formula, each once, in their order."""
    return list(dict.fromkeys(_BY_TEX[found.group()] for found in _PATTERN.finditer(tex)))
