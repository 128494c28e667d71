"""The icon for Windows and macOS, drawn from the one for Linux: ``python packaging/icons.py FOLDER`` (with PySide6 and Pillow)."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SOURCE = Path(__file__).resolve().parent / "linux" / "generative-playground.svg"
SIZES = (16, 24, 32, 48, 64, 128, 256)


def main(folder: Path) -> int:
    application = QGuiApplication.instance() or QGuiApplication([])
    folder.mkdir(parents=True, exist_ok=True)
    large = picture(1024)
    large.save(folder / "playground.icns")
    # Each size is drawn for itself: a small icon made of a large one is blurred.
    picture(256).save(folder / "playground.ico", sizes=[(s, s) for s in SIZES], append_images=[picture(s) for s in SIZES[:-1]])
    large.resize((512, 512), Image.Resampling.LANCZOS).save(folder / "playground.png")
    del application
    return 0


def picture(size: int) -> Image.Image:
    """The drawing as RGBA of ``size`` x ``size`` pixels."""
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(str(SOURCE)).render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return Image.open(io.BytesIO(bytes(buffer.data()))).convert("RGBA")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
