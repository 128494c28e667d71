"""How likely held-out items are under a model, and the divergences that follow where the density of the data is known."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from playground.engine.datasets.base import to_float
from playground.engine.metrics.estimates import mean_and_error
from playground.engine.report_card.space import Step

if TYPE_CHECKING:
    from playground.engine.answers import Answers
    from playground.engine.report_card.card import Card

POINTS, PICTURES = 800, 200  # items at effort 1; of points as many samples again, for the Jensen-Shannon divergence
SEED = 20_131_231


def likelihood_part(of: Answers, card: Card, samples: Tensor, effort: float) -> Iterator[Step]:
    """-log p of held-out items; for points whose density is known KL(data || model) and the Jensen-Shannon divergence too."""
    numbers, density = card.numbers, of.data.density
    n = max(20, round((PICTURES if of.data.kind == "image" else POINTS) * effort))
    if density is not None:
        x = density.sample(n, torch.Generator().manual_seed(SEED)).float()
        both = torch.cat([x, samples[:n]])
    else:
        items = of.data.test if len(of.data.test) else of.data.train
        both = x = to_float(items[:n])
    steps = of.likelihoods(both.to(of.device))
    numbers["likelihood_kind"] = "none"
    if steps is None:
        return
    found: Any = None
    for step in steps:
        if isinstance(step, tuple):
            yield step
        else:
            found = step
    nll = found.nll.detach().cpu().double()
    here = nll[: len(x)]
    numbers |= {"likelihood_kind": found.kind, "likelihood_note": found.note, "likelihood_n": len(x)}
    numbers["nll"], numbers["nll_error"] = mean_and_error(here)
    card.evidence["nll"] = here.float().numpy()
    if of.data.kind == "image":
        numbers["bits_per_dim"] = numbers["nll"] / math.log(2) / math.prod(of.data.shape)
        numbers["bits_per_dim_error"] = numbers["nll_error"] / math.log(2) / math.prod(of.data.shape)
    if density is not None:
        log_p = density.log_prob(both)
        numbers["entropy"] = density.entropy()
        card.evidence["nll_data"] = -log_p[: len(x)].float().numpy()
        # That these items happen to be likelier than others is no merit of the model: their own mean is taken off.
        numbers["kl_data_model"], numbers["kl_data_model_error"] = mean_and_error(log_p[: len(x)] + here)
        numbers["kl_is_bound"] = found.kind == "bound"
        if found.kind != "bound":
            numbers["js"], numbers["js_error"] = jensen_shannon(log_p + nll, len(x))


def jensen_shannon(log_ratio: Tensor, n: int) -> tuple[float, float]:
    """JS(p, q) in nats and its standard error, from log p/q at ``n`` items of p and then as many of q: (2 n,).

    With u = p / m, m = (p + q)/2, JS = E_m[g(u)] for g(u) = (u ln u + (2 - u) ln(2 - u)) / 2, and half of the items of m are p's,
    half q's. As g has its least value 0 and no slope at u = 1, the estimate is never negative and errs little where p and q are
    near, unlike the mean of ln p/m over items of p plus that of ln q/m over items of q, which it equals in the mean.
    """
    u = 2 * torch.sigmoid(torch.nan_to_num(log_ratio.double(), nan=0.0, posinf=1e4, neginf=-1e4))
    v = 2 - u
    g = (torch.special.xlogy(u, u) + torch.special.xlogy(v, v)) / 2
    ours, theirs = g[:n], g[n:]
    error = 0.5 * math.sqrt(float(ours.var()) / len(ours) + float(theirs.var()) / len(theirs))
    return float((ours.mean() + theirs.mean()) / 2), error
