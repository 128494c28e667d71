"""A grid of pictures: one pixmap, crisp at whole multiples of device pixels, with hover, marks and keyboard.

A tile may be a *stack* of pictures that belong together (original, reconstruction, difference) with a caption beneath.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui.widgets.ink import ink, small_font
from playground.ui.widgets.pixels import Layout, array_of, fit, mosaic, packed, pixmap_of

Array = np.ndarray

FRAME = 4  # pixels round a tile that its frame may take


class PictureGrid(QWidget):
    """Shows ``pictures`` (N, H, W[, 3]), or for stacks (N, S, H, W[, 3]), as large as crisply fits."""

    hovered = Signal(int)  # index under the mouse or the keyboard, -1 when none
    clicked = Signal(int)

    def __init__(
        self,
        placeholder: str = "",
        *,
        columns: int = 0,
        gap: int = 4,
        surface: str = "window",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.surface = surface
        self.placeholder, self.columns, self.gap = placeholder, columns, gap
        self.row_labels: Sequence[str] = ()
        self.captions: Sequence[str] = ()
        self.caption_label = ""
        self.marks: dict[int, str] = {}
        self.cursor_column = -1
        self.cursor_tiles: Sequence[int] = ()
        self.accent = "vae"
        self.align_left = False
        self.current = -1
        self._pictures: Array | None = None
        self._layout: Layout | None = None
        self._pixmap: QPixmap | None = None
        self._drawn_for: tuple[int, int, float] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(60, 30)

    # ------------------------------------------------------------ contents
    def set_pictures(self, pictures: Array | None, captions: Sequence[str] = ()) -> None:
        """New pictures (None: empty). Marks and the keyboard's place stay, so that successive pictures compare."""
        if pictures is not None and pictures.ndim in (3, 4) and not self._is_stack(pictures):
            pictures = pictures[:, None]
        self._pictures, self.captions = pictures, captions
        if pictures is None or self.current >= len(pictures):
            self.current = -1
        self.redraw()

    @staticmethod
    def _is_stack(pictures: Array) -> bool:
        """(N, S, H, W) with few S, against (N, H, W, 3)."""
        return (pictures.ndim == 4 and pictures.shape[-1] != 3) or pictures.ndim == 5

    @property
    def count(self) -> int:
        return 0 if self._pictures is None else len(self._pictures)

    @property
    def stack(self) -> int:
        return 1 if self._pictures is None else self._pictures.shape[1]

    def set_marks(self, marks: dict[int, str]) -> None:
        """Letters on tiles, by index."""
        self.marks = marks
        self.update()

    def set_cursor_column(self, column: int) -> None:
        """Frame the tiles of one column (the frame of a film); -1 for none."""
        if column != self.cursor_column:
            self.cursor_column = column
            self.update()

    def set_cursor(self, indices: Sequence[int]) -> None:
        """Frame these tiles (the frame of a film)."""
        before, self.cursor_tiles = self.cursor_tiles, indices
        if self._layout is None:
            self.update()
        elif before != indices:
            for index in (i for i in (*before, *indices) if i < self.count):
                self.update(self.tile_rect(index).toAlignedRect().adjusted(-FRAME, -FRAME, FRAME, FRAME))

    def redraw(self) -> None:
        """Forget the cached picture: contents, size or colours changed."""
        self._drawn_for = None
        self.update()

    # ------------------------------------------------------------ geometry (device pixels inside, logical outside)
    def _label_width(self) -> float:
        if not self.row_labels:
            return 0.0
        metrics = QFontMetricsF(small_font())
        return max(metrics.horizontalAdvance(t) for t in (*self.row_labels, self.caption_label)) + 10

    def _caption_height(self) -> float:
        return QFontMetricsF(small_font()).height() + 2 if self.captions else 0.0

    def layout_now(self) -> Layout | None:
        """Where the tiles lie at this size."""
        if self._pictures is None or not len(self._pictures):
            return None
        ratio = self.devicePixelRatioF()
        room = (int(self.height() * ratio), int((self.width() - self._label_width()) * ratio))
        n, stack, h, w = self._pictures.shape[:4]
        caption = int(self._caption_height() * ratio)
        return fit(n, (h, w), room, gap=int(self.gap * ratio), stack=stack, caption=caption, columns=self.columns)

    def height_in(self, width: int, room: int) -> int:
        """The height that the tiles take at this width, at most ``room``; all of it as long as there are none."""
        if self._pictures is None or not len(self._pictures):
            return room
        ratio = self.devicePixelRatioF()
        n, stack, h, w = self._pictures.shape[:4]
        space = (int(room * ratio), int((width - self._label_width()) * ratio))
        caption = int(self._caption_height() * ratio)
        lay = fit(n, (h, w), space, gap=int(self.gap * ratio), stack=stack, caption=caption, columns=self.columns)
        return min(math.ceil(lay.height / ratio) + 4, room)  # with room for a frame round the outer ones

    def origin(self) -> QPointF:
        """Top left corner of the first tile, on a whole device pixel."""
        assert self._layout is not None
        ratio, left = self.devicePixelRatioF(), self._label_width()
        free_x = (self.width() - left) * ratio - self._layout.width
        free_y = self.height() * ratio - self._layout.height
        x = left if self.align_left else left + max(0, int(free_x / 2)) / ratio
        return QPointF(round(x * ratio) / ratio, max(0, int(free_y / 2)) / ratio)

    def tile_rect(self, index: int) -> QRectF:
        """The rectangle of a tile (its pictures, not its caption), in logical pixels."""
        self._render()
        if self._layout is None:
            return QRectF()
        lay, ratio, origin = self._layout, self.devicePixelRatioF(), self.origin()
        row, column = divmod(index, lay.columns)
        return QRectF(
            origin.x() + column * lay.pitch_x / ratio,
            origin.y() + row * lay.pitch_y / ratio,
            lay.tile_w / ratio,
            (lay.block_h - lay.caption) / ratio,
        )

    def index_at(self, pos: QPointF) -> int:
        """The tile at a point, or -1."""
        self._render()
        if self._layout is None:
            return -1
        lay, ratio, origin = self._layout, self.devicePixelRatioF(), self.origin()
        x, y = (pos.x() - origin.x()) * ratio, (pos.y() - origin.y()) * ratio
        column, row = int(x // lay.pitch_x), int(y // lay.pitch_y)
        inside = 0 <= column < lay.columns and 0 <= row < lay.rows
        index = row * lay.columns + column
        return index if inside and index < self.count else -1

    # ------------------------------------------------------------ painting
    def _render(self) -> None:
        ratio = self.devicePixelRatioF()
        key = (self.width(), self.height(), ratio)
        if key == self._drawn_for:
            return
        self._drawn_for = key
        self._layout, self._pixmap = self.layout_now(), None
        if self._layout is not None:
            self._pixmap = pixmap_of(self._compose(self._layout), ratio)

    def _compose(self, lay: Layout) -> Array:
        """All tiles as one packed picture."""
        assert self._pictures is not None
        n, stack = self._pictures.shape[:2]
        tiles = packed(self._pictures.reshape(n * stack, *self._pictures.shape[2:]), lay.scale)
        background = self.background().rgb()
        if stack > 1 or lay.caption:
            block = np.full((n, lay.block_h, lay.tile_w), background, np.uint32)
            for s in range(stack):
                top = s * (lay.tile_h + 2)
                block[:, top : top + lay.tile_h] = tiles[s::stack]
            tiles = block
        return mosaic(tiles, lay.columns, lay.gap, lay.pitch_y - lay.block_h, background)

    def background(self) -> QColor:
        return ink(self.surface)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._render()
        painter = QPainter(self)
        if self._pixmap is None:
            self._paint_placeholder(painter)
            return
        painter.drawPixmap(self.origin(), self._pixmap)
        self._paint_texts(painter, event.rect())
        self._paint_frames(painter)

    def _paint_placeholder(self, painter: QPainter) -> None:
        painter.setPen(ink("muted"))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(QRectF(self.rect()).adjusted(12, 0, -12, 0), flags, self.placeholder)

    def _paint_texts(self, painter: QPainter, where: QRect) -> None:
        """Those that lie there: texts cost more than pictures."""
        assert self._layout is not None
        painter.setFont(small_font())
        painter.setPen(ink("muted"))
        ratio, lay = self.devicePixelRatioF(), self._layout
        for i, text in enumerate(self.captions[: self.count]):
            rect = self.tile_rect(i)
            box = QRectF(rect.x() - lay.gap / ratio / 2, rect.bottom(), lay.pitch_x / ratio, lay.caption / ratio)
            if box.intersects(QRectF(where)):
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        self._paint_row_labels(painter)

    def _paint_row_labels(self, painter: QPainter) -> None:
        """One label a picture of a stack (on every row of tiles), or one a row of tiles."""
        assert self._layout is not None
        lay, ratio, width = self._layout, self.devicePixelRatioF(), self._label_width()
        for row in range(lay.rows if self.row_labels else 0):
            rect = self.tile_rect(row * lay.columns)
            if self.captions:
                box = QRectF(rect.x() - width, rect.bottom(), width - 8, lay.caption / ratio)
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self.caption_label)
            for s in range(self.stack):
                index = s if self.stack > 1 else row
                if index < len(self.row_labels):
                    top = rect.y() + s * (lay.tile_h + 2) / ratio
                    box = QRectF(rect.x() - width, top, width - 8, lay.tile_h / ratio)
                    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self.row_labels[index])

    def _paint_frames(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        assert self._layout is not None
        if 0 <= self.cursor_column < self._layout.columns:
            for index in range(self.cursor_column, self.count, self._layout.columns):
                self._frame(painter, index, ink(self.accent), 2)
        for index in self.cursor_tiles:
            if index < self.count:
                self._frame(painter, index, ink(self.accent), 2)
        if 0 <= self.current < self.count:
            self._frame(painter, self.current, ink("text"), 2)
        for index, text in self.marks.items():
            if index < self.count:
                self._frame(painter, index, ink(self.accent), 3)
                self._badge(painter, self.tile_rect(index), text)

    def _frame(self, painter: QPainter, index: int, colour: QColor, width: int) -> None:
        painter.setPen(QPen(colour, width))
        grow = width / 2
        painter.drawRect(self.tile_rect(index).adjusted(-grow, -grow, grow, grow))

    def _badge(self, painter: QPainter, rect: QRectF, text: str) -> None:
        font = small_font(0, bold=True)
        painter.setFont(font)
        side = QFontMetricsF(font).height() + 2
        box = QRectF(rect.x(), rect.y(), side, side)
        painter.fillRect(box, ink("card"))
        painter.setPen(ink("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    # ------------------------------------------------------------ mouse and keyboard
    def _go(self, index: int) -> None:
        if index != self.current:
            self.current = index
            self.hovered.emit(index)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go(self.index_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position())
        self._go(index)
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(index)

    def leaveEvent(self, event: object) -> None:
        if not self.hasFocus():
            self._go(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        columns = self._layout.columns if self._layout else 1
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns}
        step = moves.get(Qt.Key(event.key()))
        if step is not None and self.count:
            target = self.current + step if self.current >= 0 else 0
            if 0 <= target < self.count:
                self._go(target)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.current >= 0:
            self.clicked.emit(self.current)
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(320, 240)

    def to_array(self) -> Array:
        """What is shown, as (H, W, 3) uint8."""
        self._render()
        return np.zeros((1, 1, 3), np.uint8) if self._pixmap is None else array_of(self._pixmap.toImage())
