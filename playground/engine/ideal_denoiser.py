"""The ideal denoiser: the posterior mean E[x_0 | x_t] that no network can beat, in closed form where the data are known.

Everything here lives on the model's own scale: x is data minus ``centre``, over ``scale``. By Tweedie's formula the posterior mean,
the noise and the score say the same: E[x_0|x_t] = (x_t + (1 - a) grad log p_t(x_t)) / sqrt(a) (Robbins 1956; Efron 2011).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import numpy as np
import torch
from torch import Tensor

from playground.engine.datasets.base import Density
from playground.engine.datasets.densities_mixture import GaussianMixture
from playground.engine.samplers import Level, Prediction, eps_of_x0

BLOCK = 8_000_000  # distances held at once
FEW = 4  # coordinates of which differences are taken
LATTICE = 320  # a side, over the whole of a density
FAINTEST = 1e-7  # of the highest density: places of the lattice below are left out
NODES = 8  # of the quadrature round a point, along each axis
LOST = 1e-250  # a sum below it has lost its digits


class IdealDenoiser(ABC):
    """Callable as a sampler's denoiser."""

    exact: bool  # a closed form, not a sum over points that stand in for a density

    @abstractmethod
    def x0(self, x: Tensor, at: Level) -> Tensor:
        """E[x_0 | x_t = x] for x (B, ...), float64 inside."""

    @abstractmethod
    def log_prob(self, x: Tensor, at: Level) -> Tensor:
        """log p_t(x) (B,) in nats, on the model's scale."""

    @abstractmethod
    def x0_variance(self, x: Tensor, at: Level) -> Tensor:
        """Var[x_0 | x_t = x] per dimension, averaged over dimensions: (B,)."""

    def on_lattice(self, x: Tensor, y: Tensor, at: Level) -> tuple[Tensor, Tensor]:
        """log p_t (Y, X) and E[x_0 | x_t] (Y, X, 2) at all points of a lattice of the plane with columns x (X,) and rows y (Y,)."""
        points, shape = torch.cartesian_prod(y, x).flip(1), (len(y), len(x))
        return self.log_prob(points, at).reshape(shape), self.x0(points, at).reshape(*shape, 2)

    def __call__(self, x: Tensor, at: Level) -> Prediction:
        x0 = self.x0(x, at).to(x)
        return Prediction(x0, eps_of_x0(x, x0, at))

    def score(self, x: Tensor, at: Level) -> Tensor:
        """grad log p_t(x) = (sqrt(a) E[x_0|x_t] - x) / (1 - a)."""
        return (at.signal * self.x0(x, at) - x.double()) / (1 - at.alpha_bar)


class MixtureDenoiser(IdealDenoiser):
    """For a Gaussian mixture every p_t is one too: means sqrt(a) mu_k, covariances a Sigma_k + (1 - a) I."""

    exact = True

    def __init__(self, density: GaussianMixture, centre: Tensor, scale: float) -> None:
        self.weights = density.weights
        self.means = (density.means - centre.double().cpu()) / scale
        self.covariances = density.covariances / scale**2

    def at(self, at: Level) -> GaussianMixture:
        """p_t itself."""
        noise = (1 - at.alpha_bar) * torch.eye(2, dtype=torch.float64)
        return GaussianMixture(self.weights, at.signal * self.means, at.alpha_bar * self.covariances + noise)

    def x0(self, x: Tensor, at: Level) -> Tensor:
        """Per component mu_k + sqrt(a) Sigma_k S_k^-1 (x - sqrt(a) mu_k), with S_k that of p_t, weighted by responsibility.

        No difference of large numbers, as Tweedie's formula has where there is hardly any signal.
        """
        means, _, responsible = self._posterior(x, at)
        return torch.einsum("nk,nki->ni", responsible, means)

    def x0_variance(self, x: Tensor, at: Level) -> Tensor:
        means, traces, responsible = self._posterior(x, at)
        mean = torch.einsum("nk,nki->ni", responsible, means)
        between = (responsible * (means - mean[:, None]).square().sum(2)).sum(1)
        return (responsible @ traces + between) / x.shape[1]

    def log_prob(self, x: Tensor, at: Level) -> Tensor:
        return self.at(at).log_prob(x)

    def _posterior(self, x: Tensor, at: Level) -> tuple[Tensor, Tensor, Tensor]:
        """Component means of x_0 given x_t (N, K, 2), traces of their covariances (K,), responsibilities (N, K)."""
        p_t, x = self.at(at), x.cpu().double()
        gain = at.signal * self.covariances @ torch.linalg.inv(p_t.covariances)  # (K, 2, 2)
        means = self.means + torch.einsum("kij,nkj->nki", gain, x[:, None] - p_t.means)
        left = self.covariances - at.signal * gain @ self.covariances
        return means, left.diagonal(dim1=1, dim2=2).sum(1), p_t.log_components(x).softmax(1)


