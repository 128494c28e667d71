"""``playground gpu``: what is there, what can be had, install, switch, remove. Needs nothing but the standard library and pip."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playground.gpu import install, overlay
from playground.gpu.offers import DOWNLOAD_GB, OFFERS, card, offers, verdict
from playground.gpu.overlay import OverlayError

SUMMARY = "A build of torch for an NVIDIA card, in a folder of its own beside the program's CPU build. It can be removed."


def main(words: Sequence[str]) -> int:
    """Exit code 0: done; 1: not possible, said in a sentence."""
    if words[:1] == ["pip"]:
        return _pip(list(words[1:]))
    if words[:1] == ["trial"] and len(words) == 2:
        from playground.gpu import trial

        return trial.main(words[1])
    options = parser().parse_args(list(words))
    try:
        outcome = options.act(options)
    except OverlayError as error:
        _say({"error": str(error)} if options.json else str(error), options.json)
        return 1
    except KeyboardInterrupt:
        _say({"error": "Interrupted; nothing was changed."} if options.json else "Interrupted; nothing was changed.", options.json)
        return 130
    _say(outcome if options.json else outcome["text"], options.json)
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser("playground gpu", description=SUMMARY)
    top.set_defaults(act=status)
    top.add_argument("--json", action="store_true", help="one JSON object a line")
    actions = top.add_subparsers(metavar="ACTION")
    get = actions.add_parser("install", help=f"download about {DOWNLOAD_GB} GB (or read a kit), try it out, use it from then on")
    get.add_argument("--kit", type=Path, metavar="FOLDER", help="a workshop kit, or a folder of wheels, instead of the network")
    get.add_argument("--tag", choices=[o.tag for o in OFFERS], help="another build than the one that fits the driver")
    get.add_argument("--without-card", action="store_true", help="keep the build although no card is found")
    get.set_defaults(act=_install)
    kit = actions.add_parser("kit", help=f"fill FOLDER/gpu with about {DOWNLOAD_GB} GB that install --kit reads elsewhere")
    kit.add_argument("folder", type=Path, metavar="FOLDER")
    kit.add_argument("--system", choices=tuple(install.PLATFORMS), default="windows", help="whose packages; default windows")
    kit.add_argument("--tag", choices=[o.tag for o in OFFERS], default=OFFERS[0].tag, help=f"which build; default {OFFERS[0].tag}")
    kit.set_defaults(act=_kit)
    for name, text in (("on", "use what is installed"), ("off", "start with the program's own CPU build")):
        actions.add_parser(name, help=text).set_defaults(act=_switch, on=name == "on")
    actions.add_parser("remove", help="delete GPU support; the program's own CPU build stays").set_defaults(act=_remove)
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="one JSON object a line")
    return top


def status(_: Any = None) -> dict[str, Any]:
    """What is there and what can be had: ``card``, ``installed``, ``on``, ``offers``, ``text``."""
    found, there = card(), overlay.installed()
    lines = [verdict(found)]
    if there is not None:
        state = there.problem or there.misfit() or ("it is used" if there.on else "it is switched off")
        lines.append(f"Installed: torch {there.torch} {there.tag}; {state}.".replace("..", "."))
    elif offers(found):
        lines.append(f"Not installed. To install it (about {DOWNLOAD_GB} GB): playground gpu install")
    return {
        "card": found.name if found is not None else "",
        "installed": f"{there.torch}+{there.tag}" if there is not None else "",
        "on": there is not None and there.on and not there.misfit(),
        "offers": [o.tag for o in offers(found)],
        "text": "\n".join(lines),
    }


def _install(options: argparse.Namespace) -> dict[str, Any]:
    if options.kit is not None:
        sources = [install.from_kit(options.kit)]
    else:
        fitting = [o for o in OFFERS if o.tag == options.tag] if options.tag else offers(card())
        if not fitting:
            raise OverlayError(verdict(card()))
        sources = [install.from_network(o) for o in fitting]
    made = install.install(sources, _teller(options.json), needs_gpu=not options.without_card)
    return {"installed": f"{made.torch}+{made.tag}", "text": "GPU support is installed, and used from the next start on."}


def _kit(options: argparse.Namespace) -> dict[str, Any]:
    offer = next(o for o in OFFERS if o.tag == options.tag)
    folder = install.fill_kit(options.folder, options.system, offer, _teller(options.json))
    where = f"On a machine without network: playground gpu install --kit {options.folder}"
    return {"folder": str(folder), "text": f"{folder} is full. {where}"}


def _teller(as_json: bool) -> install.Tell:
    """Prints how far it is: a line a package; as JSON, a line a megabyte or so."""
    told = ""

    def tell(words: str, share: float) -> None:
        nonlocal told
        if as_json:
            print(json.dumps({"doing": words, "share": share}), flush=True)
        elif (head := words.partition(":")[0]) != told:
            told = head
            print(f"{words} …", flush=True)

    return tell


def _switch(options: argparse.Namespace) -> dict[str, Any]:
    overlay.switch(options.on)
    return {"on": options.on, "text": f"GPU support is switched {'on' if options.on else 'off'} from the next start on."}


def _remove(_: argparse.Namespace) -> dict[str, Any]:
    size = overlay.remove()
    return {"freed_bytes": size, "text": f"GPU support is gone; {size / 1e9:.1f} GB are free again."}


def _pip(words: list[str]) -> int:
    """pip itself. The frozen program carries it as plain files beside the others, since it looks for its own files by name."""
    if bundled := getattr(sys, "_MEIPASS", ""):
        sys.path.insert(0, str(Path(bundled) / "tools"))
    from pip._internal.cli.main import main as pip_main

    return int(pip_main(words))


def _say(outcome: Any, as_json: bool) -> None:
    print(json.dumps(outcome) if as_json else outcome, flush=True)
