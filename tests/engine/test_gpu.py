"""GPU support: which build fits; an overlay installed, tried out, used, left out, removed. With stand-ins for card and torch."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest

from playground.gpu import command, install, offers, overlay
from playground.gpu.overlay import Overlay, OverlayError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLAYGROUND_GPU_HOME", str(tmp_path / "gpu é"))
    monkeypatch.delenv(overlay.OFF, raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path / "gpu é"


def lay(folder: str = "x", **changes: Any) -> Overlay:
    """An overlay that fits this program, with an empty torch."""
    made = Overlay(folder, overlay.torch_version(), "cu130", overlay.python_version(), **changes)
    (made.path / "torch").mkdir(parents=True)
    (made.path / "torch" / "__init__.py").write_text("")
    overlay.keep(made)
    return made


def wheel(folder: Path, version: str, text: str = "") -> None:
    """A wheel named torch with one file."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"torch-{version}.dist-info"
    files = {
        "torch/__init__.py": text or f"__version__ = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in files.items()]
    with zipfile.ZipFile(folder / f"torch-{version}-py3-none-any.whl", "w") as made:
        for name, content in {**files, f"{info}/RECORD": "\n".join([*rows, f"{info}/RECORD,,"]) + "\n"}.items():
            made.writestr(name, content)


def _digest(content: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).decode().rstrip("=")


# ---------------------------------------------------------------- the card
@pytest.mark.parametrize(
    ("answer", "tags"),
    [
        ("NVIDIA GeForce RTX 4070, 580.65.06, 12282\n", ["cu130", "cu128", "cu126"]),
        ("NVIDIA T4, 571.9, 15360\nNVIDIA T4, 571.9, 15360\n", ["cu128", "cu126"]),
        ("Tesla V100, 470.82.01, 16160\n", []),
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", []),
        ("", []),
    ],
)
def test_the_builds_that_a_driver_can_run(answer: str, tags: list[str]) -> None:
    found = offers.read_card(answer)
    assert [o.tag for o in offers.offers(found)] == tags
    assert offers.verdict(found, "linux")
    if tags:
        assert tags[0] in offers.verdict(found, "linux")


def test_a_mac_needs_nothing() -> None:
    assert "nothing to install" in offers.verdict(None, "darwin")


# ---------------------------------------------------------------- which torch is imported
def test_an_overlay_that_fits_comes_first_on_the_path() -> None:
    assert overlay.activate() == "" and not overlay.active()
    made = lay()
    assert overlay.activate() == ""
    assert sys.path[0] == str(made.path) and overlay.active()
    assert overlay.torch_version() == made.torch, "the program's own version is asked for, whatever comes first"


def test_the_first_torch_on_the_path_is_what_a_program_gets(home: Path) -> None:
    made = lay()
    (made.path / "torch" / "__init__.py").write_text("__version__ = 'of the overlay'\n")
    code = "from playground.gpu import overlay; print(repr(overlay.activate())); import torch; print(torch.__version__)"

    def says(**more: str) -> str:
        environment = {**os.environ, **more}
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment).stdout

    done = says()
    assert done.split("\n")[:2] == ["''", "of the overlay"]
    assert "overlay" not in says(**{overlay.OFF: "0"})


@pytest.mark.parametrize("changes", [{"torch": "2.0.0"}, {"python": "3.9"}])
def test_an_overlay_of_another_version_is_left_out_and_said(changes: dict[str, str]) -> None:
    made = lay()
    overlay.keep(Overlay(**{**vars(made), **changes}))
    assert "again" in overlay.activate() and "again" in overlay.complaint()
    assert not overlay.active()


def test_a_folder_that_is_not_whole_is_left_out() -> None:
    made = lay()
    (made.path / "torch" / "__init__.py").unlink()
    assert "not whole" in overlay.activate()


def test_after_a_start_that_never_ended_the_next_one_does_without(home: Path) -> None:
    lay()
    overlay.activate()
    overlay.starting()
    sys.path.pop(0)
    assert overlay.activate() == "", "its process is still there: it is another window that starts"
    sys.path.pop(0)
    next(home.glob("starting-*")).rename(home / "starting-999999999")
    assert overlay.activate() == overlay.CRASHED and not overlay.active()
    assert overlay.activate() == overlay.CRASHED, "until somebody switches it on again"
    overlay.switch(True)
    assert overlay.activate() == "" and overlay.active()


def test_a_start_that_ended_leaves_no_mark(home: Path) -> None:
    lay()
    overlay.activate()
    overlay.starting()
    overlay.started()
    assert not list(home.glob("starting-*"))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"folder": "../..", "torch": "1", "tag": "1", "python": "1"}', '{"folder": 3}'])
def test_a_file_that_says_nothing_useful_is_no_overlay(home: Path, text: str) -> None:
    home.mkdir()
    (home / "active.json").write_text(text)
    assert overlay.installed() is None and overlay.activate() == ""


