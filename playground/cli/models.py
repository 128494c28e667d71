"""``sample``, ``evaluate`` and ``interpolate``: questions to a trained model."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.cli.console import Meter, Outcome, table
from playground.cli.errors import CommandError
from playground.cli.flags import sampler_choice, settings
from playground.cli.pictures import DATA_COLOUR, MODEL_COLOURS, bounds_of, scatter
from playground.cli.running import ask, session
from playground.cli.runs import find_run
from playground.engine import (
    FAMILIES,
    Recipe,
    load_run,
    messages,
    scale_for,
    tile,
    whole_file,
    write_animation,
    write_picture,
)

if TYPE_CHECKING:
    from playground.engine import Session

Pairs = tuple[tuple[int, int], ...]

BACKDROP = 2000  # real points behind those of the model


# ---------------------------------------------------------------- sample
def sample(args: argparse.Namespace) -> Outcome:
    """``playground sample RUN``: a grid of pictures, or points over real data; or the arrays."""
    out = output(args.out, (".png", ".npz"))
    folder = find_run(args.target)
    choice, recipe = sampler_choice(args, load_run(folder).recipe)
    with session(folder) as asked:
        drawn = ask(asked, messages.DrawSamples(n=args.n, seed=args.seed, sampler=choice), "Drawing samples", "steps")
        if out.suffix.lower() == ".npz":
            with whole_file(out) as part, part.open("wb") as file:
                np.savez_compressed(file, x=drawn.x, z=drawn.z, recipe=json.dumps(recipe.to_dict()))
        else:
            picture = tile(drawn.x) if are_pictures(drawn.x) else _over_data(asked, recipe, drawn.x)
            write_picture(out, picture, recipe.to_dict(), scale=scale_for(picture))
    values = {
        "out": out.resolve(),
        "run": folder.name,
        "n": args.n,
        "seed": args.seed,
        "step": drawn.step,
        "shape": drawn.x.shape,
        **settings(recipe, args),
    }
    return Outcome(values, f"{args.n} samples of step {drawn.step:,} are in {out}")


def output(text: str, endings: tuple[str, ...], otherwise: str = "") -> Path:
    """Check a file name before any work is done for it. ``otherwise`` ends the sentence about a wrong one."""
    path = Path(text).expanduser()
    if path.suffix.lower() not in endings:
        raise CommandError(f"--out {text} should end in {', '.join(endings[:-1])} or {endings[-1]}{otherwise}.")
    return path


def are_pictures(x: np.ndarray) -> bool:
    return x.dtype == np.uint8


def _over_data(asked: Session, recipe: Recipe, points: np.ndarray) -> np.ndarray:
    """Points of the model over real data."""
    real = ask(asked, messages.DataItems(n=BACKDROP), "Reading real data").x
    layers = [(real, DATA_COLOUR, 1.2), (points, MODEL_COLOURS.get(recipe.family, "white"), 2.2)]
    return scatter(layers, bounds_of(real))


# ---------------------------------------------------------------- evaluate
def evaluate(args: argparse.Namespace) -> Outcome:
    """``playground evaluate RUN``: the family's numbers on held-out data, in nats per item, with standard errors."""
    folder = find_run(args.target)
    recipe = load_run(folder).recipe
    question = messages.Evaluate(n=args.n, num_samples=args.iwae_samples, data=args.data)
    with session(folder) as asked:
        answer = ask(asked, question, "Evaluating", "items")
    values = {"run": folder.name, "family": recipe.family, "data": recipe.data, "step": answer.step, **answer.numbers}
    return Outcome(values, _numbers_table(values))


def _numbers_table(values: dict[str, Any]) -> Any:
    """Every single number with its standard error; lists and settings stay in the JSON."""
    rows = []
    for name, value in values.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool) and not name.endswith("_se"):
            error = values.get(f"{name}_se")
            rows.append(
                [
                    name,
                    f"{value:,}" if isinstance(value, int) else f"{value:.4f}",
                    "" if error is None else f"± {error:.4f}",
                ]
            )
    title = f"{values['run']} on {values['data']}, {values.get('unit', '')}".rstrip(", ")
    return table(title, ["quantity", "value", "std. error"], rows, right=(1, 2))


