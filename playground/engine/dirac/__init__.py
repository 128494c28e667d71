"""The Dirac-GAN (Mescheder, Geiger & Nowozin 2018, arXiv:1801.04406): the smallest game there is, and what becomes of it.

Real data are the point 0, the generator makes the point theta, the discriminator is D(x) = psi x; as in the paper a positive D
says "generated". Only (0, 0) is right: the generated point lies on the real one, and D cannot tell them apart. See methods.py for
the losses, game.py for the field and the trajectories, theory.py for what is known of them. Needs numpy alone.
"""

from __future__ import annotations

from playground.engine.dirac.game import ORDERS, Measured, field, measure, trajectory, velocity
from playground.engine.dirac.methods import METHODS, OBJECTIVES, PENALTIES, Method, equations, method_for
from playground.engine.dirac.theory import VERDICTS, Theory, theory

__all__ = [
    "METHODS",
    "OBJECTIVES",
    "ORDERS",
    "PENALTIES",
    "VERDICTS",
    "Measured",
    "Method",
    "Theory",
    "equations",
    "field",
    "measure",
    "method_for",
    "theory",
    "trajectory",
    "velocity",
]
