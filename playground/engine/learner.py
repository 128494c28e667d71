"""What trains: the part of a family that owns a model, its optimizers and its random streams.

One training thread owns a Learner; nobody else touches it. The explorer thread answers requests from a copy of the weights, through
the family's :class:`Answers`.
"""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from playground.engine import devices
from playground.engine.answers import Answers
from playground.engine.batches import Batches
from playground.engine.config import ConfigError
from playground.engine.datasets.base import Dataset
from playground.engine.watch import Watch

State = dict[str, Tensor]


@dataclass(frozen=True)
class Parent:
    """A trained run that another one starts from: its config and family; its ``state`` (see :meth:`Learner.state`) and how long it
    was trained, where the child is fresh. Later the child's own state holds those weights.
    """

    config: Any
    family: str
    state: State | None = None
    steps: int = 0
    seconds: float = 0.0


class Learner(ABC):
    """One model in training.

    Subclasses build ``self.model`` and ``self.optimizers`` in :meth:`build` and take one optimizer step in :meth:`step`.
    Everything random comes from ``self.noise``, a generator on the device, seeded; nothing from torch's global stream.
    """

    scalars: ClassVar[tuple[str, ...]]  # names of what step() returns, in order
    step_parts: ClassVar[tuple[str, ...]] = ("both",)  # what "single step" may mean (a GAN adds "d" and "g")
    answers: ClassVar[type[Answers]]

    model: nn.Module
    optimizers: list[torch.optim.Optimizer]

    def __init__(
        self, config: Any, data: Dataset, seed: int, device: str = "cpu", precision: str = "fp32",
        parents: Mapping[str, Parent] | None = None,
    ) -> None:  # fmt: skip
        self.config: Any = config
        self.parents = dict(parents or {})  # by the field that names them
        self.data, self.seed, self.device, self.precision = data, seed, device, precision
        self.steps_done = 0
        self.noise = devices.generator(device, seed)
        self.batches = Batches(data, self.config.batch_size, seed, device)
        self.scaler = torch.amp.GradScaler(enabled=precision == "fp16")
        self.build()

    @abstractmethod
    def build(self) -> None:
        """Make ``self.model`` on ``self.device`` and ``self.optimizers``."""

    @abstractmethod
    def step(self, part: str = "both") -> Tensor:
        """One optimizer step; returns ``scalars`` as a (k,) float32 tensor on the device, without waiting for it."""

    def apply_live(self, name: str, value: Any) -> None:
        """Change a live hyper-parameter from the next step on. Raises ConfigError."""
        self.config = self.config.replace(**{name: value})

    def watch(self) -> Watch | None:
        """Who watches over the training of this model, if anybody."""
        return None

    def adopt(self, part: str, found: Any) -> None:
        """Put what a request has trained aside (``found``, kept by its answers as ``shared["trained", part]``) into the model."""
        raise ConfigError(part, "is no part of this model that can be replaced.")

    def minimise(self, loss: Tensor, optimizer: torch.optim.Optimizer, learning_rate: float) -> None:
        """Back-propagate ``loss`` and let ``optimizer`` take its step."""
        for group in optimizer.param_groups:
            group["lr"] = learning_rate
        optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.step(optimizer)
        self.scaler.update()

    @torch.no_grad()
    def average(self, averaged: list[Tensor], weights: list[Tensor]) -> None:
        """w_avg <- mu w_avg + (1 - mu) w with mu = min(averaging, (1 + n)/(10 + n)) at the n-th step: soon free of the start.

        Both are lists made once: to list the weights of a module takes as long as an operation of a small network.
        """
        n = self.steps_done
        torch._foreach_lerp_(averaged, weights, 1 - min(self.config.averaging, (1 + n) / (10 + n)))

    def adam(self, parameters: Iterator[nn.Parameter], betas: tuple[float, float] = (0.9, 0.999)) -> torch.optim.Adam:
        """Adam, in its fused form where the device has one (it helps small networks)."""
        fused = torch.device(self.device).type in ("cpu", "cuda", "xpu")
        return torch.optim.Adam(parameters, betas=betas, fused=fused)

    # ------------------------------------------------------------------ the complete state, as tensors
    def state(self) -> State:
        """All that the next step depends on, by name; nothing is copied."""
        out: State = {f"model/{k}": v for k, v in self.model.state_dict().items()}
        for i, optimizer in enumerate(self.optimizers):
            for index, slots in optimizer.state_dict()["state"].items():
                out |= {f"optimizer{i}/{index}/{k}": torch.as_tensor(v) for k, v in slots.items()}
        out["noise"] = self.noise.get_state()
        if self.scaler.is_enabled():
            scale = self.scaler.state_dict()
            out["scaler"] = torch.tensor([scale["scale"], scale["_growth_tracker"]], dtype=torch.float64)
        return out

    def load_state(self, state: State, steps_done: int) -> None:
        """Inverse of :meth:`state`. Raises KeyError, ValueError or RuntimeError if it does not fit this model."""
        self.model.load_state_dict({k[6:]: v for k, v in state.items() if k.startswith("model/")})
        for i, optimizer in enumerate(self.optimizers):
            _load_optimizer(optimizer, {k: v for k, v in state.items() if k.startswith(f"optimizer{i}/")})
        self.noise.set_state(state["noise"].cpu())
        if self.scaler.is_enabled() and "scaler" in state:
            values = self.scaler.state_dict()
            values["scale"], values["_growth_tracker"] = float(state["scaler"][0]), int(state["scaler"][1])
            self.scaler.load_state_dict(values)
        self.steps_done = steps_done

    def parameters(self) -> int:
        """Number of trained values."""
        return sum(p.numel() for p in self.model.parameters())

    # ------------------------------------------------------------------ what the explorer sees
    def shown_model(self) -> nn.Module:
        """The module whose weights are shown: the model itself, or an average of its weights."""
        return self.model

    def snapshot(self) -> nn.Module:
        """A copy in eval mode, for another thread."""
        copied = copy.deepcopy(self.shown_model()).eval()
        return copied.requires_grad_(False)

    @torch.no_grad()
    def refresh(self, snapshot: nn.Module) -> None:
        """Bring a snapshot up to date, parameters and buffers, with one foreach copy."""
        source, target = self.shown_model(), snapshot
        pairs = [(t, s) for t, s in zip(target.state_dict().values(), source.state_dict().values(), strict=True)]
        floats = [(t, s) for t, s in pairs if t.is_floating_point()]
        torch._foreach_copy_([t for t, _ in floats], [s for _, s in floats])
        for t, s in pairs:
            if not t.is_floating_point():
                t.copy_(s)


def _load_optimizer(optimizer: torch.optim.Optimizer, tensors: State) -> None:
    whole = optimizer.state_dict()
    slots: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        _, index, name = key.split("/")
        slots.setdefault(int(index), {})[name] = value
    whole["state"] = slots
    optimizer.load_state_dict(whole)


def cosine(step: int, total: int, floor: float = 0.01) -> float:
    """Learning-rate factor that falls from 1 to ``floor`` along half a cosine (Loshchilov & Hutter 2017, eq. 5)."""
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(step / max(total, 1), 1.0)))
