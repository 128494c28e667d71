"""Closed forms: what theory says the best possible model would do, drawn beside what the network learned."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.engine.metrics.estimates import mean_and_error


@dataclass(frozen=True)
class PPCA:
    """Probabilistic PCA fitted by maximum likelihood (Tipping & Bishop 1999): the optimum of a linear VAE (Lucas et al. 2019).

    ``mean`` (D,), ``eigenvalues`` (D,) of the data covariance in descending order, ``components`` (k, D) unit rows,
    ``sigma2`` the noise variance, ``log_likelihood`` the mean over the data in nats per item.
    """

    mean: Tensor
    eigenvalues: Tensor
    components: Tensor
    sigma2: float
    log_likelihood: float

    def log_prob(self, x: Tensor) -> Tensor:
        """log N(x; mean, W W^T + sigma2 I) for x (N, D) or pictures of D pixels, in float64 nats."""
        k, dims = self.components.shape
        centred = x.double().flatten(1) - self.mean
        projected = centred @ self.components.T  # (N, k)
        variance = self.eigenvalues[:k].clamp_min(self.sigma2)
        inside = (projected**2 / variance).sum(1)
        outside = ((centred - projected @ self.components) ** 2).sum(1)  # no difference of large numbers
        log_det = variance.log().sum() + (dims - k) * math.log(self.sigma2)
        return -0.5 * (dims * math.log(2 * math.pi) + log_det + inside + outside / self.sigma2)


def fit_ppca(x: Tensor, k: int, sigma2: float | None = None) -> PPCA:
    """Maximum-likelihood pPCA with ``k`` latents of data ``x`` (N, D); the noise is fitted too unless ``sigma2`` is given.

    ln L / N = -1/2 [D ln 2 pi + sum_{j<=k} ln l_j + (D - k) ln s2 + k' + (sum of the rest) / s2], Tipping & Bishop 1999, eq. 4-8;
    with s2 fitted it is the mean of the discarded eigenvalues. At fixed s2, directions with l_j <= s2 are not used:
    the number of active latents equals the number of eigenvalues above s2 (Lucas et al. 2019).
    """
    x = x.double().flatten(1)
    dims = x.shape[1]
    mean = x.mean(0)
    eigenvalues, vectors = torch.linalg.eigh((x - mean).T @ (x - mean) / len(x))
    eigenvalues, vectors = eigenvalues.flip(0).clamp_min(0), vectors.flip(1)
    if sigma2 is None:
        sigma2 = float(eigenvalues[k:].mean()) if k < dims else 1e-12
        sigma2 = max(sigma2, 1e-12)
    used = min(k, int((eigenvalues > sigma2).sum()))
    kept, rest = eigenvalues[:used], eigenvalues[used:]
    log_likelihood = -0.5 * (
        dims * math.log(2 * math.pi) + float(kept.log().sum()) + (dims - used) * math.log(sigma2) + used
        + float(rest.sum()) / sigma2
    )
    return PPCA(mean, eigenvalues, vectors[:, :used].T.contiguous(), sigma2, log_likelihood)


def principal_angles(a: Tensor, b: Tensor) -> Tensor:
    """Angles in degrees between the subspaces spanned by the rows of a (k, D) and b (k, D) (Björck & Golub 1973)."""
    qa, _ = torch.linalg.qr(a.double().T)
    qb, _ = torch.linalg.qr(b.double().T)
    # The sine form keeps small angles exact where the cosine loses them to rounding.
    sines = torch.linalg.svdvals(qb - qa @ (qa.T @ qb)).clamp(0, 1)
    return torch.rad2deg(torch.asin(sines))


# ---------------------------------------------------------------- the game of a GAN (Goodfellow et al. 2014)
def optimal_logit(log_p: Tensor, log_q: Tensor) -> Tensor:
    """ln p(x)/q(x), the logit of D*; 0 where neither has any mass, as D* may be anything there.

    Also the best score of a relativistic pairing loss, there up to a constant.
    """
    return torch.where((log_p == -math.inf) & (log_q == -math.inf), 0.0, log_p - log_q)


def optimal_discriminator(log_p: Tensor, log_q: Tensor) -> Tensor:
    """D*(x) = p(x) / (p(x) + q(x)) from log densities, in [0, 1] (Goodfellow et al. 2014, proposition 1).

    Best for cross-entropy, and for least squares with aims 1 and 0 (Mao et al. 2017, eq. 5).
    """
    return torch.sigmoid(optimal_logit(log_p, log_q))


def optimal_value(js: float) -> float:
    """V(D*, G) = 2 JS(p, q) - ln 4 in nats (Goodfellow et al. 2014, theorem 1): -ln 4 if G is the data, 0 if they are apart."""
    return 2 * js - math.log(4)


def value_of_game(logit_real: Tensor, logit_fake: Tensor) -> tuple[float, float]:
    """V(D, G) = E[log D(x)] + E[log(1 - D(G(z)))] with its standard error, in nats (Goodfellow et al. 2014, eq. 1).

    From logits (n,) of real and (m,) of generated items, drawn independently: the variances of the two means add.
    """
    real, real_error = mean_and_error(F.logsigmoid(logit_real.double()))
    fake, fake_error = mean_and_error(F.logsigmoid(-logit_fake.double()))
    return real + fake, math.hypot(real_error, fake_error)


def js_seen(logit_real: Tensor, logit_fake: Tensor) -> tuple[float, float]:
    """ln 2 + V(D, G)/2 with its standard error: how much of the Jensen-Shannon divergence a D sees, in nats.

    At most the divergence, but for sampling error; equal to it for D = D* (Goodfellow et al. 2014, theorem 1).
    """
    value, error = value_of_game(logit_real, logit_fake)
    return math.log(2) + value / 2, error / 2


def pairing_js(score_real: Tensor, score_fake: Tensor) -> float:
    """ln 2 + E[log sigmoid(C(x) - C(y))] over all pairs of real x and generated y, in nats: what a relativistic critic C sees.

    At most JS(p x q, q x p), the divergence of real-generated from generated-real pairs, which lies between JS(p, q) and ln 2.
    Equal to it for C = ln p/q + any constant, because ln [p(x) q(y) / q(x) p(y)] = C(x) - C(y) is the logit of the best D of pairs.
    """
    gaps = score_real.double()[:, None] - score_fake.double()[None]  # (n, m)
    return math.log(2) + float(F.logsigmoid(gaps).mean())
