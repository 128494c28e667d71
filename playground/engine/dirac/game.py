"""The game itself: how fast both players move at a point, and where that leads.

Both go down their own loss: v = (-dL_G/dtheta, -dL_D/dpsi), with D(x) = psi x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.engine.dirac.methods import DAMPING, OBJECTIVES, Method

Array = np.ndarray
FAR = 1e6  # a player farther out than this is lost: nobody comes back
_COMPLEX_STEP = 1e-30  # Im v(x + ih) / h is v'(x) to the last digit: nothing cancels (Squire & Trapp 1998)
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(32)  # E[u(eps)], eps ~ N(0, 1), as a sum
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()

#: Updates of D for each update of G; 0: both move at once, from the same point.
ORDERS = {"simultaneous": 0, "alternating 1": 1, "alternating 5": 5}


# ---------------------------------------------------------------- the vector field
def v_theta(method: Method, theta: Any, psi: Any) -> Any:
    """-dL_G/dtheta = -psi E[g'(psi x)], x = theta + sigma eps. Any shape."""
    g = OBJECTIVES[method.objective].g
    if not method.noise:
        return -psi * g(psi * theta)
    x = _noisy(method, theta)  # (..., 32)
    return -psi * (g(np.asarray(psi)[..., None] * x) @ _WEIGHTS)


def v_psi(method: Method, theta: Any, psi: Any) -> Any:
    """-dL_D/dpsi = -E[x a'(psi x)] - E[y b'(psi y)] less the penalty's, y = sigma eps. Any shape."""
    objective = OBJECTIVES[method.objective]
    if not method.noise:
        return -theta * objective.a(psi * theta) - _penalty_slope(method, psi)
    x, y, slope = _noisy(method, theta), method.noise * _NODES, np.asarray(psi)[..., None]
    seen = (x * objective.a(slope * x)) @ _WEIGHTS + (y * objective.b(slope * y)) @ _WEIGHTS
    return -seen - _penalty_slope(method, psi)


def _noisy(method: Method, theta: Any) -> Any:
    """The generated point with noise; in a pair the noise of both partners adds up."""
    sigma = method.noise * (np.sqrt(2) if OBJECTIVES[method.objective].pairs else 1.0)
    return np.asarray(theta)[..., None] + sigma * _NODES


def _penalty_slope(method: Method, psi: Any) -> Any:
    """d penalty / d psi; that of "consensus" depends on both players and is added in :func:`velocity`."""
    if method.penalty == "gp1":
        return 2 * method.weight * (psi - np.sign(np.real(psi)))
    return DAMPING.get(method.penalty, 0.0) * method.weight * psi


def velocity(method: Method, theta: Any, psi: Any) -> tuple[Any, Any]:
    """Both players' velocities v; with "consensus" v - gamma grad |v|^2/2 = v - gamma J^T v (Mescheder et al. 2017, eq. 10)."""
    v = v_theta(method, theta, psi), v_psi(method, theta, psi)
    if method.penalty != "consensus":
        return v
    jacobian = slopes(method, theta, psi)
    pulled = [v[0] * jacobian[0][i] + v[1] * jacobian[1][i] for i in (0, 1)]
    return v[0] - method.weight * pulled[0], v[1] - method.weight * pulled[1]


def slopes(method: Method, theta: Any, psi: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """J: rows are (v_theta, v_psi) without consensus, columns d/dtheta and d/dpsi; exact, by a complex step."""
    beside = ((theta + 1j * _COMPLEX_STEP, psi), (theta, psi + 1j * _COMPLEX_STEP))
    rows = [tuple(np.imag(v(method, *at)) / _COMPLEX_STEP for at in beside) for v in (v_theta, v_psi)]
    return rows[0], rows[1]


def field(method: Method, lattice: Array) -> Array:
    """The vector field at points (..., 2) = (theta, psi) -> (..., 2)."""
    return np.stack(np.broadcast_arrays(*velocity(method, lattice[..., 0], lattice[..., 1])), axis=-1)


# ---------------------------------------------------------------- playing the game
def trajectory(
    method: Method,
    start: tuple[float, float] = (1.0, 1.0),
    step: float = 0.2,
    updates: int = 500,
    order: str = "alternating 1",
) -> Array:
    """Gradient descent of both players from ``start`` -> (updates + 1, 2), columns theta and psi.

    An alternating update is one of G and then 1 or 5 of D, as in the authors' notebook. A game that is lost (FAR) stands still.
    """
    theta, psi = float(start[0]), _clipped(method, float(start[1]))
    path = np.empty((updates + 1, 2))
    path[0] = theta, psi
    for n in range(1, updates + 1):
        theta, psi = _update(method, theta, psi, step, ORDERS[order])
        path[n] = theta, psi
        if not abs(theta) + abs(psi) < FAR:
            path[n:] = path[n - 1]
            break
    return path


def _update(method: Method, theta: float, psi: float, step: float, d_steps: int) -> tuple[float, float]:
    if d_steps == 0:
        v = velocity(method, theta, psi)
        return theta + step * float(v[0]), _clipped(method, psi + step * float(v[1]))
    alone = method.penalty != "consensus"  # then a player's own velocity is all that is needed
    theta += step * float(v_theta(method, theta, psi) if alone else velocity(method, theta, psi)[0])
    for _ in range(d_steps):
        v_d = v_psi(method, theta, psi) if alone else velocity(method, theta, psi)[1]
        psi = _clipped(method, psi + step * float(v_d))
    return theta, psi


def _clipped(method: Method, psi: float) -> float:
    return min(max(psi, -method.clip), method.clip) if method.clip else psi


@dataclass(frozen=True)
class Measured:
    """What a trajectory did: one of theory.VERDICTS, the last distance to (0, 0), its range over the last third."""

    verdict: str
    distance: float
    low: float
    high: float


def measure(path: Array) -> Measured:
    """Judge a trajectory (N + 1, 2) by its distances: N has to span a few turns (a turn is 2 pi / (step f'(0)) updates)."""
    distance = np.hypot(path[:, 0], path[:, 1])
    first, middle, last = (float(part.max()) for part in np.array_split(distance, 3))
    if distance[-1] <= 0.01 * distance[0]:
        verdict = "converges"
    elif last > 1.1 * first or distance[-1] > 100 * distance[0]:
        verdict = "diverges"
    else:
        verdict = "converges slowly" if last < 0.9 * middle else "orbits"
    return Measured(verdict, float(distance[-1]), float(np.array_split(distance, 3)[2].min()), last)
