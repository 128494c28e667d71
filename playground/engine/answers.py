"""What a family answers about a model, on the explorer thread, from a copy of its weights."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from playground.engine import messages as m
from playground.engine.config import Config
from playground.engine.datasets import load_unseen
from playground.engine.datasets.base import DataError, Dataset, to_float, to_pictures
from playground.engine.latent import PATHS
from playground.engine.metrics.neighbours import Neighbours, real_distance
from playground.engine.objectives import standard_normal_log_prob
from playground.engine.report_card import Card, QualityFound, measure, quality
from playground.engine.spectra import model_spectra

T = TypeVar("T")


@dataclass
class Asked:
    """Who asked, for the envelope of an answer."""

    run_id: str
    request_id: int
    channel: str
    step: int
    started: float  # time.perf_counter()


@dataclass(frozen=True)
class Likelihood:
    """``nll`` (N,) in nats per item; ``kind`` is "exact", "bound" (an upper bound) or "pushed" (no explicit density: that of z is
    pushed forward through the generator); ``note`` says of what and how, in words.
    """

    nll: Tensor
    kind: str
    note: str = ""


Handler = Callable[["Asked", Any], Iterator[m.Event]]
Measuring = tuple[int, int, str] | dict[str, Any]  # (done, total, what), or the numbers


class Answers(ABC):
    """What a family can tell of a model: one generator method a request type, listed in ``handlers``. Questions about the data
    alone are answered here, for every family.

    A handler yields answers; between two yields the explorer may let an interactive request go first, or drop a job that nobody
    wants any more. Handlers run without gradients, on the explorer thread, on ``model``, whose weights do not change meanwhile.
    ``shared`` holds what depends on the data alone: several Answers of one run use the same.
    """

    def __init__(self, model: nn.Module, config: Config, data: Dataset, device: str, shared: dict[Any, Any]) -> None:
        self.model: Any = model
        self.config: Any = config
        self.data, self.device, self.shared = data, device, shared
        self.step = 0  # training step of the weights

    @abstractmethod
    def handlers(self) -> dict[type[m.Request], Handler]:
        """Request type -> method(asked, request), of what this family adds to :meth:`handler`."""

    def handler(self, request: type[m.Request]) -> Handler | None:
        """The method that answers this type of request, or None."""
        about_data: dict[type[m.Request], Handler] = {
            m.DataItems: self.data_items, m.DataField: self.data_field, m.Evaluate: self.evaluate,
            m.Measure: self.report_card, m.Quality: self.quality,
        }  # fmt: skip
        if type(self).items_of is not Answers.items_of:
            about_data[m.Nearest] = self.nearest
        if self.data.kind == "image" and type(self).drawn is not Answers.drawn:
            about_data[m.Spectrum] = self.spectrum
        return self.handlers().get(request) or about_data.get(request)

    @abstractmethod
    def monitor(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """A few numbers on held-out data, cheap enough for every two seconds."""

    @abstractmethod
    def measured(self, data: Dataset, request: m.Evaluate) -> Iterator[Measuring]:
        """The full set of numbers on the held-out items of ``data``: how far it is, and at the end a dict of plain values."""

    def evaluate(self, asked: Asked, request: m.Evaluate) -> Iterator[m.Event]:
        """On the run's own data, or on others of the same shape."""
        try:
            data = self.unseen(request.data)
        except DataError as error:
            yield answer(m.Refused, asked, sentence=str(error))
            return
        for step in self.measured(data, request):
            if isinstance(step, dict):
                yield answer(m.Evaluated, asked, numbers=step)
            else:
                yield working(asked, *step)

    # ------------------------------------------------------------------ the data, whatever the model
    def data_items(self, asked: Asked, request: m.DataItems) -> Iterator[m.Event]:
        items, labels = self.data.split(request.split)
        items = items[: request.n]
        yield answer(m.Items, asked, x=self.show(to_float(items)), labels={k: v[: len(items)] for k, v in labels.items()})

    def data_field(self, asked: Asked, request: m.DataField) -> Iterator[m.Event]:
        exact = self.exact_field(request.bounds, request.resolution)
        if exact is None:
            yield answer(m.Refused, asked, sentence="The density of these data is not known.")
        else:
            yield answer(m.DataFieldOf, asked, bounds=request.bounds, log_density=exact)

    def exact_field(self, bounds: tuple[float, float, float, float], resolution: int) -> np.ndarray | None:
        """The log density of the data (R, R) at the centres of the lattice, row 0 = smallest y; None where it is not known."""
        density, x = self.data.density, grid_points(bounds, resolution)
        if density is None:
            return None
        return self.once(
            ("data field", bounds, resolution), lambda: density.log_prob(x).reshape(resolution, resolution).numpy()
        )

    def unseen(self, name: str) -> Dataset:
        """The data set to evaluate on: the run's own ("") or another one of the same shape, all of it held out.

        Raises DataError with a sentence.
        """
        data = load_unseen(name, self.data.name) if name else self.data
        if data.shape != self.data.shape:
            raise DataError(f"{data.title} has items of shape {data.shape}; this model takes {self.data.shape}.")
        return data

    # ------------------------------------------------------------------ a model that makes items of codes z
    def items_of(self, z: Tensor) -> Tensor:
        """What the model makes of codes z (N, d): (N, *shape), on the device. For families with a latent space."""
        raise NotImplementedError

    def decode(self, asked: Asked, request: m.Decode) -> Iterator[m.Event]:
        z = self.latents(request.z, request.base)
        yield answer(m.Decoded, asked, x=self.pictures(z), z=z.cpu().numpy(), log_prior=standard_normal_log_prob(z).cpu().numpy())

    def making(self, z: Tensor) -> Iterator[Tensor | tuple[int, int]]:
        """The items of codes z (N, d), in parts; in between, where that takes long, how far it is: (done, total)."""
        for chunk in z.split(self.at_once()):
            yield self.items_of(chunk)

    def paths(
        self, asked: Asked, request: m.Interpolate, a: Tensor, b: Tensor, ends: tuple[Tensor, Tensor] | None = None
    ) -> Iterator[m.Event]:
        """Paths between codes a and b (P, d), decoded; beside them the same paths in pixel space, which fade instead of changing.

        Those run between ``ends``, the items (P, *shape) themselves if a and b are codes of such.
        """
        t = torch.linspace(0, 1, request.frames)
        z = PATHS[request.path](a, b, t)  # (P, F, d)
        parts = []
        for part in self.making(z.flatten(0, 1)):
            if isinstance(part, Tensor):
                parts.append(part)
            else:
                yield working(asked, *part, "frames")
        x = torch.cat(parts).unflatten(0, (len(a), request.frames))
        x_a, x_b = ends or (x[:, 0], x[:, -1])
        line = PATHS["lerp"](x_a.flatten(1), x_b.flatten(1), t)
        frames = self.show(x.flatten(0, 1)).reshape(len(a), request.frames, *self.shown_shape())
        pixel = self.show(line.reshape(-1, *self.data.shape)).reshape(frames.shape)
        yield answer(m.Interpolation, asked, frames=frames, pixel=pixel, z=z.cpu().numpy())

    def nearest(self, asked: Asked, request: m.Nearest) -> Iterator[m.Event]:
        """Of the training items the one nearest to each that the model makes."""
        among = self.neighbours()
        index, distance = among.nearest(self.items_of(self.latents(request.z)))
        real = self.once("real distance", lambda: real_distance(self.data, among))
        yield answer(
            m.NearestOf, asked, x=self.show(to_float(self.data.train[index.cpu()])), index=index.cpu().numpy(),
            distance=distance.cpu().numpy(), real_distance=real,
        )

    def neighbours(self) -> Neighbours:
        """The training items, ready to be looked among."""
        return self.once("neighbours", lambda: Neighbours(to_float(self.data.train)))

    def latents(self, z: np.ndarray, base: np.ndarray | None = None) -> Tensor:
        """Rows of z, filled up with ``base`` (or zeros) to the model's latent size."""
        given = torch.as_tensor(np.atleast_2d(z), dtype=torch.float32)
        full = torch.zeros(len(given), self.model.latent_dim)
        if base is not None:
            full[:] = torch.as_tensor(base, dtype=torch.float32)
        width = min(given.shape[1], full.shape[1])
        full[:, :width] = given[:, :width]
        return full.to(self.device)

    # ------------------------------------------------------------------ what every family is asked when families are compared
    def report_card(self, asked: Asked, request: m.Measure) -> Iterator[m.Event]:
        """All that runs are compared by."""
        for step in measure(self, request.path, request.effort):
            if isinstance(step, Card):
                yield answer(m.MeasuredOf, asked, numbers=step.numbers, evidence=step.evidence)
            else:
                yield working(asked, *step)

    def quality(self, asked: Asked, request: m.Quality) -> Iterator[m.Event]:
        """One cheap number, to be followed while models train."""
        for step in quality(self):
            if isinstance(step, QualityFound):
                yield answer(
                    m.QualityAt, asked, quality=step.value, floor=step.floor, floor_sd=step.floor_sd, n=step.n,
                    unit=step.space.unit, space=step.space.name,
                )  # fmt: skip
            else:
                yield working(asked, *step)

    @property
    def code_size(self) -> int:
        """Numbers in a code."""
        return int(self.model.latent_dim)

    dial: ClassVar[str] = ""  # the live parameter that moves this family along its bridge

    def spectrum(self, asked: Asked, request: m.Spectrum) -> Iterator[m.Event]:
        """How sharp samples and reconstructions are, by spatial frequency."""
        try:
            for step in model_spectra(self, request.n, request.seed):
                yield working(asked, *step) if isinstance(step, tuple) else answer(m.SpectrumOf, asked, **step.content(self.show))
        except ValueError as error:
            yield answer(m.Refused, asked, sentence=str(error))

    def drawn(self, n: int, seed: int) -> Iterator[Tensor | tuple[int, int]]:
        """``n`` samples from the noise of ``seed``, in parts (k, *shape) on the CPU; in between, how far it is: (done, total)."""
        raise NotImplementedError

    @property
    def nfe(self) -> int:
        """Evaluations of the network for one sample."""
        return 1

    def codes_of(self, x: Tensor) -> Iterator[Tensor | tuple[int, int]] | None:
        """The codes (N, d) of items x (N, *shape), at the end of steps (done, total), which :meth:`items_of` turns back into items.
        None: this family has no encoder.
        """
        return None

    def likelihoods(self, x: Tensor) -> Iterator[Likelihood | tuple[int, int, str]] | None:
        """-log p(x) of items x (N, *shape), or a bound on it, at the end of steps (done, total, what). None: there is no such
        number.
        """
        return None

    # ------------------------------------------------------------------ what is shown
    def at_once(self) -> int:
        """How many items are made together: convolutions then hold about a gigabyte at most."""
        return max(64, min(20_000, 2_500_000 // math.prod(self.data.shape)))

    def pictures(self, z: Tensor) -> np.ndarray:
        """The items of codes z (N, d), as the window paints them."""
        return np.concatenate([self.show(self.items_of(chunk)) for chunk in z.split(self.at_once())])

    def show(self, x: Tensor) -> np.ndarray:
        """What the window paints: uint8 pictures, or points as they are."""
        return to_pictures(x) if self.data.kind == "image" else x.detach().cpu().numpy()

    def shown_shape(self) -> tuple[int, ...]:
        """The shape of one item as it is shown."""
        if self.data.kind == "points":
            return self.data.shape
        colours, height, width = self.data.shape
        return (height, width) if colours == 1 else (height, width, 3)

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """``make()``, computed at the first call with this key and kept for the run."""
        if key not in self.shared:
            self.shared[key] = make()
        return self.shared[key]


def grid_points(bounds: tuple[float, float, float, float], resolution: int) -> Tensor:
    """Centres of resolution^2 cells of the box, row-major from the smallest y: (R*R, 2), float64."""
    x0, x1, y0, y1 = bounds
    cell = (torch.arange(resolution, dtype=torch.float64) + 0.5) / resolution
    x, y = torch.meshgrid(x0 + (x1 - x0) * cell, y0 + (y1 - y0) * cell, indexing="xy")
    return torch.stack([x, y], -1).reshape(-1, 2)


def answer(kind: type[Any], asked: Asked, **content: Any) -> Any:
    """An answer in its envelope."""
    return kind(
        run_id=asked.run_id, request_id=asked.request_id, step=asked.step, channel=asked.channel,
        elapsed_ms=(time.perf_counter() - asked.started) * 1000, **content,
    )  # fmt: skip


def working(asked: Asked, done: int, total: int, what: str) -> m.Working:
    """Progress of a long answer, with the time left by proportion."""
    seconds = time.perf_counter() - asked.started
    left = seconds * (total - done) / done if done else float("nan")
    reply: m.Working = answer(m.Working, asked, done=done, total=total, what=what, seconds_left=left)
    return reply
