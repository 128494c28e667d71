"""What the packages say to each system: the same file types everywhere, a version that it can read, one C++ runtime."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
sys.path.append(str(PACKAGING))

import platforms  # noqa: E402

KINDS = {"playlesson", "playrun"}


def test_every_system_opens_the_same_files() -> None:
    plist = platforms.info_plist("1.2.3")
    tags = [t["UTTypeTagSpecification"]["public.filename-extension"] for t in plist["UTExportedTypeDeclarations"]]
    assert {ending for tag in tags for ending in tag} == KINDS
    declared = {t["UTTypeIdentifier"] for t in plist["UTExportedTypeDeclarations"]}
    assert {key for kind in plist["CFBundleDocumentTypes"] for key in kind["LSItemContentTypes"]} == declared

    linux = ET.parse(PACKAGING / "linux" / "generative-playground.xml").getroot()
    types = {m.attrib["type"]: [g.attrib["pattern"] for g in m.iterfind("{*}glob")] for m in linux.iterfind("{*}mime-type")}
    assert {p.removeprefix("*.") for patterns in types.values() for p in patterns} == KINDS
    entry = (PACKAGING / "linux" / "generative-playground.desktop").read_text()
    opened = re.search(r"^MimeType=(.*)$", entry, re.MULTILINE)
    assert opened and set(filter(None, opened[1].split(";"))) == set(types) and re.search(r"^Exec=\S+ %f$", entry, re.MULTILINE)

    setup = (PACKAGING / "windows" / "playground.iss").read_text(encoding="utf-8")
    names = dict(re.findall(r'Subkey: "Software\\Classes\\\.(\w+)"; ValueType: string; ValueData: "([^"]+)"', setup))
    assert set(names) == KINDS
    for name in names.values():
        key = rf'Subkey: "Software\Classes\{name}\shell\open\command"; '
        assert key + r'''ValueType: string; ValueData: """{app}\playground.exe"" ""%1"""''' in setup


def test_windows_gets_four_numbers() -> None:
    text = platforms.version_text("1.20.3")
    assert "filevers=(1, 20, 3, 0), prodvers=(1, 20, 3, 0)" in text and "StringStruct('ProductVersion', '1.20.3')" in text
    assert "filevers=(1, 2, 0, 0)" in platforms.version_text("1.2")


def test_the_newest_runtime_takes_the_place_of_every_other(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"qt/msvcp140.dll": (14, 29, 0, 0), "torch/MSVCP140.dll": (14, 40, 1, 0), "qt/vcruntime140.dll": (14, 29, 0, 0)}
    monkeypatch.setattr(platforms, "file_version", lambda source: versions[source])
    found = platforms.one_runtime(
        [
            ("PySide6\\msvcp140.dll", "qt/msvcp140.dll", "BINARY"), ("MSVCP140.dll", "torch/MSVCP140.dll", "BINARY"),
            ("vcruntime140.dll", "qt/vcruntime140.dll", "BINARY"), ("torch\\lib\\c10.dll", "torch/c10.dll", "BINARY"),
        ]
    )  # fmt: skip
    assert [entry[:2] for entry in found] == [
        ("PySide6\\msvcp140.dll", "torch/MSVCP140.dll"), ("MSVCP140.dll", "torch/MSVCP140.dll"),
        ("vcruntime140.dll", "qt/vcruntime140.dll"), ("torch\\lib\\c10.dll", "torch/c10.dll"),
    ]  # fmt: skip
