"""``data list`` and ``data show``: what there is to learn from."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.cli.console import Meter, Outcome, table
from playground.cli.errors import CommandError

if TYPE_CHECKING:
    import numpy as np

PICTURES, POINTS = 64, 2000  # items of a picture, unless -n says otherwise


def list_data(args: argparse.Namespace) -> Outcome:
    """``playground data list``."""
    from playground.engine import DATASETS

    kept = ("name", "title", "kind", "summary", "source")
    facts = [
        {**{k: getattr(d, k) for k in kept}, "options": {name: asdict(option) for name, option in d.details.items()}}
        for d in DATASETS.values()
    ]
    rows = [[d.name, d.kind, d.summary, " ".join(f"{k}={v}" for k, v in d.options.items())] for d in DATASETS.values()]
    title = "Data sets (with options: name?key=value; or the path of your own data)"
    shown = table(title, ["name", "kind", "what", "options"], rows)
    return Outcome({"data": facts}, shown)


def show_data(args: argparse.Namespace) -> Outcome:
    """``playground data show NAME_OR_PATH``: sizes, labels, entropy, and a picture if asked for."""
    from playground.engine import load_data

    if args.out and Path(args.out).suffix.lower() != ".png":
        raise CommandError(f"--out {args.out} should end in .png.")
    with Meter(f"Loading {args.data}", "items") as meter:
        data = load_data(args.data, meter.update)
    values = {
        "name": data.name, "title": data.title, "kind": data.kind, "shape": data.shape,
        "train": len(data.train), "test": len(data.test),
        "labels": {k: _label_facts(v) for k, v in data.train_labels.items()},
        "entropy": data.density.entropy() if data.density is not None else None,
        "bounds": data.density.bounds if data.density is not None else None, "skipped": data.skipped, "note": data.note,
    }  # fmt: skip
    if args.out:
        values["out"] = _picture(args, data)
    return Outcome(values, _text(values))


def _label_facts(values: np.ndarray) -> dict[str, Any]:
    import numpy as np

    different = np.unique(values)
    few = different.tolist() if len(different) <= 20 else None
    return {
        "different": len(different),
        "smallest": different[0].item(),
        "largest": different[-1].item(),
        "values": few,
    }


def _picture(args: argparse.Namespace, data: Any) -> Path:
    """Write the first training items as a picture. It shows data, no model: there is no recipe to put inside."""
    from playground.cli.pictures import DATA_COLOUR, as_picture, bounds_of, scatter
    from playground.engine import scale_for, tile, write_picture

    items = data.train[: args.n or (PICTURES if data.kind == "image" else POINTS)].numpy()
    sheet = (
        tile([as_picture(x) for x in items])
        if data.kind == "image"
        else scatter([(items, DATA_COLOUR, 1.5)], bounds_of(items))
    )
    return write_picture(args.out, sheet, {"data": data.name}, scale=scale_for(sheet)).resolve()


def _text(values: dict[str, Any]) -> str:
    shape = " x ".join(str(side) for side in values["shape"])
    lines = [
        values["title"],
        f"  {values['train']:,} for training, {values['test']:,} held out, each {shape} ({values['kind']})",
    ]
    for name, facts in values["labels"].items():
        lines.append(f"  {name}: {facts['different']} different values from {facts['smallest']} to {facts['largest']}")
    if values["entropy"] is not None:
        lines.append(f"  entropy {values['entropy']:.4f} nats: no model can have a smaller negative log-likelihood")
    lines += [f"  skipped {file}: {reason}" for file, reason in values["skipped"]]
    lines += [f"  {values['note']}"] if values["note"] else []
    lines += [f"  picture: {values['out']}"] if "out" in values else []
    return "\n".join(lines)
