"""How a model samples that does it step by step: the flags that ``sample`` and ``chain`` share, and what they amount to."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from playground.cli.errors import CommandError
from playground.cli.parser import whole
from playground.cli.recipe import flag, given, metavar, words
from playground.engine import FAMILIES, Recipe, field_types, messages, params

DIFFUSION = "diffusion"
SAMPLING = "sampling."  # prefix of the flags' places in the parsed arguments
DECLARED = ("sampler", "num_steps", "eta", "guidance_scale")  # fields of a config that a chain may change, where it has them


def has_chain(recipe: Recipe) -> bool:
    """Its family goes from noise to data step by step."""
    return any("chain" in views for views in FAMILIES[recipe.family].views.values())


def has_ideal(recipe: Recipe) -> bool:
    """An ideal denoiser can stand in for its network."""
    return any("denoising" in views for views in FAMILIES[recipe.family].views.values())


def add_sampler_flags(parser: argparse.ArgumentParser) -> None:
    """Flags of a diffusion model's sampler, in the words of the fields that declare them; untyped ones are the recipe's.

    Other families that sample step by step take those of them that their config has.
    """
    group = parser.add_argument_group("sampler of a diffusion model")
    config = FAMILIES[DIFFUSION].config
    for name in DECLARED:
        spec = params(config)[name]
        group.add_argument(
            flag(name), dest=SAMPLING + name, default=argparse.SUPPRESS, metavar=metavar(spec, field_types(config)[name]),
            help=f"{words(spec)}\nDefault: as in the recipe.".replace("%", "%%"),
        )  # fmt: skip
    group.add_argument(
        "--label", type=whole, metavar="K",
        help="the class asked for, counted from 0, of a model trained with --class-dropout above 0; default: any",
    )  # fmt: skip
    group.add_argument(
        "--ideal", action="store_true",
        help="in place of the network the ideal denoiser of the data: the exact mean of x0 given x_t, under the density of points "
        "or over the training pictures",
    )  # fmt: skip


def sampler_choice(args: argparse.Namespace, recipe: Recipe) -> tuple[messages.SamplerChoice | None, Recipe]:
    """What those flags say, and the recipe with them in it. Raises CommandError or ConfigError for what has no meaning."""
    typed = given(args, FAMILIES[DIFFUSION].config, SAMPLING)
    said = [*typed, *(["label"] if args.label is not None else []), *(["ideal"] if args.ideal else [])]
    for name in said:
        if name not in _known(recipe):
            raise CommandError(f"{flag(name)} belongs to diffusion models; this run is of the family {recipe.family}.")
    if not has_chain(recipe):
        return None, recipe
    config: Any = recipe.config.replace(**typed)
    if "eta" in typed and getattr(config, "sampler", "ddim") != "ddim":
        raise CommandError(f"--eta is a setting of ddim alone; the sampler here is {config.sampler}.")
    if args.label is not None:
        _check_label(args.label, args.ideal, recipe)
    elif "guidance_scale" in typed and getattr(config, "class_dropout", 0) == 0:
        raise CommandError("--guidance-scale pushes towards a class, but this model was told none: see --class-dropout.")
    return messages.SamplerChoice(*_values(typed), args.label, args.ideal), dataclasses.replace(recipe, config=config)


def _known(recipe: Recipe) -> set[str]:
    """The names of the flags that mean something to this recipe."""
    if not has_chain(recipe):
        return set()
    known = {name for name in DECLARED if hasattr(recipe.config, name)}
    return {*known, *["label"] * hasattr(recipe.config, "class_dropout"), *["ideal"] * has_ideal(recipe)}


def _values(typed: dict[str, Any]) -> tuple[str, int, float, float]:
    """The typed ones of a choice's first four values; its defaults, which leave it to the run, for the others."""
    free = messages.SamplerChoice()
    return (
        typed.get("sampler", free.name), int(typed.get("num_steps", free.num_steps)), typed.get("eta", free.eta),
        typed.get("guidance_scale", free.guidance_scale),
    )  # fmt: skip


def _check_label(label: int, ideal: bool, recipe: Recipe) -> None:
    """Is there such a class, and does the denoiser know it?"""
    from playground.engine import load_data

    config: Any = recipe.config
    if ideal:
        raise CommandError("--ideal stands for all of the data and knows no classes: leave out --label.")
    if config.class_dropout == 0:
        raise CommandError("This model was told no classes, so --label has no meaning: train one with --class-dropout above 0.")
    last = int(load_data(recipe.data).train_labels["label"].max())
    if label > last:
        raise CommandError(f"--label {label} is no class of {recipe.data}: they go from 0 to {last}.")


def settings(recipe: Recipe, args: argparse.Namespace) -> dict[str, Any]:
    """How the sampler was set, for the JSON; nothing for families without one."""
    known = _known(recipe)
    found = {name: getattr(recipe.config, name) for name in DECLARED if name in known}
    if found.get("sampler", "ddim") != "ddim":
        found["eta"] = None
    if getattr(recipe.config, "class_dropout", 0) == 0 and "guidance_scale" in found:
        found["guidance_scale"] = None
    return found | {name: getattr(args, name) for name in ("label", "ideal") if name in known}
