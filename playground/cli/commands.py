"""What can be typed. The flags of ``train`` come from the families' own declarations (see recipe.py)."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from playground import __version__
from playground.cli.errors import CommandError, did_you_mean
from playground.cli.parser import Parser, positive, whole
from playground.cli.recipe import COMPUTE, CONFIG, add_flags
from playground.engine import FAMILIES, Compute

SUMMARY = "See how generative models work, fail and compare. Without a command, the window opens."
RUN = "a run: its folder, or the beginning of its id or name in the runs folder"
DATA = "a data set: a name (see playground data list) or a path, with options: ring8?std=0.02"


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Parse the command line; ``args.run`` names the function to call. Raises CommandError with a sentence."""
    args, unknown = build().parse_known_args([_dashed(w) for w in words])
    if unknown:
        flags = [f for action in args.parser._actions for f in action.option_strings]
        close = did_you_mean(unknown[0].split("=")[0], flags)
        raise CommandError(f"{unknown[0]} is not known here.{close} Try {args.parser.prog} --help.")
    return args


def _dashed(word: str) -> str:
    """--latent_dim=8 as --latent-dim=8: both ways of writing are welcome."""
    name, equals, value = word.partition("=")
    return name.replace("_", "-") + equals + value if word.startswith("--") else word


def build() -> Parser:
    """The whole command line."""
    parser = Parser(prog="playground", description=SUMMARY)
    parser.add_argument("--version", action="version", version=f"Generative Playground {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, title="commands")
    for add in (_train, _resume, _sample, _evaluate, _interpolate, _data, _runs, _check, _bench):
        add(commands)
    return parser


def _command(commands: Any, name: str, run: str, help: str, **more: Any) -> Parser:
    """A command whose work is done by the function ``run``, "module:function" below playground.cli."""
    parser: Parser = commands.add_parser(name, help=help, description=more.pop("description", help), **more)
    parser.set_defaults(run=f"playground.cli.{run}")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on standard output and nothing else there"
    )
    return parser


# ---------------------------------------------------------------- commands
def _train(commands: Any) -> None:
    train = commands.add_parser("train", help="train a model", description="Train a model.")
    families = train.add_subparsers(metavar="FAMILY", required=True, title="families")
    for family in FAMILIES.values():
        presets = "\n".join(
            f"  {p.title} ({', '.join(p.data) or p.kind}, {p.stated_time}): "
            + " ".join(f"{k}={v}" for k, v in p.changes.items())
            for p in family.presets
        )
        parser = _command(
            families, family.name, "training:train", family.title, description=f"{family.summary}\n{family.paper}",
            epilog=f"presets (the first that suits the data applies, or the one named; flags win):\n{presets}",
        )  # fmt: skip
        parser.set_defaults(family=family.name)
        parser.add_argument("--data", help=f"{DATA}; default mnist")
        parser.add_argument("--preset", help="start from this preset's values")
        parser.add_argument(
            "--recipe", metavar="FILE", help="start from the recipe in a picture, film, .json, .toml or run folder"
        )
        parser.add_argument("--seed", type=whole, metavar="N", help="decides all that is random; default 0")
        parser.add_argument(
            "--out", metavar="DIR", help="an empty or new folder for the run; default: a new one in the runs folder"
        )
        parser.add_argument("--name", default="", help="a name for the run")
        add_flags(parser, family.config, CONFIG)
        add_flags(parser, Compute, COMPUTE)


def _resume(commands: Any) -> None:
    parser = _command(commands, "resume", "training:resume", "go on with a run that was stopped")
    parser.add_argument("target", metavar="RUN", help=RUN)
    parser.add_argument(
        "--steps", type=whole, metavar="N", help="train up to this step (more than the run's own goes on after its end)"
    )


def _sample(commands: Any) -> None:
    parser = _command(commands, "sample", "models:sample", "draw samples from a trained model")
    parser.add_argument("target", metavar="RUN", help=RUN)
    parser.add_argument("-n", type=positive, default=64, metavar="N", help="how many; default 64")
    parser.add_argument("--seed", type=whole, default=0, metavar="N", help="decides the noise; default 0")
    parser.add_argument("--out", required=True, metavar="FILE", help=".png: a picture of them; .npz: arrays x and z")


def _evaluate(commands: Any) -> None:
    parser = _command(commands, "evaluate", "models:evaluate", "measure a trained model on held-out data")
    parser.add_argument("target", metavar="RUN", help=RUN)
    parser.add_argument("--data", default="", help=f"{DATA}; default: the run's own")
    parser.add_argument(
        "--n", "-n", type=whole, default=1000, metavar="N", help="held-out items to use, 0 for all; default 1000"
    )
    parser.add_argument(
        "--iwae-samples",
        type=positive,
        default=100,
        metavar="K",
        help="samples per item in the importance-weighted bound; default 100",
    )


def _interpolate(commands: Any) -> None:
    parser = _command(commands, "interpolate", "models:interpolate", "walk between items through the latent space")
    parser.add_argument("target", metavar="RUN", help=RUN)
    parser.add_argument(
        "--out", required=True, metavar="FILE", help=".png: a strip; .gif or .mp4: a loop, there and back"
    )
    parser.add_argument("--from", dest="start", type=whole, nargs="+", metavar="I", help="held-out items to start from")
    parser.add_argument(
        "--to", dest="end", type=whole, nargs="+", metavar="J", help="held-out items to arrive at, as many"
    )
    parser.add_argument(
        "--pairs",
        type=positive,
        default=4,
        metavar="N",
        help="without --from and --to: so many random pairs; default 4",
    )
    parser.add_argument("--seed", type=whole, default=0, metavar="N", help="decides the random pairs; default 0")
    parser.add_argument(
        "--frames", type=positive, metavar="F", help="pictures from end to end; default 11 in a strip, 30 in a loop"
    )
    parser.add_argument(
        "--path", choices=("lerp", "slerp"), help="straight line, or great circle; default: what suits the kind of model"
    )
    parser.add_argument("--fps", type=float, default=15, help="frames per second of a loop; default 15")


def _data(commands: Any) -> None:
    data = commands.add_parser("data", help="the data sets", description="The data sets.")
    actions = data.add_subparsers(metavar="ACTION", required=True, title="actions")
    _command(actions, "list", "data:list_data", "all data sets that come with the program")
    parser = _command(actions, "show", "data:show_data", "load a data set and tell what is in it")
    parser.add_argument("data", metavar="NAME_OR_PATH", help=DATA)
    parser.add_argument("--out", metavar="FILE", help=".png: a picture of the first items")
    parser.add_argument(
        "-n", type=positive, metavar="N", help="items in the picture; default 64 pictures or 2,000 points"
    )


def _runs(commands: Any) -> None:
    _command(commands, "runs", "runs:list_all", "the runs in the runs folder, newest first")


def _check(commands: Any) -> None:
    parser = _command(
        commands, "check", "check:check", "see whether everything works here: devices, storage, window system"
    )
    parser.add_argument("--steps", type=positive, default=10, help=argparse.SUPPRESS)


def _bench(commands: Any) -> None:
    parser = _command(commands, "bench", "bench:bench", "measure the program's own speed on this machine")
    parser.add_argument("--seconds", type=float, default=60, metavar="S", help="time for the longest one; default 60")
    parser.add_argument("--family", choices=("vae", "gan", "diffusion"), default="vae", help="whose training and views; default vae")
