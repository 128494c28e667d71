"""How straight and how even is the way from one item to another? Lengths of interpolations in a space of features."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from playground.engine.metrics.sets import checked


@dataclass(frozen=True)
class PathShape:
    """Of each of P paths, all (P,) float64. ``length`` and ``chord``, from end to end, in the unit of the features.

    ``stretch`` = length / chord: 1 = straight, pi / 2 = half a circle, infinite where the path comes back to its start.
    ``unevenness``: standard deviation of the step lengths over their mean: 0 = an even pace, sqrt(F - 2) = all in one of the F - 1
    steps. Both NaN of a path that never moves.
    """

    length: Tensor
    chord: Tensor
    stretch: Tensor
    unevenness: Tensor


def path_shape(features: Tensor) -> PathShape:
    """Of ``features`` (P, F, k) of F frames along P paths. In the manner of the perceptual path length (Karras et al. 2019,
    arXiv:1812.04948, section 4.1), which takes features of neighbouring frames; here whole paths are added up.

    The length is that of the polygon through the frames: n steps of a half circle fall short by a share of pi^2 / 24 n^2. A
    straight line at an even pace, as between the features of two real items, scores 1 and 0. Noise in the features lengthens every
    step: it does not average out, and with more frames the stretch grows.
    """
    if features.ndim != 3 or features.shape[1] < 2:
        raise ValueError(f"Paths have the shape (P, F, k) with 2 frames at least, but these have {tuple(features.shape)}.")
    phi = checked(features, "The set of paths", 1).reshape(features.shape)
    steps = (phi[:, 1:] - phi[:, :-1]).norm(dim=2)  # (P, F - 1)
    length, chord = steps.sum(1), (phi[:, -1] - phi[:, 0]).norm(dim=1)
    unevenness = steps.std(1, correction=0) / steps.mean(1)
    return PathShape(length, chord, torch.where(length > 0, length / chord, torch.nan), unevenness)
