"""What a denoising step costs on codes of a few numbers, and what it costs on the items themselves: measured, here and now."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.answers import Asked, answer, working
from playground.engine.families.diffusion import FAMILY as DIFFUSION
from playground.engine.families.diffusion import DiffusionConfig
from playground.engine.families.diffusion.model import DenoisingNet

if TYPE_CHECKING:
    from playground.engine.families.hybrids.latent_diffusion.answers import LatentDiffusionAnswers

SECONDS, LEAST, MOST = 1.0, 7, 200  # for one network; measurements of it
WARM = 2  # evaluations before the clock runs
Call = Callable[[], Tensor]


def space_speed(asked_of: LatentDiffusionAnswers, asked: Asked, request: m.SpaceSpeed) -> Iterator[m.Event]:
    """See :class:`SpaceSpeedOf`."""
    model, device, n = asked_of.model, asked_of.device, request.n
    yield working(asked, 0, 3, "speed in the latent space")
    noise = devices.generator(device, 0)
    u = torch.randn((n, model.latent_dim), generator=noise, device=device)
    t = torch.full((n,), 0.0, device=device)
    net = model.diffusion.averaged
    latent = cost(net, lambda: net(u, t), n, asked_of.nfe)
    yield working(asked, 1, 3, "speed of the decoder")
    decoder = cost(model.vae.decoder, lambda: model.vae.mean(u), n, 1)
    yield working(asked, 2, 3, "speed in the space of the data")
    title, config = usual_recipe(asked_of.data.name, asked_of.data.kind)
    other = usual_network(asked_of.data.shape, asked_of.data.kind, config).to(device)
    x = torch.randn((n, *asked_of.data.shape), generator=noise, device=device)
    pixels = cost(other, lambda: other(x, t), n, config.num_steps)
    yield answer(
        m.SpaceSpeedOf, asked, latent=latent, decoder=decoder, pixels=pixels, title=title, n=n,
        device=devices.resolve(device).title, threads=torch.get_num_threads(),
    )  # fmt: skip


def usual_recipe(data_name: str, kind: str) -> tuple[str, Any]:
    """Title and config of the recipe that the diffusion family offers first for such data, without guidance, which would double
    its cost.
    """
    preset = next(p for p in DIFFUSION.presets_for(data_name, kind) if "guidance_scale" not in p.changes)
    return preset.title, DiffusionConfig().replace(**preset.changes)


def usual_network(shape: tuple[int, ...], kind: str, config: Any) -> DenoisingNet:
    """Its network, untrained: what it costs does not depend on its weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return DenoisingNet(shape, kind, config, 0).eval()


def cost(net: nn.Module, call: Call, n: int, nfe: int) -> m.Cost:
    """Of ``call``, one evaluation of ``net`` for ``n`` items."""
    times = timed(call)
    ms = [1000 * seconds / n for seconds in times]
    weights = sum(p.numel() for p in net.parameters())
    low, middle, high = statistics.quantiles(ms)
    return m.Cost(middle, (high - low) / 2, multiply_adds(call) // n, weights, nfe)


def timed(call: Call) -> list[float]:
    """Seconds of single evaluations, each waited for, after some that are not counted."""
    for _ in range(WARM):
        _wait(call())
    times: list[float] = []
    started = time.perf_counter()
    while len(times) < LEAST or (time.perf_counter() - started < SECONDS and len(times) < MOST):
        before = time.perf_counter()
        _wait(call())
        times.append(time.perf_counter() - before)
    return times


def _wait(out: Tensor) -> None:
    """Until the device has it."""
    out.flatten()[:1].cpu()


def multiply_adds(call: Call) -> int:
    """Of matrix products and convolutions: half of what counts as floating-point operations."""
    with FlopCounterMode(display=False) as counter:
        call()
    return int(counter.get_total_flops()) // 2
