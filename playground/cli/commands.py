"""What can be typed. The flags of ``train`` come from the families' own declarations (see recipe.py)."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from playground import __version__
from playground.cli.compare import budget
from playground.cli.errors import CommandError, did_you_mean
from playground.cli.flags import add_sampler_flags
from playground.cli.parser import Parser, positive, rate, whole
from playground.cli.recipe import COMPUTE, CONFIG, add_flags
from playground.engine import FAMILIES, Compute

SUMMARY = "See how generative models work, fail and compare. Without a command, the window opens."
RUN = "a run: its folder, the beginning of its id or name in the runs folder, or a model on board (see playground models)"
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
    for add in (
        _train, _resume, _sample, _chain, _evaluate, _log_prob, _interpolate, _compare, _data, _runs, _models, _files, _check,
        _bench,
    ):  # fmt: skip
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
    add_sampler_flags(parser)


def _chain(commands: Any) -> None:
    parser = _command(
        commands, "chain", "chain:chain", "film a model that samples step by step on its way from noise to data",
        description="Film a diffusion model, or another that samples step by step, on its way from noise to data. "
        "Every picture is captioned with its quantity and timestep; beliefs with the timestep at which they were held. "
        "The recipe is inside the files.",
    )  # fmt: skip
    parser.add_argument("target", metavar="RUN", help=RUN)
    parser.add_argument(
        "--out", required=True, metavar="PLACE",
        help=".gif or .mp4: a film; .png: a strip, time from left to right; frames/: a new or empty folder of numbered pictures",
    )  # fmt: skip
    parser.add_argument(
        "--show", default="x_t,x0_pred", metavar="LIST",
        help="quantities beside each other, with commas between:\n"
        "x_t: the items on the way\n"
        "x0_pred: what the model believed the end would be, before the step\n"
        "eps_pred: what it believed the noise to be, from -3 (black) to 3 (white) standard deviations\n"
        "mean: where the step led, without its noise\n"
        "noise: what the step added, on the same scale as eps_pred\n"
        "latent: of a chain in a latent space, x_t itself, its numbers from -3 (black) to 3 (white)\n"
        "default x_t,x0_pred",
    )  # fmt: skip
    parser.add_argument("--n", "-n", type=positive, default=16, metavar="N", help="how many items; default 16")
    parser.add_argument(
        "--seed", type=whole, default=0, metavar="N",
        help="decides x_T and the noise on the way, whatever the sampler, so that two of them compare; default 0",
    )  # fmt: skip
    parser.add_argument(
        "--frames", type=positive, metavar="F",
        help="at most so many, evenly spread, of the steps and x_T; default 150, in a strip 10",
    )  # fmt: skip
    parser.add_argument("--fps", type=rate, default=15, help="frames per second of a film, up to 50; default 15")
    add_sampler_flags(parser)


def _log_prob(commands: Any) -> None:
    parser = _command(
        commands, "log-prob", "log_prob:log_prob", "log p(x) of items in a file under a diffusion model, in nats",
        description="log p(x) of every item in a file under a diffusion model, in nats, with its error, their mean, and beside it "
        "the truth where the density of the data is known.",
    )  # fmt: skip
    parser.add_argument("target", metavar="RUN", help=RUN)
    parser.add_argument(
        "file", metavar="FILE",
        help="a .npy array (or the items of an .npz) with one item a row: (N, 2) for points; for pictures (N, H, W), "
        "(N, H, W, C) or (N, C, H, W), whole numbers from 0 to 255 or fractions from -1 (black) to 1",
    )  # fmt: skip
    parser.add_argument(
        "--method", choices=("ode", "bound"), default="ode",
        help="ode: log p by the probability-flow ODE (Song et al. 2021, arXiv:2011.13456); its error is the solver's for points, "
        "a standard error over probes for pictures\n"
        "bound: minus the variational bound (Ho et al. 2020, arXiv:2006.11239, eq. 5), which lies below log p, with a standard "
        "error over random timesteps\ndefault ode",
    )  # fmt: skip


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
        help="samples per item in the importance-weighted bound of a VAE; default 100",
    )


def _interpolate(commands: Any) -> None:
    parser = _command(commands, "interpolate", "models:interpolate", "walk between items, or noises, through the latent space")
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
    parser.add_argument(
        "--between", choices=("items", "noises"),
        help="what random pairs are of: held-out items, or codes drawn from N(0, I); default: items where the model is a VAE, "
        "else noises",
    )  # fmt: skip
    parser.add_argument("--seed", type=whole, default=0, metavar="N", help="decides the random pairs; default 0")
    parser.add_argument(
        "--frames", type=positive, metavar="F", help="pictures from end to end; default 11 in a strip, 30 in a loop"
    )
    parser.add_argument(
        "--path", choices=("lerp", "slerp"), help="straight line, or great circle; default: what suits the kind of model"
    )
    parser.add_argument("--fps", type=rate, default=15, help="frames per second of a loop, up to 50; default 15")


def _compare(commands: Any) -> None:
    parser = _command(
        commands, "compare", "compare:compare", "train models side by side, or take runs, and measure them alike",
        description="Train models of several families side by side on one clock, or take runs of the past; measure them all in the "
        "same way, and set what was measured beside the textbook's table. A comparison that was stopped or killed goes on with "
        "playground compare FOLDER.",
    )  # fmt: skip
    parser.add_argument(
        "runs", nargs="*", metavar="RUN", help=f"{RUN}, several of them; or the folder of one comparison, to see it or go on"
    )
    parser.add_argument("--data", help=f"{DATA}; trains new models on it")
    parser.add_argument(
        "--families", nargs="+", choices=tuple(FAMILIES), metavar="FAMILY",
        help=f"which of {', '.join(FAMILIES)}; default: those that stand for themselves",
    )  # fmt: skip
    parser.add_argument(
        "--budget", type=budget, metavar="TIME", help="training time of each run: 60s, 2min; default: all the steps of the recipes"
    )
    parser.add_argument(
        "--parameters", type=positive, metavar="N", help="trained values of each model; default: as the recipes say"
    )
    parser.add_argument("--seeds", type=positive, metavar="N", help="trainings of each family; default 1")
    parser.add_argument("--out", metavar="DIR", help="an empty or new folder; default: a new one beside the runs folder")
    parser.add_argument("--report", metavar="FILE", help=".html: the table, pictures, curves and recipes as one page")
    parser.add_argument("--numbers", metavar="FILE", help=".json or .csv: every number")


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


def _models(commands: Any) -> None:
    _command(
        commands, "models", "on_board:list_models", "the finished models on board, with how good they were measured to be",
        description="The finished models that came with the program. Their names stand wherever a RUN can. A model on board is "
        "only read: to resume it is to train a copy of it.",
    )  # fmt: skip


def _files(commands: Any) -> None:
    parser = _command(commands, "export-run", "on_board:export_run", "write a run to one file, to hand over")
    parser.add_argument("target", metavar="RUN", help=RUN)
    parser.add_argument("file", metavar="FILE", help="a name that ends in .playrun")
    parser = _command(commands, "import-run", "on_board:import_run", "take a run out of a .playrun file into the runs folder")
    parser.add_argument("file", metavar="FILE", help="as export-run writes it; such files run no code, and are checked throughout")


def _check(commands: Any) -> None:
    parser = _command(
        commands, "check", "check:check", "see whether everything works here: devices, storage, window system"
    )
    parser.add_argument("--report", metavar="FILE", help="also write what was found to a .html or .json file that can be sent")
    parser.add_argument("--steps", type=positive, default=10, help=argparse.SUPPRESS)


def _bench(commands: Any) -> None:
    parser = _command(commands, "bench", "bench:bench", "measure the program's own speed on this machine")
    parser.add_argument("--seconds", type=float, default=60, metavar="S", help="time for the longest one; default 60")
    parser.add_argument(
        "--family", choices=("vae", "gan", "diffusion"), default="vae", help="whose training and views; default vae"
    )
