"""Losses and bounds, one function each, in the symbols of their papers. All results are in nats; all are differentiable."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

LOG_2PI = math.log(2 * math.pi)


def gaussian_log_prob(x: Tensor, mean: Tensor, log_sigma: Tensor) -> Tensor:
    """log N(x; mean, sigma^2), element by element; shapes broadcast."""
    return -0.5 * (LOG_2PI + ((x - mean) * torch.exp(-log_sigma)) ** 2) - log_sigma


def standard_normal_log_prob(z: Tensor) -> Tensor:
    """log N(z; 0, I) summed over the last dimension."""
    return -0.5 * (LOG_2PI + z**2).sum(-1)


def bernoulli_log_prob(x: Tensor, logits: Tensor) -> Tensor:
    """log Bernoulli(x; sigmoid(logits)), element by element, for x in [0, 1]; stable for any logit.

    For 0 < x < 1 this is the negative cross-entropy, no log-probability of anything: the caller says so on screen.
    """
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none")


def kl_to_standard_normal(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, sigma^2) || N(0, 1)) for every latent dimension, same shape as mu (Kingma & Welling 2013, appendix B)."""
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar)


def free_bits_kl(kl: Tensor, free: float) -> Tensor:
    """sum_j max(free, mean over the batch of KL_j), a scalar: Kingma et al. 2016, eq. 15; ``kl`` is (B, d)."""
    per_dim = kl.mean(0)  # (d,)
    return per_dim.clamp_min(free).sum() if free > 0 else per_dim.sum()


def importance_weighted_bound(log_w: Tensor) -> Tensor:
    """log (1/K) sum_k w_k, for log-weights (K, B) -> (B,): the IWAE bound, Burda et al. 2016, eq. 8."""
    return torch.logsumexp(log_w, 0) - math.log(log_w.shape[0])
