"""``chain``: a model that samples step by step on its way from noise to data, as a film, as numbered pictures or as a strip."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from playground.cli.console import Meter, Outcome
from playground.cli.errors import CommandError, did_you_mean
from playground.cli.flags import has_chain, sampler_choice, settings
from playground.cli.models import BACKDROP, are_pictures, output
from playground.cli.pictures import BACKGROUND, DATA_COLOUR, GREY, Bounds, bounds_of, captioned, colour_of, joined, scatter
from playground.cli.running import ask, parts, session
from playground.cli.runs import find_run
from playground.cli.whole import check_folder, whole_folder
from playground.engine import Recipe, enlarge, load_run, messages, tile, write_animation, write_picture

if TYPE_CHECKING:
    from playground.engine import Session

SHOWN = ("x_t", "x0_pred", "eps_pred", "mean", "noise", "latent")  # arrays of a ChainFrame that can be shown
BELIEFS = ("x0_pred", "eps_pred")  # held before the step that led to their frame
NOISES = ("eps_pred", "noise")  # in standard deviations, whatever the data
NOISE_BOUNDS: Bounds = (-4.0, 4.0, -4.0, 4.0)
FILM, STRIP = 150, 10  # frames kept of a long chain, unless --frames says otherwise
FILM_PX, STRIP_PX, LEAST_PX = 360, 160, 120  # about how wide one pane is; narrower ones have no room for their caption
HOLD_S = 1.0  # the end of a film stands still

Pane = Callable[[str, "Moment"], np.ndarray]


@dataclass(frozen=True)
class Moment:
    """A frame of the chain, and the timestep before the step that led to it."""

    frame: messages.ChainFrame
    before: int

    def caption(self, name: str) -> str:
        """Beliefs carry the timestep at which they were held."""
        t = self.before if name in BELIEFS else self.frame.t
        return f"{name}, t = {t}" if t >= 0 else f"{name}, end"


def chain(args: argparse.Namespace) -> Outcome:
    """``playground chain RUN``: every step from noise to data."""
    shown = _shown(args.show)
    out, numbered = _place(args.out)
    folder = find_run(args.target)
    recipe = load_run(folder).recipe
    if not has_chain(recipe):
        raise CommandError(f"A chain is how diffusion models and their like sample; this run is of the family {recipe.family}.")
    choice, recipe = sampler_choice(args, recipe)
    assert choice is not None
    colour = colour_of(recipe.family)
    strip = not numbered and out.suffix.lower() == ".png"
    with session(folder) as asked:
        real = ask(asked, messages.DataItems(n=BACKDROP), "Reading real data").x
        request = messages.RunChain(n=args.n, seed=args.seed, sampler=choice)
        pictures, last = _painted(asked, request, args.frames or (STRIP if strip else FILM), shown, real, strip, colour)
    if strip:
        rows = [joined(list(row)) for row in zip(*pictures, strict=True)]
        write_picture(out, joined(rows, axis=0), recipe.to_dict())
    else:
        _write(out, numbered, [joined(panes) for panes in pictures], recipe, args.fps)
    values = {
        "out": out.resolve(), "run": folder.name, "n": args.n, "seed": args.seed, "shown": shown, "frames": len(pictures),
        "steps": last.total, "nfe": last.nfe, "step": last.step, **settings(recipe, args),
    }  # fmt: skip
    return Outcome(values, f"{last.total} steps ({last.nfe} network evaluations an item) are in {out}, {len(pictures)} frames")


# ---------------------------------------------------------------- what was typed
def _shown(text: str) -> list[str]:
    """The quantities named by --show."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in SHOWN:
            raise CommandError(f"--show {name!r} is not known.{did_you_mean(name, SHOWN)} There are: {', '.join(SHOWN)}.")
    return list(dict.fromkeys(names))


def _place(text: str) -> tuple[Path, bool]:
    """Where to write, and whether that is a folder of numbered pictures."""
    path = Path(text).expanduser()
    if text.endswith(("/", os.sep)) or path.is_dir() or not path.suffix:
        check_folder(path)
        return path, True
    return output(text, (".gif", ".mp4", ".png"), "; frames/ makes a folder of numbered pictures"), False


