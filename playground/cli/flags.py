"""Flags that several commands share: how a diffusion model samples."""

from __future__ import annotations

import argparse

from playground.engine import messages


def add_sampler_flags(parser: argparse.ArgumentParser) -> None:
    """Flags of a diffusion model's sampler; what is not typed comes from the recipe."""
    group = parser.add_argument_group("sampler, for diffusion models (default: the recipe's)")
    group.add_argument("--sampler", default="", metavar="NAME", help="ddim, ddpm, ddpm_large, ddpm_optimal, euler, heun, dpmpp_2m")
    group.add_argument("--num-steps", type=int, default=0, metavar="S", help="steps out of the model's timesteps")
    group.add_argument("--eta", type=float, default=float("nan"), metavar="X", help="noise on the way: 0 DDIM, 1 DDPM")
    group.add_argument("--guidance-scale", type=float, default=float("nan"), metavar="W", help="1 is off")
    group.add_argument("--label", type=int, metavar="K", help="the class asked for, of a model trained with class dropout")
    group.add_argument("--ideal", action="store_true", help="the ideal denoiser of the data in place of the network")


def sampler_choice(args: argparse.Namespace) -> messages.SamplerChoice:
    """What those flags say."""
    return messages.SamplerChoice(args.sampler, args.num_steps, args.eta, args.guidance_scale, args.label, args.ideal)
