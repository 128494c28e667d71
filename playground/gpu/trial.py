"""The trial of an overlay, run in a process of its own: does this torch import, and does it train on the card?"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(folder: str) -> int:
    """Print one JSON object: version, device, problem."""
    sys.path.insert(0, folder)
    try:
        report = {**_train(), "problem": ""}
        if not Path(report.pop("file")).is_relative_to(Path(folder).resolve()):
            report["problem"] = "another torch was imported in its place."
    except Exception as error:  # whatever it is, the parent says it
        report = {"problem": f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"}
    print(json.dumps(report))
    return 0


def _train() -> dict[str, str]:
    """One step of a convolution, forward and back, on the best device there is."""
    import torch  # noqa: TID251  (the one place outside the engine: it asks whether torch can be imported)

    from playground.engine import devices

    best = devices.list_devices()[0]
    layer = torch.nn.Conv2d(1, 4, 3).to(best.key)
    layer(torch.ones(2, 1, 8, 8, device=best.key)).square().mean().backward()
    layer.weight.cpu()  # waits until the device has done it all
    device = "cpu" if best.key == "cpu" else best.title
    return {"version": torch.__version__, "device": device, "file": str(Path(torch.__file__).resolve())}