def test_removing_leaves_nothing(home: Path) -> None:
    lay()
    assert overlay.remove() > 0 and not home.exists()
    with pytest.raises(OverlayError, match="not installed"):
        overlay.remove()


# ---------------------------------------------------------------- installing
def test_a_kit_is_installed_tried_out_and_kept(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
    wheel(tmp_path / "kit" / "gpu" / f"{system}-cu130", f"{overlay.torch_version()}+cu130")
    tried: list[Path] = []

    def trial(folder: Path, needs_gpu: bool) -> dict[str, str]:
        tried.append(folder)
        assert (folder / "torch" / "__init__.py").is_file() and overlay.installed() is None
        return {"device": "a card"}

    monkeypatch.setattr(install, "trial", trial)
    said: list[str] = []
    made = install.install([install.from_kit(tmp_path / "kit")], lambda words, share: said.append(words))
    assert made.tag == "cu130" and overlay.installed() == made and len(tried) == 1
    assert overlay.activate() == "" and overlay.active()
    assert [p.name for p in home.iterdir() if p.is_dir()] == [made.folder], "no half of it is left"
    assert "a card" in said[-1]


def test_what_fails_its_trial_changes_nothing(tmp_path: Path, home: Path) -> None:
    before = lay("before")
    wheel(tmp_path / "kit", f"{overlay.torch_version()}+cu130", "raise ImportError('libcudnn.so.9: cannot open')")
    with pytest.raises(OverlayError, match="libcudnn"):
        install.install([install.from_kit(tmp_path / "kit")], lambda *_: None)
    assert overlay.installed() == before
    assert [p.name for p in home.iterdir() if p.is_dir()] == ["before"]


def test_a_kit_of_another_version_is_refused_by_name(tmp_path: Path) -> None:
    wheel(tmp_path / "kit", "1.0.0")
    with pytest.raises(OverlayError, match="requirement torch=="):
        install.install([install.from_kit(tmp_path / "kit")], lambda *_: None)


def test_the_next_build_is_tried_where_one_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel(tmp_path / "good", f"{overlay.torch_version()}+cu126")
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(install, "trial", lambda folder, needs_gpu: {"device": "a card"})
    empty = install.Source("cu130", ("--no-index", "--find-links", str(tmp_path / "empty")))
    assert install.install([empty, install.from_kit(tmp_path / "good")], lambda *_: None).tag == "cu126"


def test_stopping_changes_nothing(tmp_path: Path, home: Path) -> None:
    wheel(tmp_path / "kit", f"{overlay.torch_version()}+cu130")
    stop = threading.Event()
    stop.set()
    with pytest.raises(OverlayError, match="Stopped"):
        install.install([install.from_kit(tmp_path / "kit")], lambda *_: None, stop)
    assert overlay.installed() is None and not list(home.glob("*"))


def test_a_kit_is_filled_for_another_system_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def fetch(action: str, packages: list[str], options: list[str], *_: object) -> None:
        asked.append([action, *packages, *options])
        wheel(tmp_path / "kit" / "gpu" / "windows-cu128", f"{overlay.torch_version()}+cu128")

    monkeypatch.setattr(install, "fetch", fetch)
    folder = install.fill_kit(tmp_path / "kit", "windows", offers.OFFERS[1], lambda *_: None)
    assert "win_amd64" in asked[0] and offers.OFFERS[1].index in asked[0] and str(folder) in asked[0]
    monkeypatch.setattr(sys, "platform", "win32")
    assert install.from_kit(tmp_path / "kit").tag == "cu128"


def test_a_folder_without_a_kit(tmp_path: Path) -> None:
    with pytest.raises(OverlayError, match="holds no torch"):
        install.from_kit(tmp_path)


def test_a_full_disk_is_seen_before_anything_is_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(install, "DISK_GB", 1e9)
    with pytest.raises(OverlayError, match="are free"):
        install.install([install.Source("cu130", ())], lambda *_: None)


def test_the_trial_trains_with_the_torch_it_was_given() -> None:
    import torch

    folder = Path(torch.__file__).parents[1]
    report = install.trial(folder, needs_gpu=False)
    assert report["version"] == torch.__version__ and report["device"]


def test_the_trial_notices_another_torch_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(OverlayError, match="another torch"):
        install.trial(tmp_path, needs_gpu=False)


# ---------------------------------------------------------------- the command
def test_the_command_says_what_is_there(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "card", lambda: offers.Card("A card", 600.0, 8192))
    assert command.main([]) == 0
    assert "cu130 fits" in capsys.readouterr().out
    lay()
    assert command.main(["off"]) == 0 and overlay.installed().on is False  # type: ignore[union-attr]
    assert command.main(["--json"]) == 0
    assert '"on": false' in capsys.readouterr().out
    assert command.main(["remove"]) == 0 and overlay.installed() is None
    assert command.main(["on"]) == 1
    assert "not installed" in capsys.readouterr().out


def test_without_a_card_nothing_is_fetched(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "card", lambda: None)
    assert command.main(["install"]) == 1
    assert "No NVIDIA card" in capsys.readouterr().out
