"""The spectra of what a model makes of noise and of codes, beside those of real pictures: one way for every family.

It asks an Answers for what every family can be asked: ``drawn``, and where it encodes at once ``codes_of`` and ``items_of``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.engine.datasets.base import to_float
from playground.engine.metrics.estimates import mean_and_error
from playground.engine.metrics.sharpness import spectrum
from playground.engine.metrics.spectra import RealSpectra

SHOWN = 64  # pictures of each kind
REBUILT = 256  # held-out items that are encoded and decoded, at most
Progress = tuple[int, int, str]


@dataclass(frozen=True)
class Rebuilt:
    """Held-out items x (N, C, H, W) and what comes back of their codes; ``rmse`` +- ``rmse_se`` per pixel, black -1 to white 1."""

    items: Tensor
    x: Tensor
    rmse: float
    rmse_se: float


@dataclass(frozen=True)
class ModelSpectra:
    """Of ``x`` (n, C, H, W) samples: ``power`` (K,) at ``real.frequency``; of reconstructions, where there are any, the same.

    ``dial``: name and value of the parameter that moves this family along its bridge; ("", NaN): none.
    """

    real: RealSpectra
    x: Tensor
    power: Tensor
    rebuilt: Rebuilt | None
    rebuilt_power: Tensor | None
    dial: tuple[str, float]

    def content(self, show: Callable[[Tensor], np.ndarray]) -> dict[str, Any]:
        """The content of a :class:`~playground.engine.messages.SpectrumOf`; ``show`` turns items into pictures."""
        real, back = self.real, self.rebuilt
        return {
            "frequency": real.frequency.numpy(), "real": real.power.numpy(), "real_sd": real.sd.numpy(),
            "model": self.power.numpy(), "rebuilt": None if self.rebuilt_power is None else self.rebuilt_power.numpy(),
            "sharpness": real.ratio(self.x),
            "sharpness_rebuilt": real.ratio(back.x) if back else math.nan, "floor": real.floor, "floor_sd": real.floor_sd,
            "rmse": back.rmse if back else math.nan, "rmse_se": back.rmse_se if back else math.nan, "n": real.n,
            "x": show(self.x[:SHOWN]), "items": show(back.items[:SHOWN]) if back else None,
            "x_rebuilt": show(back.x[:SHOWN]) if back else None, "dial": self.dial[0], "dial_value": self.dial[1],
        }  # fmt: skip


def model_spectra(answers: Any, n: int, seed: int) -> Iterator[ModelSpectra | Progress]:
    """Steps (done, total, what), then the spectra of ``n`` samples (fewer where there are few real pictures).

    ValueError, in a sentence, where real pictures have no fine detail.
    """
    data = answers.data
    key = ("real spectra", n)
    if key not in answers.shared:
        yield 0, n, "real pictures"
        answers.shared[key] = RealSpectra.of(to_float(torch.cat([data.test, data.train])), n)
    real: RealSpectra = answers.shared[key]
    parts: list[Tensor] = []
    for part in answers.drawn(real.n, seed):
        if isinstance(part, Tensor):
            parts.append(part)
        else:
            yield *part, "samples"
    x = torch.cat(parts)
    rebuilt = rebuilt_items(answers, min(real.n, REBUILT))
    yield ModelSpectra(
        real, x, spectrum(x).power, rebuilt, None if rebuilt is None else spectrum(rebuilt.x).power, dial_of(answers)
    )


def rebuilt_items(answers: Any, n: int) -> Rebuilt | None:
    """The first ``n`` held-out items through codes and back; None for families without an encoder, or with one that takes many
    evaluations of a network (the noise of a diffusion model, which rebuilds an item almost exactly and says nothing of blur).
    """
    items = to_float((answers.data.test if len(answers.data.test) else answers.data.train)[:n])
    steps = answers.codes_of(items.to(answers.device)) if answers.nfe == 1 else None
    if steps is None:
        return None
    codes = [step for step in steps if isinstance(step, Tensor)][-1]
    x = torch.cat([answers.items_of(part).cpu() for part in codes.split(answers.at_once())])
    square, error = mean_and_error((x - items).square().flatten(1).mean(1))
    root = math.sqrt(square)
    return Rebuilt(items, x, root, error / (2 * root) if root else 0.0)


def dial_of(answers: Any) -> tuple[str, float]:
    """Name and present value of the family's dial."""
    return (answers.dial, float(getattr(answers.config, answers.dial))) if answers.dial else ("", math.nan)
