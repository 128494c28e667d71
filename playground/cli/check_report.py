"""The self-check's findings as one file that can be sent: a page to read, or the same as JSON for who gets thirty of them."""

from __future__ import annotations

import html
import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playground import __version__
from playground.cli.console import plain
from playground.cli.errors import CommandError
from playground.engine import whole_file

FORMAT = "generative-playground check 1"
ENDINGS = (".html", ".htm", ".json")
SEND = (
    "Send this file to whoever runs your workshop or looks after this machine; who has neither, attaches it to a report of the "
    "problem. Nothing was sent by itself."
)
HOLDS = (
    "It holds the names and versions of this system, its processor, cards and packages, the times of a few training steps, and the "
    "folder of your runs, whose path may hold your user name. Nothing else."
)
#: What to do about a check that did not pass, by how its name begins.
ADVICE = {
    "training on cpu": "Install the program again; if that does not help, its files are damaged or blocked by a virus scanner.",
    "training on": "The processor is used instead. Update the driver of the card, or remove GPU support (Help, GPU support).",
    "storage": "Make room on this disk, or name another folder in the environment variable PLAYGROUND_RUNS.",
    "window": "On Linux, start it in a graphical session, and install libegl1, libgl1, libxcb-cursor0. Commands work without.",
}
STYLE = """body { font: 16px/1.5 system-ui, sans-serif; max-width: 54em; margin: 2em auto; padding: 0 1em;
  color: #16191f; background: #fff; }
h1 { font-size: 1.5em; margin-bottom: .2em; } table { border-collapse: collapse; width: 100%; margin: 1.2em 0; }
td { padding: .45em 1em .45em 0; vertical-align: top; border-top: 1px solid #d5d9df; overflow-wrap: anywhere; }
td:first-child, td:nth-child(2) { white-space: nowrap; } .dim { color: #545c6b; } .advice { display: block; color: #545c6b; }
.ok { color: #146c3a; } .warning { color: #8a5300; } .failed { color: #b3261e; font-weight: 600; }"""


def target(name: str) -> Path:
    """The file to write, if its name says as what. Raises CommandError."""
    path = Path(name).expanduser()
    if path.suffix.lower() not in ENDINGS:
        raise CommandError(f"{name} should end in .html or .json.")
    if path.is_dir():
        raise CommandError(f"{name} is a folder: --report has to name a file.")
    return path


def write(path: Path, found: Mapping[str, Any]) -> None:
    """Write what the check found, in one move: as JSON where the name ends so, else as a page. Raises OSError."""
    values = contents(found)
    as_json = path.suffix.lower() == ".json"
    text = json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False) if as_json else page(values)
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")


def contents(found: Mapping[str, Any]) -> dict[str, Any]:
    """The findings with what they were made on and when."""
    return {
        "format": FORMAT, "program": __version__, "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": platform.platform(), "processors": os.cpu_count(), "for": SEND, "holds": HOLDS, **plain(found),
    }  # fmt: skip


def page(values: Mapping[str, Any]) -> str:
    """To read."""
    failed = sum(check["status"] == "failed" for check in values["checks"])
    verdict = f"{failed} of {len(values['checks'])} checks failed" if failed else "Everything needed is here"
    when = values["written"][:16].replace("T", " ")
    rows = "".join(map(_row, values["checks"]))
    about = f"Generative Playground {values['program']} on {values['system']}, {values['processors']} processors; {when} UTC."
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>Check: {verdict}</title><style>{STYLE}</style>"
        f"<body><h1>{verdict}</h1><p class='dim'>{html.escape(about)}</p><table>{rows}</table>"
        f"<p>{SEND}</p><p class='dim'>{HOLDS}</p></body></html>"
    )


def _row(check: Mapping[str, Any]) -> str:
    advice = advice_for(check["name"]) if check["status"] != "ok" else ""
    more = f"<span class='advice'>{html.escape(advice)}</span>" if advice else ""
    status, text = html.escape(check["status"]), html.escape(check["text"])
    return f"<tr><td>{html.escape(check['name'])}</td><td class='{status}'>{status}</td><td>{text}{more}</td></tr>"


def advice_for(name: str) -> str:
    """What to do where a check did not pass; "" where nothing is known."""
    return next((words for start, words in ADVICE.items() if name.startswith(start)), "")
