"""A small U-Net for pictures (Ronneberger et al. 2015), told the time as in Ho et al. 2020, appendix B."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from playground.engine.nets.conv import sizes

HALVINGS = 2  # 28 -> 14 -> 7: below that convolutions see the whole picture
SMALLEST = 4  # places on a side: patches leave at least so many


class UNet(nn.Module):
    """x (B, C, H, W) and an embedding of the time (B, width) -> (B, C, H, W). One residual block a resolution on the way down and
    on the way up, attention at the lowest. Odd sides round up on the way down and come back on the way up.

    ``patch`` x ``patch`` pixels become one place with as many times the channels (Hoogeboom et al. 2023, section 3.2); sides that
    do not divide are continued by their last pixels, and cut off at the end.
    """

    def __init__(self, shape: tuple[int, int, int], channels: int, width: int, patch: int = 1) -> None:
        super().__init__()
        self.patch = max(1, min(patch, min(shape[1:]) // SMALLEST))
        colours, high, wide = shape[0] * self.patch**2, *(-(-side // self.patch) for side in shape[1:])
        self.stages = sizes(high, wide)[: HALVINGS + 1]
        widths = [channels * min(2**i, 4) for i in range(len(self.stages))]
        self.first = nn.Conv2d(colours, channels, 3, padding=1)
        self.down = nn.ModuleList(Block(w, w, width) for w in widths[:-1])
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(widths))
        self.middle = nn.ModuleList([Block(widths[-1], widths[-1], width), Block(widths[-1], widths[-1], width)])
        self.attention = Attention(widths[-1])
        self.grow = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairwise(widths))  # before it is enlarged: nine times cheaper
        self.up = nn.ModuleList(Block(2 * w, w, width) for w in widths[:-1])
        self.last = nn.Sequential(norm(channels), nn.SiLU(), nn.Conv2d(channels, colours, 3, padding=1))
        with torch.no_grad():
            for p in self.last[-1].parameters():
                p.zero_()

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        time, p = F.silu(time), self.patch
        high, wide = x.shape[2:]
        whole = F.pad(x, (0, -wide % p, 0, -high % p), mode="replicate") if high % p or wide % p else x
        h: Tensor = self.first(F.pixel_unshuffle(whole, p))
        kept = []
        for block, shrink in zip(self.down, self.shrink, strict=True):
            h = block(h, time)
            kept.append(h)
            h = shrink(h)
        h = self.middle[1](self.attention(self.middle[0](h, time)), time)
        for level in reversed(range(len(self.up))):
            h = F.interpolate(self.grow[level](h), size=self.stages[level])
            h = self.up[level](torch.cat([h, kept.pop()], 1), time)
        out: Tensor = F.pixel_shuffle(self.last(h), p)[:, :, :high, :wide]
        return out


class Block(nn.Module):
    """Two convolutions round a shift by the time, with a way past them (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, width: int) -> None:
        super().__init__()
        self.before = nn.Sequential(norm(inputs), nn.SiLU(), nn.Conv2d(inputs, outputs, 3, padding=1))
        self.time = nn.Linear(width, 2 * outputs)
        self.norm = norm(outputs)
        self.after = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.past = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        scale, shift = self.time(time)[:, :, None, None].chunk(2, 1)
        h = self.norm(self.before(x)) * (1 + scale) + shift
        out: Tensor = self.past(x) + self.after(F.silu(h))
        return out


class Attention(nn.Module):
    """Every place of the picture looks at every other: one head (Ho et al. 2020, appendix B)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = norm(channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(self.norm(x)).flatten(2).transpose(1, 2).chunk(3, 2)  # (B, H*W, C) each
        seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape)
        out: Tensor = x + self.out(seen)
        return out


def norm(channels: int) -> nn.GroupNorm:
    """Group normalisation (Wu & He 2018) in at most 8 groups."""
    groups = next(g for g in (8, 4, 2, 1) if channels % g == 0)
    return nn.GroupNorm(groups, channels)
