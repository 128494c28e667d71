"""What D sees in pictures: their scores, and the pixels on which a score hangs."""

from __future__ import annotations

import torch
from torch import Tensor

from playground.engine.families.gan.model import GAN


@torch.enable_grad()
def looks(model: GAN, x: Tensor) -> Tensor:
    """|d score / d pixel| of pictures x (N, C, H, W), the largest over the channels, each picture's own maximum at 1: (N, H, W).

    Simonyan et al. 2014, arXiv:1312.6034, section 3. A score that hangs on no pixel gives zeros.
    """
    x = x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(model.score(x).sum(), x)
    size = slope.abs().amax(1)  # (N, H, W)
    return size / size.amax((1, 2), keepdim=True).clamp_min(1e-30)


def told_apart(real: Tensor, fake: Tensor, midpoint: Tensor | float) -> float:
    """Share of items on their side of the midpoint, real scores (n,) above and generated ones (m,) below; both sets weigh the same.

    A score at the midpoint counts half: a D that says the same of all items tells nothing apart, 0.5.
    """
    right_real = (real > midpoint).float().mean() + 0.5 * (real == midpoint).float().mean()
    right_fake = (fake < midpoint).float().mean() + 0.5 * (fake == midpoint).float().mean()
    return float((right_real + right_fake) / 2)
