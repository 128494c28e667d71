"""The installers for Linux, made of the frozen folder: a .deb, and one file that installs itself for one user without rights."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NAME = "generative-playground"
MAINTAINER = "Generative Playground <noreply@example.invalid>"
#: What Qt's plugins need of the system and a desktop has: not bundled, since they belong to its graphics driver.
DEPENDS = "libc6 (>= 2.36), libegl1, libgl1, libfontconfig1, libdbus-1-3"


def deb(program: Path, dist: Path, version: str) -> Path:
    """For all users of a machine: /opt/generative-playground, a command, a menu entry, file types."""
    tree = dist / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    home = tree / "opt" / NAME
    home.parent.mkdir(parents=True)
    shutil.copytree(program, home, symlinks=True, copy_function=_link)
    for source, target in desktop_files().items():
        path = tree / "usr" / "share" / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source.read_bytes())
    entry = tree / "usr/share/applications" / f"{NAME}.desktop"
    entry.write_text(entry.read_text().replace("@PROGRAM@", f"/opt/{NAME}/playground"))
    command = tree / "usr/bin/playground"
    command.parent.mkdir(parents=True)
    command.symlink_to(f"/opt/{NAME}/playground")
    kilobytes = sum(p.lstat().st_size for p in tree.rglob("*")) // 1024
    control = (
        f"Package: {NAME}\nVersion: {version}\nArchitecture: amd64\nMaintainer: {MAINTAINER}\nSection: education\n"
        f"Priority: optional\nInstalled-Size: {kilobytes}\nDepends: {DEPENDS}\n"
        "Description: see how VAE, GAN and diffusion models work, fail and compare\n"
        " Configure a generative model, train it on your own machine and watch it learn.\n"
    )
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN/control").write_text(control)
    for script in ("postinst", "postrm"):
        path = tree / "DEBIAN" / script
        path.write_text((HERE / "refresh.sh").read_text())
        path.chmod(0o755)
    made = dist / f"{NAME}_{version}_amd64.deb"
    # dpkg-deb's own default, xz, takes several minutes for a payload like this
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zzstd", "-z12", "--build", str(tree), str(made)], check=True)
    shutil.rmtree(tree)
    return made


def run(program: Path, dist: Path, version: str) -> Path:
    """One file: a shell script with an archive behind it, which installs into the home folder."""
    made = dist / f"{NAME}-{version}-linux-x86_64.run"
    header = (HERE / "install.sh").read_text().replace("@VERSION@", version)
    payload = dist / "payload.tar.xz"
    with open(payload, "wb") as file:  # xz, which every system has: zstd would be quicker, where it is there
        packer = subprocess.Popen(["xz", "-T0", "-4", "-c"], stdin=subprocess.PIPE, stdout=file)
        assert packer.stdin is not None
        with tarfile.open(fileobj=packer.stdin, mode="w|", format=tarfile.GNU_FORMAT) as archive:
            archive.add(program, "playground", filter=_nobody)
            for source, target in desktop_files().items():
                archive.add(source, f"share/{target}", filter=_nobody)
        packer.stdin.close()
        if packer.wait():
            raise RuntimeError("xz failed")
    size = sum(p.lstat().st_size for p in program.rglob("*")) // 1024
    text = header.replace("@KILOBYTES@", str(size))
    with open(made, "wb") as file:
        # The number of the first line of the archive stands in the script, so that tail can find it.
        file.write(text.replace("@LINES@", str(text.count("\n") + 1)).encode())
        with open(payload, "rb") as source:
            shutil.copyfileobj(source, file)
    payload.unlink()
    made.chmod(0o755)
    return made


def desktop_files() -> dict[Path, str]:
    """Menu entry, file types and icons: source -> place below share/."""
    return {
        HERE / f"{NAME}.desktop": f"applications/{NAME}.desktop",
        HERE / f"{NAME}.xml": f"mime/packages/{NAME}.xml",
        HERE / f"{NAME}.svg": f"icons/hicolor/scalable/apps/{NAME}.svg",
    }


def _link(source: str, target: str) -> str:
    """A hard link instead of a copy: the tree is packed and thrown away."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
    return target


def _nobody(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Of no particular user, whoever packed it."""
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    return info


MAKERS = {"deb": deb, "run": run}