# ---------------------------------------------------------------- interpolate
def interpolate(args: argparse.Namespace) -> Outcome:
    """``playground interpolate RUN``: paths between items (or noises), as a strip or as a loop there and back."""
    out = output(args.out, (".png", ".gif", ".mp4"))
    typed = _typed_pairs(args)
    folder = find_run(args.target)
    recipe = load_run(folder).recipe
    frames = args.frames or (11 if out.suffix.lower() == ".png" else 30)
    path = args.path or FAMILIES[recipe.family].path
    with session(folder) as asked:
        real = ask(asked, messages.DataItems(n=BACKDROP), "Reading real data").x
        ends, pairs = _ends(asked, args, recipe, typed, real)
        paths = ask(asked, messages.Interpolate(frames=frames, path=path, **ends), "Walking").frames  # (P, F, ...)
    _write_paths(out, paths, real, recipe, args.fps)
    values = {"out": out.resolve(), "run": folder.name, "pairs": pairs, "frames": frames, "path": path}
    return Outcome(values, f"{len(paths)} paths of {frames} frames are in {out}")


def _ends(
    asked: Session, args: argparse.Namespace, recipe: Recipe, typed: Pairs, real: np.ndarray
) -> tuple[dict[str, Any], Pairs]:
    """Where the paths begin and end, as keywords of Interpolate, and the items there if there are any.

    Families whose codes are pure noise walk between random noises unless items are named. An encoder (or running a chain
    backwards) gives the codes of those; without one they are searched for.
    """
    family = FAMILIES[recipe.family]
    between = args.between or ("noises" if family.path == "slerp" else "items")
    if not typed and between == "noises":
        size = (2, args.pairs, _code_size(recipe, real))
        a, b = np.random.default_rng(args.seed).standard_normal(size).astype(np.float32)
        return {"a": a, "b": b}, ()
    pairs = typed or _random_pairs(args, len(real))
    if family.encoder:
        return {"pick": pairs}, pairs
    found = {i: _found(asked, i) for i in dict.fromkeys(i for pair in pairs for i in pair)}
    a, b = (np.stack([found[pair[side]] for pair in pairs]) for side in (0, 1))
    return {"a": a, "b": b}, pairs


def _code_size(recipe: Recipe, real: np.ndarray) -> int:
    """Numbers in a code: what the recipe says of items so large, the latent dimension, or as many as an item has."""
    numbers = int(np.prod(real.shape[1:]))
    if callable(size := getattr(recipe.config, "code_size", None)):
        return int(size(numbers))
    return int(getattr(recipe.config, "latent_dim", numbers))


def _found(asked: Session, index: int) -> np.ndarray:
    """The code of a held-out item, by search."""
    z: np.ndarray = ask(asked, messages.FindLatent(index=index), f"Finding item {index}", "steps").z
    return z


def _typed_pairs(args: argparse.Namespace) -> Pairs:
    """The items named by --from and --to, if any."""
    start, end = args.start or [], args.end or []
    if len(start) != len(end):
        raise CommandError("--from and --to belong together and name equally many items.")
    if start and args.between == "noises":
        raise CommandError("--from and --to name items: --between noises leaves them no meaning.")
    return tuple(zip(start, end, strict=True))


def _random_pairs(args: argparse.Namespace, available: int) -> Pairs:
    picked = np.random.default_rng(args.seed).integers(0, available, (args.pairs, 2))
    return tuple((int(a), int(b)) for a, b in picked)


def _write_paths(out: Path, paths: np.ndarray, real: np.ndarray, recipe: Recipe, fps: float) -> None:
    pictures = are_pictures(paths)
    if out.suffix.lower() == ".png":
        sheet = (
            tile(paths.reshape(-1, *paths.shape[2:]), columns=paths.shape[1])
            if pictures
            else _trails(paths, real, recipe)
        )
        write_picture(out, sheet, recipe.to_dict(), scale=scale_for(sheet, 1200) if pictures else 1)
        return
    there = [
        tile(frame) if pictures else _trails(paths[:, : i + 1], real, recipe)
        for i, frame in enumerate(paths.swapaxes(0, 1))
    ]
    loop = np.stack(there + there[-2:0:-1])  # and back, without showing the ends twice
    with Meter(f"Writing {out.name}", "frames") as meter:
        scale = scale_for(loop[0]) if pictures else 1
        write_animation(out, loop, fps, recipe.to_dict(), scale=scale, progress=meter.update)


def _trails(paths: np.ndarray, real: np.ndarray, recipe: Recipe) -> np.ndarray:
    """Paths (P, F, 2) over real points, their last points largest."""
    colour = MODEL_COLOURS.get(recipe.family, "white")
    layers = [(real, "#2c5d78", 1.0), (paths.reshape(-1, 2), colour, 2.0), (paths[:, -1], "white", 4.5)]
    return scatter(layers, bounds_of(real))
