"""The finished models on board: makes ``resources/models`` again, by the project's own recipes.

    python packaging/models.py                          trains what is missing (hours on two cores), then packs and measures it
    python packaging/models.py --from RUNS --present    takes those runs that lie in RUNS, each as RUNS/FAMILY-DATA, trains none
    python packaging/models.py --only vae-mnist --again packs this one anew

A run is taken only if it is finished and was made by exactly the recipe of the table below. Each is made small (slim.py), measured
after that, and written as an ordinary run folder; ``models.json`` lists all with their numbers. More than 30 MB fails.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # works from a checkout too

import slim
import torch

from playground.engine.compare.figures import ENERGY, FIGURES, Spec
from playground.engine.datasets import describe, load_data
from playground.engine.families import FAMILIES
from playground.engine.files import whole_file
from playground.engine.on_board import FORMAT, LIST
from playground.engine.recipe import Compute, Recipe
from playground.engine.report_card.card import PICTURES, POINTS, Card
from playground.engine.report_card.card import SEED as NOISE
from playground.engine.report_card.followed import QualityFound, quality
from playground.engine.report_card.likelihood import likelihood_part
from playground.engine.report_card.pictures import picture_quality
from playground.engine.report_card.points import point_quality
from playground.engine.report_card.space import Real

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "resources" / "models"
MOST_MB = 30.0
SEED = 0
#: family -> (data, preset); of every family the first is opened where nothing speaks for another. The hierarchical VAEs for faces
#: and shapes have 2.6 million weights each, a third of all the room that there is: neither fits, nor does a VAE-GAN
#: for shapes.
TABLE: dict[str, tuple[tuple[str, str], ...]] = {
    "vae": (("mnist", "Latent map"), ("moons", "2-D density"), ("ring8", "2-D density"), ("faces", "Pictures"),
            ("shapes", "Pictures")),
    "gan": (("mnist", "Pictures"), ("ring8", "2-D density"), ("grid25", "2-D density"), ("faces", "Pictures"),
            ("shapes", "Pictures")),
    "diffusion": (("mnist", "With guidance"), ("moons", "2-D density"), ("8gaussians", "2-D density"),
                  ("2spirals", "2-D density"), ("faces", "Pictures"), ("shapes", "Pictures")),
    "vae_gan": (("mnist", "Features"), ("moons", "2-D density"), ("faces", "Pictures")),
    "latent_diffusion": (("mnist", "Digits"), ("2spirals", "2-D density"), ("faces", "Pictures"), ("shapes", "Pictures")),
    "ddgan": (("mnist", "Pictures"), ("grid25", "2-D density"), ("faces", "Pictures"), ("shapes", "Pictures")),
    "distilled": (("mnist", "Pictures"), ("8gaussians", "2-D density")),
    "hvae": (("mnist", "In between"), ("moons", "In between")),
}  # fmt: skip

#: What is listed of a model's quality, for points and for pictures, where it applies: keys of the comparison's figures.
LISTED = {
    "points": ("modes", "high_quality", "on_data", "energy", "kl_data_model"),
    "image": ("modes", "frechet", "quality", "sharpness"),
}
GLANCE = 0.3  # share of the samples of a full measurement by which half precision is judged
#: Whose classifier, features and real items serve all models of these data.
OF_DATA = ("classifier", "space", "quality reference")


def main() -> int:
    options = parse()
    torch.set_num_threads(1)
    known: dict[str, dict[Any, Any]] = {}  # of each data set: what measuring makes of the data alone
    listed = {entry["name"]: entry for entry in read_list(options.out)}
    for name, recipe, preset in rows():
        if (options.only and name not in options.only) or (name in listed and not options.again):
            continue
        source = options.source / name
        if not (source / "run.json").exists() and not options.present:
            train(recipe, preset, source)
        if why := unfit(source, recipe):
            print(f"{name}: {why}", flush=True)
            continue
        listed[name] = pack(name, preset, source, options.out, known.setdefault(recipe.data, {}))
        write_list(options.out, listed)
    total = sum(slim.size_mb(options.out / name) for name in listed)
    print(f"{len(listed)} of {len(rows())} models, {total:.1f} MB together, at most {MOST_MB:.0f}")
    return 0 if total <= MOST_MB else 1


def rows() -> list[tuple[str, Recipe, str]]:
    """The table as names, recipes and presets."""
    return [(f"{family}-{data}", recipe_of(family, data, preset), preset) for family, of in TABLE.items() for data, preset in of]


def recipe_of(family: str, data: str, preset: str) -> Recipe:
    """The preset's recipe, on one core of a CPU, so that it can be made again bit for bit."""
    spec = describe(data)
    found = next(p for p in FAMILIES[family].presets_for(spec.name, spec.kind) if p.title == preset)
    config = FAMILIES[family].config().replace(**found.changes)
    return Recipe(family, data, config, SEED, Compute(device="cpu", threads=1))


