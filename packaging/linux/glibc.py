"""Which glibc does a folder of programs and libraries need? ``python3 packaging/linux/glibc.py FOLDER [--at-most 2.36]``

Read from the ELF files themselves (their tables of needed symbol versions), so that the number that the installers state is
measured and not remembered. Nothing is loaded or run.
"""

from __future__ import annotations

import argparse
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

VERSION_NEEDED = 0x6FFFFFFE  # SHT_GNU_verneed
GLIBC = re.compile(r"GLIBC_(\d+(?:\.\d+)+)$")
Version = tuple[int, ...]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--at-most", default="", metavar="VERSION", help="exit with 1 if a newer one is needed")
    options = parser.parse_args()
    needs = of_folder(options.folder)
    lowest = floor(needs)
    for path, version in sorted(needs.items(), key=lambda item: item[1], reverse=True)[:10]:
        print(f"{words(version):6} {path.relative_to(options.folder)}")
    print(f"The floor of {len(needs):,} files is glibc {words(lowest)}.")
    return int(bool(options.at_most) and lowest > numbers(options.at_most))


def of_folder(folder: Path) -> dict[Path, Version]:
    """The newest glibc that each ELF file below ``folder`` names; files that name none are left out."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        if version := max(of_file(path), default=None):
            found[path] = version
    return found


def floor(needs: dict[Path, Version]) -> Version:
    """The oldest glibc that satisfies all of them."""
    return max(needs.values(), default=(2,))


def of_file(path: Path) -> set[Version]:
    """The versions of glibc that a 64-bit little-endian ELF file names; the empty set for any other file."""
    with path.open("rb") as file:
        if file.read(6) != b"\x7fELF\x02\x01":
            return set()
        content = path.read_bytes()
    found = (GLIBC.match(name) for name in _needed_versions(content))
    return {numbers(match[1]) for match in found if match}


def _needed_versions(content: bytes) -> Iterator[str]:
    """All names of symbol versions that are wanted of other libraries (the gABI's verneed and vernaux records)."""
    start, size, count = struct.unpack_from("<40xQ10xHH", content)  # e_shoff, e_shentsize, e_shnum
    sections = [struct.unpack_from("<IIQQQQIIQQ", content, start + i * size) for i in range(count)]
    for _, kind, _, _, offset, _, link, records, _, _ in sections:
        if kind != VERSION_NEEDED:
            continue
        texts = sections[link][4]
        for _ in range(records):
            _, entries, _, first, following = struct.unpack_from("<HHIII", content, offset)
            at = offset + first
            for _ in range(entries):
                _, _, _, name, step = struct.unpack_from("<IHHII", content, at)
                end = content.index(b"\0", texts + name)
                yield content[texts + name : end].decode("ascii", "replace")
                at += step
            offset += following


def numbers(text: str) -> Version:
    """``"2.34"`` -> (2, 34)."""
    return tuple(int(part) for part in text.split("."))


def words(version: Version) -> str:
    return ".".join(map(str, version))


if __name__ == "__main__":
    sys.exit(main())
