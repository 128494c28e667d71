"""The About box: version, machine, privacy, and the licences of everything that is bundled."""

from __future__ import annotations

import sys
from html import escape
from importlib import metadata
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QTabWidget, QTextBrowser, QVBoxLayout, QWidget

from playground.gpu import overlay
from playground.ui import theme
from playground.ui.errors import about
from playground.ui.services import Services

PRIVATE = (
    "It opens no connection: nothing is sent, nothing is looked up, there is no telemetry. The one exception is GPU support, and "
    "only while you install it from the network."
)
CREDITS = "Digits: MNIST, LeCun, Cortes and Burges, 1998. Faces and shapes are drawn by the program. Formulas: ziamath."


class AboutBox(QDialog):
    """Two pages: about the program, and licences."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Generative Playground")
        pages = QTabWidget()
        page = QTextBrowser()
        page.setOpenExternalLinks(True)
        page.setHtml(_words(services))
        page.setAccessibleName("About the program")
        self.licences = QPlainTextEdit(licences())
        self.licences.setReadOnly(True)
        self.licences.setFont(theme.font(11, families=theme.MONO))
        self.licences.setAccessibleName("Licences")
        pages.addTab(page, "Program")
        pages.addTab(self.licences, "Licences")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(pages)
        column.addWidget(buttons)
        self.resize(theme.current().px(640), theme.current().px(560))


def _words(services: Services) -> str:
    try:
        folder = str(services.runs_folder())
    except Exception as error:  # the box must open even where there is no such folder
        folder = str(error)
    there = overlay.installed()
    state = "on" if overlay.active() else "off"
    gpu = f"<p>GPU support: torch {escape(there.torch)} {escape(there.tag)}, {state}.</p>" if there else ""
    return (
        "<h2>Generative Playground</h2><p>See how VAE, GAN and diffusion models work, fail and compare, on your own machine and "
        f"data.</p><p>{escape(about())}</p>{gpu}<p>Your runs are in<br><code>{escape(folder)}</code></p><p>{PRIVATE}</p>"
        f"<p>MIT licence. {CREDITS}</p>"
    )


def licences() -> str:
    """The texts that the packaged program brings along; from source, the name, version and licence of each package in use."""
    bundled = Path(getattr(sys, "_MEIPASS", "")) / "licences" / "licences.txt"
    if getattr(sys, "frozen", False) and bundled.is_file():
        return bundled.read_text("utf-8", errors="replace")
    own = metadata.requires("generative-playground") or []
    wanted = sorted({_name(r) for r in own if "extra ==" not in r}, key=str.lower)
    return "Generative Playground: MIT\n\n" + "\n".join(_line(name) for name in wanted)


def _name(requirement: str) -> str:
    end = next((i for i, c in enumerate(requirement) if not (c.isalnum() or c in "-_.")), len(requirement))
    return requirement[:end]


def _line(name: str) -> str:
    try:
        found: Any = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return f"{name}: not installed"
    classes = [c.rpartition("::")[2].strip() for c in found.get_all("Classifier") or [] if c.startswith("License")]
    declared = found.get("License-Expression") or ", ".join(classes) or found.get("License") or "see its own files"
    return f"{name} {found.get('Version')}: {' '.join(declared.split())[:120]}"