def train(recipe: Recipe, preset: str, folder: Path) -> None:
    """By the command line, as anybody would."""
    words = ["train", recipe.family, "--data", recipe.data, "--preset", preset, "--seed", str(SEED), "--device", "cpu"]
    words += ["--threads", "1", "--out", str(folder)]
    here = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-m", "playground", *words], check=True, env=here)


def unfit(folder: Path, recipe: Recipe) -> str:
    """Why the run in ``folder`` cannot be taken; "" if it can."""
    try:
        run = slim.load_run(folder)
        checkpoint = run.checkpoint_manifest()
    except ValueError as error:
        return str(error)
    if run.recipe.to_dict() != recipe.to_dict():
        return "was made by another recipe or seed"
    if checkpoint.status != "finished" or checkpoint.step != recipe.config.steps or checkpoint.changes:  # type: ignore[attr-defined]
        return f"is not finished as its recipe says (step {checkpoint.step:,}, {checkpoint.status})"
    return ""


# ---------------------------------------------------------------- one model
def pack(name: str, preset: str, source: Path, out: Path, known: dict[Any, Any]) -> dict[str, Any]:
    """Write the model ``name``, in half precision if it is as good so, and return its entry of the list."""
    whole, began = slim.Whole.read(source), time.monotonic()
    before = quality_of(whole, known, GLANCE)
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=out.parent) as place:
        for half in (True, False):
            folder = Path(place) / ("half" if half else "full")
            slim.write_slim(whole, folder, name, half)
            moved = slim.differences(before, quality_of(slim.Whole.read(folder), known, GLANCE))
            most = max(moved.values(), default=0.0)
            print(f"{name}: {'half' if half else 'full'} precision moves its numbers by {most:.3f} of their noise", flush=True)
            if most <= 1:
                break
        else:
            raise ValueError(f"{name} is not as good without its raw weights: {moved}")
        out.mkdir(exist_ok=True)
        shutil.rmtree(out / name, ignore_errors=True)
        folder.rename(out / name)
    found = quality_of(slim.Whole.read(out / name), known)
    entry = entry_of(name, preset, whole, out / name, "half" if half else "full", found)
    print(f"{name}: {entry['size_mb']:.2f} MB in {time.monotonic() - began:.0f} s", flush=True)
    return entry


def entry_of(name: str, preset: str, whole: slim.Whole, folder: Path, weights: str, quality: dict[str, Any]) -> dict[str, Any]:
    recipe = whole.run.recipe
    return {
        "name": name, "family": recipe.family, "data": recipe.data, "preset": preset, "seed": recipe.seed,
        "steps": whole.checkpoint.step, "seconds": round(whole.checkpoint.seconds, 1), "size_mb": round(slim.size_mb(folder), 2),
        "weights": weights, "quality": list(quality.values()),
    }  # fmt: skip


