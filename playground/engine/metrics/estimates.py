"""Numbers with their standard errors."""

from __future__ import annotations

import math

from torch import Tensor


def mean_and_error(values: Tensor) -> tuple[float, float]:
    """Mean of independent values (N,) and its standard error s / sqrt(N); the error of one value is infinite."""
    values = values.double().flatten()
    n = len(values)
    error = float(values.std()) / math.sqrt(n) if n > 1 else math.inf
    return float(values.mean()), error
