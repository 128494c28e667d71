"""Where a map lies in latent space: places (u, v) to latents and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from playground.engine import messages as m

Array = np.ndarray


@dataclass
class LatentPlane:
    """``origin`` (d,) and two directions ``axes`` (2, d); with one latent the second direction is zero."""

    origin: Array
    axes: Array

    @classmethod
    def first(cls, latent_dim: int) -> LatentPlane:
        """The first two latents, until the engine says more."""
        d = max(latent_dim, 1)
        return cls(np.zeros(d, np.float32), np.eye(2, d, dtype=np.float32))

    @classmethod
    def of(cls, answer: m.Plane) -> LatentPlane:
        return cls(answer.origin, np.stack([answer.axis_u, answer.axis_v]))

    @property
    def latent_dim(self) -> int:
        return len(self.origin)

    def to_z(self, u: float, v: float) -> Array:
        """The latent (d,) at a place of the map."""
        return np.asarray(self.origin + u * self.axes[0] + v * self.axes[1], np.float32)

    def to_map(self, z: Array) -> Array:
        """Latents (N, d) -> their places (N, 2) on the map, by orthogonal projection."""
        return np.asarray((np.atleast_2d(z) - self.origin) @ self.axes.T, np.float32)

    def place(self, z: Array) -> tuple[float, float]:
        """The place of one latent (d,)."""
        u, v = self.to_map(z)[0].tolist()
        return u, v
