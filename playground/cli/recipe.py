"""Hyper-parameter flags, made from the fields that declare them, and the recipe they amount to."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from playground.cli.console import say
from playground.cli.errors import CommandError, did_you_mean
from playground.cli.runs import find_run
from playground.engine import FAMILIES, Compute, Config, ConfigError, Param, Recipe, field_types, params, runs_folder

CONFIG, COMPUTE = "config.", "compute."  # prefixes of the flags' places in the parsed arguments


# ---------------------------------------------------------------- flags
def add_flags(parser: argparse.ArgumentParser, config: type[Config], prefix: str) -> None:
    """One flag for every hyper-parameter, in its group, with its own words as help."""
    groups: dict[str, Any] = {}
    for name, kind in field_types(config).items():
        spec = params(config)[name]
        group = groups.get(spec.group) or groups.setdefault(spec.group, parser.add_argument_group(spec.group))
        group.add_argument(
            flag(name), dest=prefix + name, default=argparse.SUPPRESS, metavar=metavar(spec, kind),
            help=_help(spec, getattr(config(), name)).replace("%", "%%"),
        )  # fmt: skip


def flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def metavar(spec: Param, kind: type) -> str:
    if spec.choices:
        return "{" + ",".join(spec.choices) + "}"
    return "RUN" if spec.run_of else {int: "N", float: "X", bool: "on|off", str: "TEXT"}[kind]


def _help(spec: Param, default: Any) -> str:
    shown = (
        ("off", "on")[default] if isinstance(default, bool) else f"{default:,}" if isinstance(default, int) else default
    )
    live = " Can be changed while training." if spec.live else ""
    if spec.run_of:
        return f"{words(spec)}\nA run's folder, or the beginning of its id or name. Default: none, it is trained here first."
    return f"{words(spec)}\nDefault {shown}.{live}"


def words(spec: Param) -> str:
    """What a hyper-parameter is, with its symbol, range and source."""
    return f"{spec.label}{f' {spec.symbol}' if spec.symbol else ''}. {spec.describe()}"


def given(args: argparse.Namespace, config: type[Config], prefix: str) -> dict[str, Any]:
    """The values typed for ``config``, with their types."""
    kinds = field_types(config)
    typed = {k.removeprefix(prefix): v for k, v in vars(args).items() if k.startswith(prefix)}
    return {name: _value(text, kinds[name]) for name, text in typed.items()}


_SWITCH = dict.fromkeys(("on", "true", "yes", "1"), True) | dict.fromkeys(("off", "false", "no", "0"), False)


def _value(text: str, kind: type) -> Any:
    """The text as a value; what cannot be read stays text, and the range check says what is wrong with it."""
    if kind is bool:
        return _SWITCH.get(text.lower(), text)
    for read in (kind, float):  # 1e4 is a whole number, too
        try:
            return read(text)
        except (ValueError, OverflowError):
            continue
    return text


# ---------------------------------------------------------------- recipe
def make_recipe(args: argparse.Namespace) -> Recipe:
    """What the flags say: explicit values over the preset (by name, or the data set's own) or over a recipe file."""
    family, compute = FAMILIES[args.family], given(args, Compute, COMPUTE)
    values = _with_runs(given(args, family.config, CONFIG), family.config)
    if args.recipe:
        start = _read(args)
        data, seed = _lasting(args.data or start.data), start.seed if args.seed is None else args.seed
        return Recipe(args.family, data, _over(start.config, values), seed, start.compute.replace(**compute))
    data = _lasting(args.data or "mnist")
    base = _preset(args.preset, args.family, data)
    return Recipe(args.family, data, _over(base, values), args.seed or 0, Compute().replace(**compute))


def _with_runs(values: dict[str, Any], config: type[Config]) -> dict[str, Any]:
    """What names a run, by a folder or the beginning of its id or name, as the recipe keeps it: its id in the runs folder."""
    found = dict(values)
    for name, text in values.items():
        if params(config)[name].run_of and text:
            folder = find_run(text).absolute()
            found[name] = folder.name if folder.parent == runs_folder().absolute() else str(folder)
    return found


def _lasting(data: str) -> str:
    """A name of the table as it is; a path as absolute, since a run may be resumed from another folder."""
    from playground.engine import DATASETS, describe

    name = describe(data).name
    return data if name in DATASETS else data.strip().replace(name, str(Path(name).expanduser().absolute()), 1)


def _read(args: argparse.Namespace) -> Recipe:
    from playground.engine import read_recipe

    recipe = read_recipe(args.recipe)
    if recipe.family != args.family:
        raise CommandError(f"{args.recipe} is a recipe of {recipe.family}: type playground train {recipe.family}.")
    if args.preset:
        raise CommandError("--recipe and --preset exclude each other: both say where to start.")
    return recipe


def _preset(title: str | None, family_name: str, data: str) -> Config:
    """The preset whose title begins with ``title``, in any case; without one, the data set's own."""
    from playground.engine import describe

    family, spec = FAMILIES[family_name], describe(data)
    if title is None:
        return family.default_config(spec.name, spec.kind)
    fitting = {p.title: p for p in family.presets_for(spec.name, spec.kind)}
    found = [t for t in fitting if t.casefold() == title.casefold()] or [
        t for t in fitting if t.casefold().startswith(title.casefold())
    ]
    if len(found) != 1:
        close = did_you_mean(title, fitting)
        raise CommandError(f"{title!r} is no preset for {data}.{close} There are: {', '.join(fitting)}.")
    return family.config().replace(**fitting[found[0]].changes)


def _over(base: Config, values: dict[str, Any]) -> Config:
    """``values`` over ``base``. A value of the preset that clashes with a typed one gives way to its default."""
    for _ in params(base):
        try:
            return base.replace(**values)
        except ConfigError as clash:
            if clash.field in values or clash.field not in params(base):
                raise
            default = getattr(type(base)(), clash.field)
            say(f"{flag(clash.field)} is {default} here: the preset's value {clash.reason}")
            values = {**values, clash.field: default}
    return base.replace(**values)
