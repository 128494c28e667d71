"""The licences of all packages in this environment, as one text: run by the environment's own Python (see build.py)."""

from __future__ import annotations

import importlib.metadata
import sys

#: Of the environment, but not of the bundle.
TOOLS = ("pip", "setuptools", "wheel", "pyinstaller", "pyinstaller-hooks-contrib", "altgraph")
WORDS = ("licen", "copying", "notice", "authors")


def main() -> int:
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    parts = [f"Python {sys.version.split()[0]}\nPSF License, https://docs.python.org/3/license.html\n"]
    for found in sorted(importlib.metadata.distributions(), key=lambda d: d.name.lower()):
        if found.name.lower() not in TOOLS:
            parts.append(describe(found))
    print(("\n" + "=" * 78 + "\n").join(parts))
    return 0


def describe(found: importlib.metadata.Distribution) -> str:
    """Name, version, declared licence, and the licence files that came with a package."""
    declared = found.metadata.get("License-Expression") or found.metadata.get("License") or ""
    if not declared or len(declared) > 200:
        classes = [c.rpartition("::")[2].strip() for c in found.metadata.get_all("Classifier", []) if c.startswith("License")]
        declared = ", ".join(classes) or "see the texts below"
    texts = []
    for path in found.files or []:
        if any(word in path.name.lower() for word in WORDS) and ".dist-info" in str(path):
            try:
                texts.append(path.locate().read_text(encoding="utf-8", errors="replace"))
            except OSError:
                continue
    return "\n".join([f"{found.name} {found.version}", declared, "", *texts])


if __name__ == "__main__":
    sys.exit(main())