# ---------------------------------------------------------------- painting
def _painted(
    asked: Session, request: messages.RunChain, most: int, shown: list[str], real: np.ndarray, strip: bool, colour: str
) -> tuple[list[list[np.ndarray]], messages.ChainFrame]:
    """The panes of each kept frame, painted as the chain runs, and its last frame."""
    kept: set[int] = set()
    pictures: list[list[np.ndarray]] = []
    pane: Pane | None = None
    for moment in _moments(asked, request):
        frame = moment.frame
        if pane is None:
            _check_latent(frame, shown)
            kept = evenly(frame.total, most)
            pane = _pane(frame, real, STRIP_PX if strip else FILM_PX, colour)
        if frame.done in kept:
            pictures.append([pane(name, moment) for name in shown])
    return pictures, frame


def _moments(asked: Session, request: messages.RunChain) -> Iterator[Moment]:
    before = None
    for frame in parts(asked, request, "Running the chain", "steps"):
        assert isinstance(frame, messages.ChainFrame)
        yield Moment(frame, frame.t if before is None else before)
        before = frame.t


def evenly(total: int, most: int) -> set[int]:
    """At most so many of 0 .. total, evenly spread, the first and the last among them (of one: the last)."""
    return set(np.linspace(total, 0, min(most, total + 1)).round().astype(int).tolist())


def _check_latent(first: messages.ChainFrame, shown: list[str]) -> None:
    """Latents are shown of chains that have some, as pictures beside pictures."""
    if "latent" in shown and first.latent is None:
        raise CommandError("--show latent: this chain runs in the space of the data; there is no latent to show.")
    if "latent" in shown and not are_pictures(first.x_t):
        raise CommandError("--show latent: a latent is shown beside pictures; these data are points.")


def _pane(first: messages.ChainFrame, real: np.ndarray, size_px: int, colour: str) -> Pane:
    """A function from a quantity and a moment to a captioned picture, the same size for all; points of the model in ``colour``."""
    if are_pictures(first.x_t):
        width = tile(first.x_t).shape[1]
        scale = max(1, size_px // width, -(-LEAST_PX // width))
        room = tile([enlarge(item, scale) for item in first.x_t]).shape

        def pictures(name: str, moment: Moment) -> np.ndarray:
            items = getattr(moment.frame, name)
            if name == "latent":
                return captioned(_within(items, room), moment.caption(name))
            return captioned(tile([enlarge(item, scale) for item in items]), moment.caption(name))

        return pictures
    bounds = bounds_of(np.concatenate([real, first.x_t]))

    def points(name: str, moment: Moment) -> np.ndarray:
        layers = [] if name in NOISES else [(real, DATA_COLOUR, size_px / 400)]
        if moment.frame.done or name not in ("mean", "noise"):  # no step has led to x_T
            layers.append((getattr(moment.frame, name), colour, size_px / 150))
        axes = NOISE_BOUNDS if name in NOISES else bounds
        return captioned(scatter(layers, axes, size_px), moment.caption(name), BACKGROUND)

    return points


def _within(latents: np.ndarray, room: tuple[int, ...]) -> np.ndarray:
    """Latents (n, h, w) as a sheet of the size and colours ``room`` (H, W[, 3]): as large as they fit, grey round them."""
    small = tile(latents).shape
    scale = max(1, min(room[0] // small[0], room[1] // small[1]))
    sheet = tile([enlarge(item, scale) for item in latents])[: room[0], : room[1]]
    sheet = np.pad(sheet, [(0, side - own) for side, own in zip(room[:2], sheet.shape, strict=True)], constant_values=GREY)
    return sheet if len(room) == 2 else np.repeat(sheet[..., None], room[2], 2)


# ---------------------------------------------------------------- writing
def _write(out: Path, numbered: bool, pictures: list[np.ndarray], recipe: Recipe, fps: float) -> None:
    """A folder of numbered pictures, or a film."""
    if not numbered:
        held = np.stack([*pictures, *pictures[-1:] * round(HOLD_S * fps)])
        with Meter(f"Writing {out.name}", "frames") as meter:
            write_animation(out, held, fps, recipe.to_dict(), progress=meter.update)
        return
    digits = max(4, len(str(len(pictures))))
    with whole_folder(out) as part, Meter(f"Writing {out}", "pictures") as meter:
        for i, picture in enumerate(pictures):
            write_picture(part / f"{i:0{digits}d}.png", picture, recipe.to_dict())
            meter.update(i + 1, len(pictures))