def quality_of(whole: slim.Whole, known: dict[Any, Any], effort: float = 1.0) -> dict[str, Any]:
    """What the report card says of a run, as it is listed: key -> entry. The same run gives the same numbers."""
    recipe = whole.run.recipe
    learner = slim.learner_of(whole.run, whole.state, whole.checkpoint.step)
    shared = dict(known)
    answers = learner.answers(learner.snapshot(), recipe.config, load_data(recipe.data), "cpu", shared)
    kind = describe(recipe.data).kind
    with torch.no_grad():
        numbers = measured(answers, kind, effort)
    known |= {k: shared[k] for k in OF_DATA if k in shared}
    specs = {spec.key: spec for specs in FIGURES.values() for spec in specs}
    found = {key: listed(specs[key], numbers, kind) for key in LISTED[kind]}
    return {key: entry for key, entry in found.items() if entry is not None}


def measured(of: Any, kind: str, effort: float) -> dict[str, Any]:
    """The parts of the report card that are listed, as a comparison would measure them: of the others some take minutes."""
    card = Card()
    (look,) = (step for step in quality(of) if isinstance(step, QualityFound))
    card.numbers |= {"quality": look.value, "quality_floor": look.floor, "quality_floor_sd": look.floor_sd, "unit": look.space.unit}
    real = Real(of.data, round((POINTS if kind == "points" else PICTURES) * effort))
    x = torch.cat([part for part in of.drawn(real.n, NOISE) if isinstance(part, torch.Tensor)])
    parts = [(point_quality if kind == "points" else picture_quality)(of, card, look.space, real, x)]
    if kind == "points":
        parts.append(likelihood_part(of, card, x, effort))
    for part in parts:
        for _ in part:
            pass
    return card.numbers


def listed(spec: Spec, numbers: dict[str, Any], kind: str) -> dict[str, Any] | None:
    """A figure as the list has it, None where it does not apply; of KL its label says whether it is one or a bound of it."""
    figure = spec.figure([numbers])
    if figure is None:
        return None
    label, help_ = (figure.label, figure.help) if spec.key != "quality" else ("energy distance", ENERGY)
    if spec.key == "modes" and kind == "image":
        label = "classes covered"
    if spec.key == "kl_data_model" and numbers.get("kl_is_bound"):
        label = "bound on " + label
    floor = 0.0 if spec.floor == "zero" else figure.floor
    values = {"value": figure.mean, "noise": figure.error, "floor": floor, "floor_sd": figure.floor_sd}
    words = {"key": spec.key, "label": label, "unit": figure.unit, "better": figure.better, "help": help_}
    return {**words, **{k: None if math.isnan(v) else float(f"{v:.6g}") for k, v in values.items()}}


# ---------------------------------------------------------------- the list
def read_list(out: Path) -> list[dict[str, Any]]:
    """Entries of models that are there."""
    if not (out / LIST).exists():
        return []
    return [e for e in json.loads((out / LIST).read_text("utf-8"))["models"] if (out / e["name"] / "run.json").exists()]


def write_list(out: Path, listed: dict[str, dict[str, Any]]) -> None:
    """In the order of the table, whatever the order in which they were made."""
    models = [listed[name] for name, _, _ in rows() if name in listed]
    with whole_file(out / LIST) as part:
        part.write_text(json.dumps({"format": FORMAT, "models": models}, indent=1, ensure_ascii=False) + "\n", "utf-8")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make the finished models on board.")
    place = ROOT / "build" / "models"
    parser.add_argument("--from", dest="source", type=Path, default=place, metavar="RUNS", help="runs that are trained already")
    parser.add_argument("--present", action="store_true", help="train nothing: take what is there")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these alone")
    parser.add_argument("--again", action="store_true", help="pack those too that are on board already")
    parser.add_argument("--out", type=Path, default=OUT, help="the folder to fill; default resources/models")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
