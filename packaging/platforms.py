"""What the frozen program needs on Windows and macOS beside its files: icons, version, file types, one C++ runtime.

Imported by playground.spec; all of it but the icons' pictures is plain data, so it can be looked at on any system.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

NAME, COMPANY = "Generative Playground", "Generative Playground"
IDENTIFIER = "io.generative-playground.app"
#: ending -> (identifier on macOS, words)
KINDS = {
    "playlesson": ("io.generative-playground.lesson", "Lesson of Generative Playground"),
    "playrun": ("io.generative-playground.run", "Run of Generative Playground"),
}
RUNTIME = re.compile(r"(msvcp140|vcruntime140|concrt140)\w*\.dll$", re.IGNORECASE)

Entry = tuple[str, str, str]  # of PyInstaller: name in the bundle, source, kind


def icon(build: Path) -> str | None:
    """The icon's file as this platform wants it, if it was made (icons.py); Linux has a menu entry instead."""
    path = build / {"win32": "playground.ico", "darwin": "playground.icns"}.get(sys.platform, "-")
    return str(path) if path.exists() else None


# ---------------------------------------------------------------- Windows
def one_runtime(binaries: list[Entry]) -> list[Entry]:
    """Every copy of Microsoft's C++ runtime becomes the newest of them.

    torch and Qt each bring one. Whichever is loaded first serves both, and torch ends with an access violation in an older one
    than it was built with; a newer one is compatible.
    """
    copies: dict[str, list[Entry]] = {}
    for entry in binaries:
        if match := RUNTIME.search(entry[0]):
            copies.setdefault(match.group(0).lower(), []).append(entry)
    newest = {name: max((e[1] for e in entries), key=file_version) for name, entries in copies.items() if len(entries) > 1}
    swapped = []
    for name, source, kind in binaries:
        match = RUNTIME.search(name)
        swapped.append((name, newest.get(match.group(0).lower(), source) if match else source, kind))
    return swapped


def file_version(path: str) -> tuple[int, ...]:
    """The four numbers in the version resource of a .dll; zeros where there is none."""
    import pefile  # comes with PyInstaller on Windows

    with pefile.PE(path, fast_load=True) as found:
        found.parse_data_directories([pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_RESOURCE"]])
        for info in getattr(found, "VS_FIXEDFILEINFO", []):
            return info.FileVersionMS >> 16, info.FileVersionMS & 0xFFFF, info.FileVersionLS >> 16, info.FileVersionLS & 0xFFFF
    return 0, 0, 0, 0


def version_resource(build: Path, version: str) -> str | None:
    """The file that tells Windows name and version of the program (Properties, Details)."""
    if sys.platform != "win32":
        return None
    path = build / "version.txt"
    path.write_text(version_text(version), encoding="utf-8")
    return str(path)


def version_text(version: str) -> str:
    """In the form that PyInstaller reads. Windows wants four numbers."""
    numbers = tuple([*(int(n) for n in re.findall(r"\d+", version)), 0, 0, 0, 0][:4])
    words = {
        "CompanyName": COMPANY, "FileDescription": NAME, "FileVersion": version, "InternalName": "playground",
        "OriginalFilename": "playground.exe", "ProductName": NAME, "ProductVersion": version, "LegalCopyright": "MIT licence",
    }  # fmt: skip
    strings = ", ".join(f"StringStruct({k!r}, {v!r})" for k, v in words.items())
    return (
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0x0, OS=0x40004, fileType=0x1, "
        f"subtype=0x0, date=(0, 0)), kids=[StringFileInfo([StringTable('040904B0', [{strings}])]), "
        "VarFileInfo([VarStruct('Translation', [1033, 1200])])])\n"
    )


# ---------------------------------------------------------------- macOS
def info_plist(version: str) -> dict[str, Any]:
    """What the Finder has to know: version, system, and the files that a double click opens with this program."""
    return {
        "CFBundleDisplayName": NAME,
        "CFBundleShortVersionString": version,
        "NSHighResolutionCapable": True,
        "LSMinimumSystemVersion": "13.0",
        "LSApplicationCategoryType": "public.app-category.education",
        "CFBundleDocumentTypes": [
            {"CFBundleTypeName": words, "CFBundleTypeRole": "Viewer", "LSItemContentTypes": [key], "LSHandlerRank": "Owner"}
            for key, words in KINDS.values()
        ],
        "UTExportedTypeDeclarations": [
            {"UTTypeIdentifier": key, "UTTypeDescription": words, "UTTypeConformsTo": ["public.data"],
             "UTTypeTagSpecification": {"public.filename-extension": [ending]}}
            for ending, (key, words) in KINDS.items()
        ],
    }  # fmt: skip
