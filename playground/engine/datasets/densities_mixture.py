"""Gaussian mixtures on the plane: density, score, sampling, entropy."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from playground.engine.datasets.densities_plane import CHUNK, LOG_2PI, REACH, PlaneDensity, choose, normal, uniform
from playground.engine.datasets.quadrature import adaptive_gaussian_mean, chunks, entropy_over, lattice

#: Centres at least this many standard deviations apart count as modes of their own (2.3 % lie nearer to a neighbour).
SEPARATED = 4.0


class GaussianMixture(PlaneDensity):
    """p(x) = sum_k w_k N(x; mu_k, Sigma_k).

    ``weights`` (K,) positive, normalised here to sum to 1; components of weight 0 are left out. ``means`` (K, 2);
    ``covariances`` (K, 2, 2) symmetric and positive definite. All are kept in float64 under these names. ``modes`` and
    its kin are set only if all centres are at least 4 standard deviations apart (see :func:`separation`).

    Raises:
        ValueError: for shapes that do not fit, weights negative or all 0, a covariance not positive definite.
    """

    label_name = "mode"

    def __init__(self, weights: Tensor, means: Tensor, covariances: Tensor) -> None:
        k = len(weights)
        if weights.shape != (k,) or means.shape != (k, 2) or covariances.shape != (k, 2, 2):
            raise ValueError("a mixture of K Gaussians has weights (K,), means (K, 2) and covariances (K, 2, 2)")
        weights, means, covariances = weights.double(), means.double(), covariances.double()
        if not (weights >= 0).all() or not 0 < weights.sum() < math.inf or not means.isfinite().all():
            raise ValueError("weights are at least 0, their sum is above 0, and all numbers are finite")
        keep = weights > 0
        self.weights = weights[keep] / weights.sum()
        self.means = means[keep]
        self.covariances = covariances[keep]
        self._cholesky, info = torch.linalg.cholesky_ex(self.covariances)  # (K, 2, 2), lower
        if info.any() or not self._cholesky.isfinite().all():
            raise ValueError("every covariance is symmetric and positive definite")
        self._whiten = torch.linalg.inv(self._cholesky)  # L^-1
        self._log_scale = self.weights.log() - LOG_2PI - self._cholesky.diagonal(dim1=1, dim2=2).log().sum(1)
        self.bounds = self._box(REACH)
        if separation(self.means, self.covariances) >= SEPARATED:
            self.modes, self.mode_weights, self.mode_covariances = self.means, self.weights, self.covariances

    @classmethod
    def round(cls, means: Tensor, std: float) -> GaussianMixture:
        """Equal weights and one ``std`` for all ``means`` (K, 2)."""
        k = len(means)
        covariances = (std**2 * torch.eye(2, dtype=torch.float64)).expand(k, 2, 2)
        return cls(torch.full((k,), 1 / k, dtype=torch.float64), means, covariances)

    def log_components(self, x: Tensor, among: Tensor | slice = slice(None)) -> Tensor:
        """ln(w_k N(x; mu_k, Sigma_k)) for float64 ``x`` (N, 2): (N, K), or only the components ``among``."""
        exponent: Tensor = self._whitened(x, among).square().sum(2) / 2
        log_scale: Tensor = self._log_scale[among]
        return log_scale - exponent

    def _whitened(self, x: Tensor, among: Tensor | slice = slice(None)) -> Tensor:
        """L_k^-1 (x - mu_k): (N, K, 2)."""
        d0, d1 = (x[:, None] - self.means[among]).unbind(2)  # (N, K) each
        a, b, c = (self._whiten[among, i, j] for i, j in ((0, 0), (1, 0), (1, 1)))
        return torch.stack([a * d0, b * d0 + c * d1], 2)

    def _log_prob(self, x: Tensor) -> Tensor:
        return torch.cat([self.log_components(part).logsumexp(1) for part in chunks(x, self._rows())])

    def _score(self, x: Tensor) -> Tensor:
        """sum_k r_k(x) Sigma_k^-1 (mu_k - x), with the responsibilities r_k = w_k N_k / p."""
        parts = []
        for part in chunks(x, self._rows()):
            z = self._whitened(part)  # (N, K, 2)
            r = (self._log_scale - z.square().sum(2) / 2).softmax(1)
            parts.append(-torch.einsum("nk,nki,kij->nj", r, z, self._whiten))
        return torch.cat(parts)

    def _rows(self) -> int:
        return max(1, CHUNK // (4 * len(self.weights)))

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        if (self.weights == self.weights[0]).all():
            k = choose(len(self.weights), n, generator)
        else:
            steps = self.weights.cumsum(0)
            k = torch.searchsorted(steps, uniform(n, generator) * steps[-1], right=True).clamp_(max=len(steps) - 1)
        return self.means[k] + (self._cholesky[k] @ normal(n, generator)[:, :, None])[:, :, 0], k

    def _box(self, reach: float) -> tuple[float, float, float, float]:
        std = self.covariances.diagonal(dim1=1, dim2=2).sqrt()  # (K, 2)
        (x0, y0), (x1, y1) = (self.means - reach * std).amin(0).tolist(), (self.means + reach * std).amax(0).tolist()
        return x0, x1, y0, y1

    def _entropy(self) -> float:
        """H = sum_k w_k (H[N_k] - ln w_k) - sum_k w_k E_k[ln(p / w_k N_k)]: closed form, less the overlap.

        Good to 1e-5. Milliseconds if the widths are alike; hundreds of overlapping needles may take minutes.
        """
        near = self._neighbours()
        spacing = torch.linalg.eigvalsh(self.covariances).min().sqrt().item() / 2
        x0, x1, y0, y1 = box = self._box(8.0)
        on_lattice = (x1 - x0) * (y1 - y0) / spacing**2 * len(self.weights)  # rough costs, in kernels evaluated
        if on_lattice < 5000 * sum(len(n) for n in near if len(n) > 1):
            return entropy_over(self._log_prob, lattice(box, spacing))
        return self._entropy_by_squares(near)

    def _entropy_by_squares(self, near: list[Tensor]) -> float:
        apart: float = -(self.weights * (self._log_scale - 1)).sum().item()  # H[N_k] = ln(2 pi e) + ln det L_k
        return apart - sum(self.weights[k].item() * self._overlap(k, n) for k, n in enumerate(near) if len(n) > 1)

    def _neighbours(self) -> list[Tensor]:
        """For each k the components that matter for its overlap (itself among them).

        With r_j = w_j N_j / w_k N_k, E_k[ln(1 + sum_j r_j)] <= sum_j E_k[sqrt(r_j)], and w_k E_k[sqrt(r_j)] =
        sqrt(w_j w_k) BC(j, k) with the pair's Bhattacharyya coefficient: what is left out is below 1e-7 in all.
        """
        k = len(self.weights)
        both = (self.covariances[:, None] + self.covariances) / 2  # (K, K, 2, 2)
        d = self.means[:, None] - self.means  # (K, K, 2)
        quadratic = (d * torch.linalg.solve(both, d[..., None])[..., 0]).sum(2)
        log_det = torch.linalg.det(self.covariances).log()
        log_bc = -quadratic / 8 - (torch.linalg.det(both).log() - (log_det[:, None] + log_det) / 2) / 2
        log_cost = log_bc + (self.weights.log()[:, None] + self.weights.log()) / 2
        near = (log_cost > math.log(1e-7 / k**2)) | torch.eye(k, dtype=torch.bool)
        return [row.nonzero()[:, 0] for row in near]

    def _overlap(self, k: int, near: Tensor) -> float:
        """E_k[ln(p / w_k N_k)] >= 0, in component k's own whitened coordinates z = L_k^-1 (x - mu_k)."""
        mean, root = self.means[k], self._cholesky[k]
        seen = self._whiten[k] @ self.covariances[near] @ self._whiten[k].T  # (J, 2, 2), the others' covariances in z
        narrowest = torch.linalg.eigvalsh(seen)[:, 0].clamp_min(1e-24).sqrt()  # (J,)
        weight = self.weights[k].item()

        def log_ratio(z: Tensor) -> Tensor:
            out = []
            for part in chunks(z, max(1, CHUNK // (4 * len(near)))):
                own = self._log_scale[k] - part.square().sum(1) / 2
                out.append(self.log_components(mean + part @ root.T, near).logsumexp(1) - own)
            return torch.cat(out)

        def hides_detail(centre: Tensor, half: Tensor) -> Tensor:
            """Squares wider than 4 standard deviations of a component within reach, if they hold mass that matters."""
            distance = self._whitened(mean + centre @ root.T, near).norm(dim=2)  # (C, J)
            reached = distance - half[:, None] * math.sqrt(2) / narrowest < 8
            nearest = (centre.abs() - half[:, None]).clamp_min(0).square().sum(1)  # (C,) to the origin, squared
            matters = weight * half.square() * (-nearest / 2).exp() > 1e-7
            hidden: Tensor = matters & (reached & (half[:, None] > 2 * narrowest)).any(1)
            return hidden

        return adaptive_gaussian_mean(log_ratio, hides_detail, tolerance=1e-7 / weight)


def separation(means: Tensor, covariances: Tensor) -> float:
    """The least distance between two of ``means`` (K, 2) in standard deviations (of the pair's mean covariance).

    d_jk^2 = (mu_j - mu_k)^T [(Sigma_j + Sigma_k) / 2]^-1 (mu_j - mu_k); inf for one component.
    """
    j, k = torch.triu_indices(len(means), len(means), offset=1)
    if not len(j):
        return math.inf
    d = means[j] - means[k]  # (pairs, 2)
    both = (covariances[j] + covariances[k]) / 2
    squared: Tensor = (d * torch.linalg.solve(both, d[:, :, None])[:, :, 0]).sum(1)
    return squared.min().sqrt().item()