class PointsDenoiser(IdealDenoiser):
    """For finite data p_t is a mixture of N(sqrt(a) x_i, (1 - a) I) and E[x_0|x_t] a mean of the data, weighted by a softmax.

    ``points`` (M, ...) on the model's scale, ``weights`` (M,) (even if None). A denoiser this good reproduces the training data.
    """

    exact = True

    def __init__(self, points: Tensor, weights: Tensor | None = None) -> None:
        self.shape = points.shape[1:]
        self.points = points.flatten(1)
        self.squares = self.points.square().sum(1)
        even = torch.full((len(points),), 1 / len(points), dtype=torch.float64)
        self.log_weights = ((even if weights is None else weights / weights.sum()).log()).to(points)

    def x0(self, x: Tensor, at: Level) -> Tensor:
        return torch.cat([w.softmax(1) @ self.points for _, w in self._parts(x, at)]).reshape(-1, *self.shape)

    def x0_variance(self, x: Tensor, at: Level) -> Tensor:
        out = []
        for _, w in self._parts(x, at):
            r = w.softmax(1)
            out.append((r @ self.squares - (r @ self.points).square().sum(1)).clamp_min(0) / self.points.shape[1])
        return torch.cat(out).double()

    def log_prob(self, x: Tensor, at: Level) -> Tensor:
        d = self.points.shape[1]
        constant = -0.5 * d * math.log(2 * math.pi * (1 - at.alpha_bar))
        return torch.cat([w.logsumexp(1) for _, w in self._parts(x, at)]).double() + constant

    def _parts(self, x: Tensor, at: Level) -> list[tuple[Tensor, Tensor]]:
        """Some rows at a time: (rows, log weights (n, M) of the points: log w_i - |x - sqrt(a) x_i|^2 / 2 (1 - a))."""
        flat = x.to(self.points).flatten(1)
        rows = max(1, BLOCK // max(1, len(self.points)))
        out = []
        for part in flat.split(rows):
            if flat.shape[1] <= FEW:  # the difference first: |x|^2 + |y|^2 - 2 x.y would lose small distances to rounding
                places = at.signal * self.points
                squares = torch.cdist(part, places, compute_mode="donot_use_mm_for_euclid_dist").square()
            else:  # no copy of all the pictures
                across = torch.addmm(at.alpha_bar * self.squares, part, self.points.T, alpha=-2 * at.signal)
                squares = across + part.square().sum(1, keepdim=True)
            out.append((part, self.log_weights - squares / (2 * (1 - at.alpha_bar))))
        return out


class DensityDenoiser(IdealDenoiser):
    """For any density of the plane, by quadrature: over a lattice of all the data while noise is wider than one of its cells, else
    by Gauss and Hermite's rule round each x_t / sqrt(a).

    Both converge faster than any power of the spacing for densities without edges; at an edge the error is of its order.
    ``density`` is of the data; ``centre`` and ``scale`` lead to the model's scale.
    """

    exact = False

    def __init__(self, density: Density, centre: Tensor, scale: float) -> None:
        self.density, self.scale = density, scale
        self.centre = centre.double().cpu()
        x0, x1, y0, y1 = density.bounds
        lattice = cells((x0, x1, y0, y1), LATTICE)
        log_p = density.log_prob(lattice)
        seen = log_p > log_p.max() + math.log(FAINTEST)
        self._cell = max(x1 - x0, y1 - y0) / LATTICE / scale
        self._far = PointsDenoiser((lattice[seen] - self.centre) / scale, log_p[seen].exp())
        self._mass = log_p.softmax(0).reshape(LATTICE, LATTICE)  # (x, y)
        self._lines = ((lattice[::LATTICE, 0] - self.centre[0]) / scale, (lattice[:LATTICE, 1] - self.centre[1]) / scale)
        nodes, weights = (torch.from_numpy(v) for v in np.polynomial.hermite_e.hermegauss(NODES))
        self._round = torch.cartesian_prod(nodes, nodes)  # (A, 2) in standard deviations of the noise
        self._log_share = torch.cartesian_prod(weights, weights).prod(1).log() - math.log(2 * math.pi)

    def x0(self, x: Tensor, at: Level) -> Tensor:
        return self._moments(x, at)[1]

    def x0_variance(self, x: Tensor, at: Level) -> Tensor:
        _, mean, square = self._moments(x, at)
        return ((square - mean.square().sum(1)) / 2).clamp_min(0)

    def log_prob(self, x: Tensor, at: Level) -> Tensor:
        return self._moments(x, at)[0]

    def _moments(self, x: Tensor, at: Level) -> tuple[Tensor, Tensor, Tensor]:
        """log p_t (N,), and of the posterior E[x_0] (N, 2) and E|x_0|^2 (N,), at x (N, 2).

        From nearby, p_t(x) is the integral over u of p(x_t / sqrt(a) - sigma u) N(u; 0, I), times a^(-d/2). Over the whole lattice
        a Gaussian factorises, which leaves products of matrices in the place of an exponential for every point and node. Where
        nothing is left of such a product the sum is taken after all, since that can be scaled.
        """
        x = x.cpu().double()
        if not self._is_wide(at):
            places, log_w = self._near(x, at)
            share = log_w.softmax(1)
            mean, square = (share[..., None] * places).sum(1), (share * places.square().sum(2)).sum(1)
            return log_w.logsumexp(1) - math.log(at.alpha_bar), mean, square
        (u, v), (a, b) = self._lines, self._bells((x[:, 0], x[:, 1]), at)
        along = a @ self._mass
        mass = (along * b).sum(1)
        first = torch.stack([((a * u) @ self._mass * b).sum(1), (along * (b * v)).sum(1)], 1)
        second = ((a * u**2) @ self._mass * b).sum(1) + (along * (b * v**2)).sum(1)
        log_p, mean, square = mass.log() - math.log(2 * math.pi * (1 - at.alpha_bar)), first / mass[:, None], second / mass
        lost = mass < LOST
        if lost.any():
            log_p[lost], mean[lost] = self._far.log_prob(x[lost], at), self._far.x0(x[lost], at)
            square[lost] = 2 * self._far.x0_variance(x[lost], at) + mean[lost].square().sum(1)
        return log_p, mean, square

    def on_lattice(self, x: Tensor, y: Tensor, at: Level) -> tuple[Tensor, Tensor]:
        """For a lattice both axes are factors: the bells of its columns and rows do for all its points."""
        points, shape = torch.cartesian_prod(y, x).flip(1), (len(y), len(x))
        if not self._is_wide(at):
            log_p, x0, _ = self._moments(points, at)
            return log_p.reshape(shape), x0.reshape(*shape, 2)
        (u, v), (a, b) = self._lines, self._bells((x.cpu().double(), y.cpu().double()), at)
        mass, *first = (m.T.flatten() for m in (a @ self._mass @ b.T, a * u @ self._mass @ b.T, a @ self._mass @ (b * v).T))
        log_p = mass.log() - math.log(2 * math.pi * (1 - at.alpha_bar))
        x0 = torch.stack(first, 1) / mass[:, None]
        lost = mass < LOST
        if lost.any():
            log_p[lost], x0[lost], _ = self._moments(points[lost], at)
        return log_p.reshape(shape), x0.reshape(*shape, 2)

    def _bells(self, of: tuple[Tensor, Tensor], at: Level) -> tuple[Tensor, Tensor]:
        """exp(-(x - sqrt(a) u)^2 / 2 (1 - a)) from places ``of`` (N,) on each axis to the lines u of the lattice: (N, L) each."""
        first, second = (
            torch.exp(-((at_[:, None] - at.signal * line).square()) / (2 * (1 - at.alpha_bar)))
            for at_, line in zip(of, self._lines, strict=True)
        )
        return first, second

    def _is_wide(self, at: Level) -> bool:
        return at.sigma > self._cell

    def _near(self, x: Tensor, at: Level) -> tuple[Tensor, Tensor]:
        """Places x_0 (N, A, 2) round each x_t / sqrt(a), and the log of their weights (N, A), which sum to p_t times sqrt(a)^d."""
        places = (x.cpu().double() / at.signal)[:, None] + at.sigma * self._round
        log_p = self.density.log_prob((self.centre + self.scale * places).reshape(-1, 2)).reshape(places.shape[:2])
        return places, log_p + 2 * math.log(self.scale) + self._log_share


def cells(bounds: tuple[float, float, float, float], side: int) -> Tensor:
    """The centres of side x side cells of the box (x0, x1, y0, y1): (side^2, 2), float64."""
    x0, x1, y0, y1 = bounds
    middle = (torch.arange(side, dtype=torch.float64) + 0.5) / side
    return torch.cartesian_prod(x0 + (x1 - x0) * middle, y0 + (y1 - y0) * middle)
