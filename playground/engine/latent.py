"""Walks through a latent space."""

from __future__ import annotations

import torch
from torch import Tensor


def lerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Straight line: (1 - t) a + t b. a, b: (..., d); t: (F,) -> (..., F, d)."""
    w = t.to(a)[:, None]
    return (1 - w) * a.unsqueeze(-2) + w * b.unsqueeze(-2)


def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Great-circle arc (Shoemake 1985): keeps the norm typical of Gaussian noise. a, b: (..., d); t: (F,) -> (..., F, d).

    The directions turn by the angle between a and b and the lengths go linearly from |a| to |b|, so that endpoints of different
    norms work too. Parallel, opposite or vanishing endpoints, for which no arc is defined, take the straight line.
    """
    length_a, length_b = a.norm(dim=-1, keepdim=True), b.norm(dim=-1, keepdim=True)
    tiny = torch.finfo(a.dtype).tiny
    u, v = a / length_a.clamp_min(tiny), b / length_b.clamp_min(tiny)
    # Kahan's form: the arc cosine of u . v would lose small angles, and those near 180 degrees, to rounding.
    apart, together = (u - v).norm(dim=-1, keepdim=True), (u + v).norm(dim=-1, keepdim=True)
    omega = 2 * torch.atan2(apart, together)  # (..., 1)
    sine = apart * together / 2
    w = t.to(a)  # (F,)
    left = (torch.sin((1 - w) * omega) / sine).unsqueeze(-1) * u.unsqueeze(-2)  # (..., F, d)
    right = (torch.sin(w * omega) / sine).unsqueeze(-1) * v.unsqueeze(-2)
    length = ((1 - w) * length_a + w * length_b).unsqueeze(-1)
    undefined = (sine < 1e-4) | (length_a < 1e-8) | (length_b < 1e-8)
    return torch.where(undefined.unsqueeze(-1), lerp(a, b, t), (left + right) * length)


PATHS = {"lerp": lerp, "slerp": slerp}


def principal_plane(mu: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (d,) and the two leading principal axes (2, d) of codes (N, d); unit rows, largest entry positive.

    With one latent the second axis is zero.
    """
    origin = mu.mean(0)
    axes = torch.zeros(2, mu.shape[1], dtype=mu.dtype)
    _, _, rows = torch.linalg.svd(mu - origin, full_matrices=False)
    axes[: min(2, len(rows))] = rows[:2]
    largest = axes.gather(1, axes.abs().argmax(1, keepdim=True))
    return origin, axes * torch.where(largest < 0, -1.0, 1.0)
