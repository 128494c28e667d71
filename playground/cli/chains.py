"""``chain`` and ``log-prob``: the reverse process of a diffusion model frame by frame, and the exact density of given items."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from playground.cli.console import Meter, Outcome
from playground.cli.errors import CommandError
from playground.cli.flags import sampler_choice
from playground.cli.models import are_pictures, output
from playground.cli.pictures import DATA_COLOUR, MODEL_COLOURS, bounds_of, scatter
from playground.cli.running import ask, parts, session
from playground.cli.runs import find_run
from playground.engine import Recipe, load_run, messages, scale_for, tile, write_animation, write_picture

if TYPE_CHECKING:
    from playground.engine import Session

SHOWN = ("x_t", "x0_pred", "eps_pred", "mean", "noise")  # arrays of a ChainFrame that can be shown
BACKDROP = 2000
NUMBERED = "/"  # a name that ends so is a folder of numbered frames


# ---------------------------------------------------------------- chain
def chain(args: argparse.Namespace) -> Outcome:
    """``playground chain RUN``: every step from noise to data, as a film or as numbered pictures."""
    shown = tuple(args.show.split(","))
    if unknown := [s for s in shown if s not in SHOWN]:
        raise CommandError(f"--show {unknown[0]} is not known. There are: {', '.join(SHOWN)}.")
    folder_wanted = args.out.endswith(NUMBERED)
    out = Path(args.out).expanduser() if folder_wanted else output(args.out, (".gif", ".mp4", ".png"))
    folder = find_run(args.target)
    recipe = load_run(folder).recipe
    with session(folder) as asked:
        frames = list(_frames(asked, args))
        paint = _painter(asked, recipe, frames, shown)
    _write(out, folder_wanted, [paint(f) for f in _kept(frames, args.max_frames)], recipe, args.fps)
    last = frames[-1]
    values = {
        "out": out.resolve(), "run": folder.name, "frames": len(_kept(frames, args.max_frames)), "steps": last.total,
        "nfe": last.nfe, "n": len(last.x_t), "shown": shown, "step": last.step,
    }  # fmt: skip
    return Outcome(values, f"{last.total} steps ({last.nfe} network evaluations) are in {out}")


def _frames(asked: Session, args: argparse.Namespace) -> Iterator[messages.ChainFrame]:
    request = messages.RunChain(n=args.n, seed=args.seed, sampler=sampler_choice(args))
    for part in parts(asked, request, "Running the chain", "steps"):
        assert isinstance(part, messages.ChainFrame)
        yield part


def _kept(frames: list[messages.ChainFrame], most: int) -> list[messages.ChainFrame]:
    """At most so many, evenly spread, the first and the last among them."""
    if len(frames) <= most:
        return frames
    return [frames[i] for i in np.unique(np.linspace(0, len(frames) - 1, most).round().astype(int))]


def _painter(
    asked: Session, recipe: Recipe, frames: list[messages.ChainFrame], shown: tuple[str, ...]
) -> Callable[[messages.ChainFrame], np.ndarray]:
    """A function from a frame to one picture, with what is shown side by side."""
    if are_pictures(frames[-1].x_t):
        return lambda frame: np.concatenate([_framed(tile(getattr(frame, name))) for name in shown], axis=1)
    real = ask(asked, messages.DataItems(n=BACKDROP), "Reading real data").x
    bounds = bounds_of(real)
    colour = MODEL_COLOURS.get(recipe.family, "white")

    def points(frame: messages.ChainFrame) -> np.ndarray:
        panes = [scatter([(real, DATA_COLOUR, 1.2), (getattr(frame, name), colour, 2.2)], bounds, 400) for name in shown]
        return np.concatenate(panes, axis=1)

    return points


def _framed(picture: np.ndarray) -> np.ndarray:
    """A dark line at the right, between two panes."""
    edge = np.zeros((picture.shape[0], 2, *picture.shape[2:]), np.uint8)
    return np.concatenate([picture, edge], axis=1)


def _write(out: Path, numbered: bool, pictures: list[np.ndarray], recipe: Recipe, fps: float) -> None:
    scale = 1 if max(pictures[0].shape[:2]) >= 400 else scale_for(pictures[0])
    if numbered:
        out.mkdir(parents=True, exist_ok=True)
        with Meter(f"Writing {out}", "frames") as meter:
            for i, picture in enumerate(pictures):
                write_picture(out / f"frame-{i:04d}.png", picture, recipe.to_dict(), scale=scale)
                meter.update(i + 1, len(pictures))
    elif out.suffix.lower() == ".png":
        write_picture(out, np.concatenate(pictures, axis=0), recipe.to_dict(), scale=max(1, scale // 2))
    else:
        held = [*pictures, *[pictures[-1]] * round(fps)]  # the end stays on screen for a second
        with Meter(f"Writing {out.name}", "frames") as meter:
            write_animation(out, np.stack(held), fps, recipe.to_dict(), scale=scale, progress=meter.update)


# ---------------------------------------------------------------- log-prob
def log_prob(args: argparse.Namespace) -> Outcome:
    """``playground log-prob RUN FILE``: log p(x) of the points or pictures in a .npy file, in nats."""
    folder = find_run(args.target)
    path = Path(args.file).expanduser()
    try:
        x = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise CommandError(f"{path} cannot be read as an array: {error}.") from error
    if not isinstance(x, np.ndarray) or x.ndim < 2 or not np.issubdtype(x.dtype, np.number) or not len(x):
        raise CommandError(f"{path} should hold an array of numbers with one row an item, e.g. (N, 2) for points.")
    with session(folder) as asked:
        request = messages.LogProb(x=x.astype(np.float32), method=args.method)
        found = ask(asked, request, "Computing log p(x)", "%")
    values = {
        "run": folder.name, "method": args.method, "n": len(found.log_p), "exact": found.exact, "nfe": found.nfe, "unit": "nats",
        "log_p": found.log_p, "error": found.error, "mean": float(found.log_p.mean()),
        **({"true": found.true, "mean_true": float(found.true.mean())} if found.true is not None else {}),
    }  # fmt: skip
    kind = "log p(x)" if args.method == "ode" else "lower bound on log p(x)"
    return Outcome(values, f"mean {kind} of {len(found.log_p)} items: {values['mean']:.4f} nats")
