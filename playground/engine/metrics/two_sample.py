"""Can a classifier tell generated items from real ones? The classifier two-sample test (Lopez-Paz & Oquab 2017)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.engine.metrics.sets import checked_pair

HIDDEN, STEPS, BATCH, RATE, DECAY = 20, 500, 256, 1e-2, 1e-3  # 20 ReLU units, as in the paper


@dataclass(frozen=True)
class TwoSampleTest:
    """``accuracy``: share of ``tested`` held-out items put on the right side: 0.5 = cannot be told apart (best), 1 = told apart.

    ``error``: its binomial standard error sqrt(a (1 - a) / tested). ``chance_error``: the same for 0.5, which is the spread of what
    real data score against real data.
    """

    accuracy: float
    error: float
    chance_error: float
    tested: int


def two_sample_test(x: Tensor, y: Tensor, hidden: int = HIDDEN, steps: int = STEPS, seed: int = 0) -> TwoSampleTest:
    """Accuracy of a network with ``hidden`` ReLU units, 0 for a logistic regression, on features x (N, ...) and y (M, ...).

    Lopez-Paz & Oquab 2017 (arXiv:1610.06545), eq. 2: trained on half of the items, tested on the others, equally many of each set
    (the smaller's number; of the larger one at random). For equal distributions the accuracy is 1/2 with the variance
    1 / (4 tested), at every N; it never exceeds the Bayes accuracy (1 + total variation) / 2 but by chance. An item keeps its place
    in both sets, so that a set against itself scores 0.5.
    """
    x, y = checked_pair(x, y, least=4)
    half = min(len(x), len(y)) // 2
    x, y = (_shuffled(v, seed) for v in (x, y))
    train, test = (torch.cat([x[part], y[part]]) for part in (slice(half), slice(half, 2 * half)))  # (2 half, D)
    side = torch.arange(2).repeat_interleave(half).double()  # 0 = x, 1 = y
    mean, std = train.mean(0), train.std(0)
    std = torch.where(std > 0, std, 1.0)  # a feature that never changes
    network = _trained((train - mean) / std, side, hidden, steps, seed)
    with torch.no_grad():
        logit = network((test - mean) / std)[:, 0]
    right = ((logit > 0) == (side > 0)).double()
    accuracy, tested = float(right.mean()), len(right)
    return TwoSampleTest(accuracy, math.sqrt(accuracy * (1 - accuracy) / tested), math.sqrt(0.25 / tested), tested)


def _shuffled(v: Tensor, seed: int) -> Tensor:
    return v[torch.randperm(len(v), generator=torch.Generator().manual_seed(seed))]


def _trained(x: Tensor, side: Tensor, hidden: int, steps: int, seed: int) -> nn.Module:
    """Cross-entropy by Adam, its rate falling to 0, on features x (n, D) with the sides (n,)."""
    stream = torch.Generator().manual_seed(seed)
    network = _network(x.shape[1], hidden, stream)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    with torch.enable_grad():
        for step in range(steps):
            chosen = torch.randint(len(x), (BATCH,), generator=stream)
            loss = F.binary_cross_entropy_with_logits(network(x[chosen])[:, 0], side[chosen])
            optimizer.param_groups[0]["lr"] = RATE * (1 - step / steps)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
    return network


def _network(features: int, hidden: int, stream: torch.Generator) -> nn.Module:
    """Weights N(0, 2 / fan-in), of the last layer 0 as all biases. Made on the meta device, it draws from no other stream."""
    with torch.device("meta"):
        layers = [nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, 1)] if hidden else [nn.Linear(features, 1)]
        network = nn.Sequential(*layers).double()
    network = network.to_empty(device="cpu")
    for p in network.parameters():
        nn.init.zeros_(p)
    if hidden:
        nn.init.kaiming_normal_(next(network.parameters()), nonlinearity="relu", generator=stream)
    return network
