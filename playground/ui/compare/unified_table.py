"""The textbook's table, measured: aspects as rows, contestants as columns, painted by hand; its heads stay in sight."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QToolTip, QWidget

from playground.engine import FAMILIES
from playground.engine import messages as m
from playground.ui import theme
from playground.ui.compare import cell_layout
from playground.ui.compare.cell_layout import MARKS, PAD, Block, metrics
from playground.ui.compare.looks import colour_of, full_text
from playground.ui.widgets.ink import ink, small_font

NARROW, WIDE = 156, 420  # of a column, in logical pixels
ASPECTS = tuple(m.ASPECTS)
MOST_FIGURES = (12, 7, 5)  # in a cell: as many as leave the table whole in sight, the last number in any case


class UnifiedTable(QWidget):
    """``opened(aspect, column)`` when a cell is clicked or Enter is pressed; ``moved(aspect, column)`` when another is chosen."""

    opened = Signal(str, str)
    moved = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns: Sequence[m.Column] = ()
        self.cells: dict[tuple[str, str], m.Cell] = {}
        self.row = self.column = 0
        self._blocks: dict[tuple[int, int], Block] = {}
        self._tops: list[float] = []
        self._laid_out_for: tuple[object, ...] = ()
        self.room, self.height_room = 800, 600  # what the scroll area gives
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("The unified view: aspects by contestants. Arrow keys move, Enter opens the evidence.")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    # ------------------------------------------------------------ contents
    def show_view(self, columns: Sequence[m.Column], view: m.UnifiedView | None) -> None:
        """The table so far; without measurements the textbook's words alone."""
        self.columns = columns
        self.cells = {(a, c.key): (view.cell(a, c.key) if view is not None else None) or unmeasured(a, c)
                      for a in ASPECTS for c in columns}  # fmt: skip
        self.column = min(self.column, max(len(columns) - 1, 0))
        self.redraw()

    def redraw(self) -> None:
        """Contents or colours changed."""
        self._laid_out_for = ()
        self._lay_out()
        self.update()

    def set_room(self, width: int, height: int) -> None:
        """The room that there is."""
        if (width, height) != (self.room, self.height_room):
            self.room, self.height_room = width, height
            self._lay_out()
            self.update()

    def cell(self) -> m.Cell | None:
        """The chosen one."""
        if not self.columns:
            return None
        return self.cells.get((ASPECTS[self.row], self.columns[self.column].key))

    def go(self, row: int, column: int) -> None:
        """Choose a cell, kept inside the table."""
        row, column = min(max(row, 0), len(ASPECTS) - 1), min(max(column, 0), max(len(self.columns) - 1, 0))
        if (row, column) != (self.row, self.column):
            self.row, self.column = row, column
            if self.columns:
                self.moved.emit(ASPECTS[row], self.columns[column].key)
        self.update()

    # ------------------------------------------------------------ geometry
    def head_width(self) -> float:
        """Of the first column, which names the aspects."""
        return max(metrics(-1, True).horizontalAdvance(word) for t in m.ASPECTS.values() for word in t.split()) + 2 * PAD

    def head_height(self) -> float:
        return metrics(0, True).height() + 2 * PAD

    def column_width(self) -> float:
        """As wide as there is room, within reason."""
        n = max(len(self.columns), 1)
        return min(max((self.room - self.head_width()) / n, theme.current().px(NARROW)), theme.current().px(WIDE))

    def _lay_out(self) -> None:
        key = (self.room, self.height_room, theme.current().name, id(self.cells))
        if key == self._laid_out_for:
            return
        self._laid_out_for = key
        for most in MOST_FIGURES:
            self._place(most)
            if self._tops[-1] <= self.height_room:
                break
        self.setFixedSize(round(self.head_width() + self.column_width() * len(self.columns)), round(self._tops[-1]) + 1)

    def _place(self, most: int) -> None:
        """All cells, with at most so many figures in each."""
        width, top = self.column_width(), self.head_height()
        self._blocks, self._tops = {}, [top]
        for i, aspect in enumerate(ASPECTS):
            for j, column in enumerate(self.columns):
                self._blocks[i, j] = cell_layout.lay_out(self.cells[aspect, column.key], width, most)
            top += max([self._blocks[i, j].height for j in range(len(self.columns))], default=40.0)
            self._tops.append(top)

    def rect_of(self, row: int, column: int) -> QRectF:
        """Where a cell lies."""
        width = self.column_width()
        return QRectF(self.head_width() + column * width, self._tops[row], width, self._tops[row + 1] - self._tops[row])

    def index_at(self, pos: QPointF) -> tuple[int, int]:
        """Row and column of the cell at a point, (-1, -1) for none."""
        for (row, column), _ in self._blocks.items():
            if self.rect_of(row, column).contains(pos):
                return row, column
        return -1, -1

    # ------------------------------------------------------------ painting
    def paintEvent(self, event: QPaintEvent) -> None:
        self._lay_out()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), ink("card"))
        for (row, column), block in self._blocks.items():
            box = self.rect_of(row, column)
            if box.intersects(QRectF(event.rect())):
                self._paint_cell(painter, row, column, box, block)
        self._paint_aspects(painter)
        self._paint_heads(painter)

    def _paint_cell(self, painter: QPainter, row: int, column: int, box: QRectF, block: Block) -> None:
        chosen = (row, column) == (self.row, self.column)
        if chosen:
            painter.fillRect(box, ink("field"))
        painter.setPen(QPen(ink("border"), theme.stroke(1)))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.drawLine(box.topRight(), box.bottomRight())
        cell = self.cells[ASPECTS[row], self.columns[column].key]
        cell_layout.paint(painter, block, cell, box.topLeft(), colour_of(self.columns[column], self.columns))
        if chosen and self.hasFocus():
            painter.setPen(QPen(ink("focus"), theme.stroke(2)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box.adjusted(1, 1, -1, -1))

    def _paint_aspects(self, painter: QPainter) -> None:
        """The first column, in sight however far the table is scrolled."""
        left, width = float(max(-self.x(), 0)), self.head_width()
        painter.setFont(small_font(-1, bold=True))
        for i, aspect in enumerate(ASPECTS):
            box = QRectF(left, self._tops[i], width, self._tops[i + 1] - self._tops[i])
            painter.fillRect(box, ink("panel"))
            painter.setPen(QPen(ink("border"), theme.stroke(1)))
            painter.drawLine(box.bottomLeft(), box.bottomRight())
            painter.drawLine(box.topRight(), box.bottomRight())
            painter.setPen(ink("text"))
            flags = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
            painter.drawText(box.adjusted(PAD, PAD - 2, -2, -2), flags, m.ASPECTS[aspect])

    def _paint_heads(self, painter: QPainter) -> None:
        """The titles of the contestants, in sight however far the table is scrolled."""
        top, height, width = float(max(-self.y(), 0)), self.head_height(), self.column_width()
        painter.setFont(small_font(0, bold=True))
        painter.fillRect(QRectF(0, top, self.width(), height), ink("panel"))
        for j, column in enumerate(self.columns):
            box = QRectF(self.head_width() + j * width, top, width, height)
            colour = colour_of(column, self.columns)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(box.x() + PAD + 4, box.center().y()), 4, 4)
            painter.setPen(colour)
            words = metrics(0, True).elidedText(column.title, Qt.TextElideMode.ElideRight, width - 2 * PAD - 14)
            painter.drawText(box.adjusted(PAD + 14, 0, -PAD, 0), Qt.AlignmentFlag.AlignVCenter, words)
        left = QRectF(float(max(-self.x(), 0)), top, self.head_width(), height)
        painter.fillRect(left, ink("panel"))
        painter.setPen(QPen(QColor(ink("outline")), theme.stroke(1)))
        painter.drawLine(QPointF(0, top + height), QPointF(self.width(), top + height))

    # ------------------------------------------------------------ mouse and keyboard
    def mousePressEvent(self, event: QMouseEvent) -> None:
        row, column = self.index_at(event.position())
        if row >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.go(row, column)
            self._open()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        inside = self.index_at(event.position())[0] >= 0
        self.setCursor(Qt.CursorShape.PointingHandCursor if inside else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
        step = moves.get(Qt.Key(event.key()))
        if step is not None:
            self.go(self.row + step[0], self.column + step[1])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        else:
            super().keyPressEvent(event)

    def _open(self) -> None:
        if self.columns:
            self.opened.emit(ASPECTS[self.row], self.columns[self.column].key)

    def event(self, event: QEvent) -> bool:
        """A tooltip says what a cell's figures are, and what its mark means."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row, column = self.index_at(QPointF(event.pos()))
            if row >= 0:
                QToolTip.showText(event.globalPos(), self.tip(row, column), self, self.rect_of(row, column).toRect())
                return True
        return super().event(event)

    def tip(self, row: int, column: int) -> str:
        """What a cell says in full, as rich text."""
        cell = self.cells[ASPECTS[row], self.columns[column].key]
        parts = [f"{MARKS[cell.agrees][0]} {MARKS[cell.agrees][2]}"] if cell.agrees is not None else []
        parts += [cell.rule] if cell.rule else []
        parts += [full_text(f) for f in cell.figures[:4]]
        return "<p>".join([*parts, "Click, or press Enter, for the evidence."])

    def sizeHint(self) -> QSize:
        return self.size()


class TableScroll(QScrollArea):
    """The table in a frame that scrolls where it must."""

    def __init__(self, table: UnifiedTable) -> None:
        super().__init__()
        self.table = table
        self.setWidget(table)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumSize(240, 160)
        for bar in (self.verticalScrollBar(), self.horizontalScrollBar()):
            bar.valueChanged.connect(lambda _: table.update())
        table.moved.connect(lambda *_: self.follow())

    def follow(self) -> None:
        """Bring the chosen cell into sight, clear of the heads."""
        if not self.table.columns:
            return
        box: QRect = self.table.rect_of(self.table.row, self.table.column).toRect()
        head_w, head_h = round(self.table.head_width()), round(self.table.head_height())
        self.ensureVisible(box.right(), box.bottom(), 2, 2)
        self.ensureVisible(box.left() - head_w, box.top() - head_h, 2, 2)

    def resizeEvent(self, event: object) -> None:
        self.table.set_room(self.viewport().width(), self.viewport().height())
        super().resizeEvent(event)  # type: ignore[arg-type]


def unmeasured(aspect: str, column: m.Column) -> m.Cell:
    """What the textbook says, before anything is measured."""
    family = FAMILIES.get(column.family)
    return m.Cell(aspect, column.key, family.textbook.get(aspect, "") if family else "", "", "", None, ())
