"""What theory says of a method near (0, 0): eigenvalues of the vector field and of one update (Mescheder et al. 2018, section 3).

The field's Jacobian is J = [[0, -f'(0)], [f'(0), -gamma]] for GAN and NSGAN with R1, so its eigenvalues are
-gamma/2 +- sqrt(gamma^2/4 - f'(0)^2), f'(0) = 1/2: they turn real at the critical gamma = 1 (section 4.1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from playground.engine.dirac.game import ORDERS, slopes, velocity
from playground.engine.dirac.methods import OBJECTIVES, Method

Array = np.ndarray
VERDICTS = ("converges", "converges slowly", "orbits", "diverges")
_EVEN = 1e-9  # a factor this near to 1 is 1
_SMALL = 0.01  # radius on which the field's curvature is measured


@dataclass(frozen=True)
class Theory:
    """``verdict`` (one of VERDICTS) with its ``reason`` in a sentence or two.

    ``eigenvalues`` of the field's Jacobian at (0, 0), None where the field jumps there. ``factor``: what one update multiplies a
    small distance by, in the long run (the spectral radius of the update). ``slowness`` c, where nothing else pulls:
    d r^2/dt = -c r^4, so r falls like 1/sqrt(c t).
    """

    verdict: str
    reason: str
    eigenvalues: tuple[complex, complex] | None = None
    factor: float = math.nan
    slowness: float = 0.0

    def curve(self, start: float, n: Array) -> Array | None:
        """The distance that theory predicts after updates ``n`` from distance ``start``; None where it only says "not to 0"."""
        if self.verdict == "converges":
            return np.asarray(start * self.factor**n)
        if self.verdict == "converges slowly" and start > 0:
            return 1 / np.sqrt(1 / start**2 + self.slowness * n)
        return None


def jacobian(method: Method) -> Array:
    """J (2, 2) of the field at (0, 0); with consensus J - gamma J^T J, since v is 0 there."""
    plain = np.array(slopes(method, 0.0, 0.0), float)
    return plain - method.weight * plain.T @ plain if method.penalty == "consensus" else plain


def factor(j: Array, step: float, order: str) -> float:
    """Spectral radius of one update: I + h J, or (I + h J_D)^k (I + h J_G), each player's rows alone."""
    eye, k = np.eye(2), ORDERS[order]
    g, d = eye + step * np.diag([1.0, 0.0]) @ j, eye + step * np.diag([0.0, 1.0]) @ j
    update = eye + step * j if k == 0 else np.linalg.matrix_power(d, k) @ g
    return float(np.abs(np.linalg.eigvals(update)).max())


def inward(method: Method) -> float:
    """c of d r^2/dt = -c r^4 close to (0, 0), averaged round a circle: above 0, the curved terms pull inward."""
    angle = np.linspace(0, 2 * np.pi, 256, endpoint=False)
    theta, psi = _SMALL * np.cos(angle), _SMALL * np.sin(angle)
    v = velocity(method, theta, psi)
    c = float(-2 * np.mean(theta * v[0] + psi * v[1]) / _SMALL**4)
    return c if c > 1e-6 else 0.0


def theory(method: Method, step: float = 0.2, order: str = "alternating 1") -> Theory:
    """What becomes of ``method`` with updates of size ``step`` in this ``order``, as far as its linearisation tells."""
    if method.penalty == "gp1" and method.weight:
        reason = "The penalty asks for a slope of 1 where D needs 0: the field jumps at ψ = 0, so the game never rests."
        return Theory("orbits", reason)
    j = jacobian(method)
    first, second = (complex(value) for value in np.linalg.eigvals(j))
    rho = factor(j, step, order)
    result = Theory("", "", (first, second), rho)
    if rho < 1 - _EVEN:
        turning = "in a spiral" if abs(first.imag) > _EVEN else "without turning"
        reason = f"Both eigenvalues lie left of 0: near (0, 0) each update multiplies the distance by {rho:.4g}, {turning}."
        return replace(result, verdict="converges", reason=reason)
    curved = inward(replace(method, penalty="none", weight=0.0, noise=0.0))
    if rho <= 1 + _EVEN:
        return _balanced(result, curved * step * max(ORDERS[order], 1))
    return _repelled(result, method, step, curved)


def _balanced(result: Theory, slowness: float) -> Theory:
    """Neither nearer nor farther at first order."""
    if slowness:
        pull = "The field’s curvature pulls inward, ever weaker: the distance falls like 1/√n."
        reason = f"Imaginary eigenvalues: no pull at first order. {pull}"
        return replace(result, verdict="converges slowly", reason=reason, slowness=slowness)
    reason = "Imaginary eigenvalues: the players chase each other round (0, 0) and come no nearer."
    return replace(result, verdict="orbits", reason=reason)


def _repelled(result: Theory, method: Method, step: float, curved: float) -> Theory:
    """An update leads away from (0, 0): for ever, or until something holds the game."""
    assert result.eigenvalues is not None
    away = f"each update multiplies a small distance by {result.factor:.4g}"
    bound = f"the clip stops D at ±{method.clip:g}" if method.clip else OBJECTIVES[method.objective].bound
    if max(value.real for value in result.eigenvalues) < -_EVEN:
        return replace(result, verdict="diverges", reason=f"The flow would converge, but steps of {step:g} overshoot: {away}.")
    if curved:
        radius = abs(result.eigenvalues[0].imag) * math.sqrt(step / curved)  # where h^2 |v|^2 = h c r^4
        held = f"the field’s curvature holds it, on a circle of radius {radius:.2g}"
        return replace(result, verdict="orbits", reason=f"Imaginary eigenvalues: {away}, until {held}.")
    if bound:
        return replace(result, verdict="orbits", reason=f"Imaginary eigenvalues: {away}, but {bound}.")
    return replace(result, verdict="diverges", reason=f"Imaginary eigenvalues: {away}, so the game spirals outwards.")
