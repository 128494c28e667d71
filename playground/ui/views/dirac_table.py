"""The methods of the Dirac-GAN, one a row: what theory says of each, and where its trajectory ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from playground.engine import dirac
from playground.ui import theme
from playground.ui.numbers import value_text
from playground.ui.views.dirac_race import Rules
from playground.ui.widgets.ink import ink, small_font

SWATCH, NAME, THEORY, EIGEN, DISTANCE = range(5)
HEADS = (
    ("", "Click here (or press Enter) to draw this method beside the others."),
    ("Method", "The nine settings of Mescheder et al. 2018 and the other objectives. Click one to play it."),
    ("Theory", "What becomes of the game near (0, 0), with this order and step: from the eigenvalues of one update."),
    (
        "Eigenvalues λ",
        "Of the field’s Jacobian at (0, 0), per unit of time: a negative real part pulls in, an imaginary part turns.",
    ),
    ("Distance", "From (0, 0) after the last update, as played here."),
)


class MethodTable(QTableWidget):
    """``chosen(method)`` when a row is clicked or reached by the arrow keys, ``compared(method)`` when its swatch is."""

    chosen = Signal(object)
    compared = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(HEADS), parent)
        self.methods: Sequence[dirac.Method] = ()
        self._filling, self._wide = False, False
        for i, (text, tip) in enumerate(HEADS):
            head = QTableWidgetItem(text)
            head.setToolTip(tip)
            head.setTextAlignment(
                Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignRight if i == DISTANCE else Qt.AlignmentFlag.AlignLeft)
            )
            self.setHorizontalHeaderItem(i, head)
        self.setStyleSheet("QTableView::item { padding: 0 3px; } QHeaderView::section { padding: 5px 3px; }")
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Methods")
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setMinimumSectionSize(20)
        self.horizontalHeader().setHighlightSections(False)
        self.cellClicked.connect(self._click)
        self.currentCellChanged.connect(self._go)

    # ------------------------------------------------------------ contents
    def show_methods(self, methods: Sequence[dirac.Method], current: dirac.Method, rules: Rules) -> None:
        """One row a method, with what theory says under these rules; distances come later."""
        self._filling = True
        self.methods = list(methods)
        self.setRowCount(len(self.methods))
        for row, method in enumerate(self.methods):
            told = dirac.theory(method, rules.step, rules.order)
            about = f"{told.reason}\nClick the row to play this method."
            for column, text in (
                (SWATCH, ""),
                (NAME, method.title),
                (THEORY, told.verdict),
                (EIGEN, eigen_text(told)),
                (DISTANCE, "…"),
            ):
                self.setItem(row, column, self._item(text, about, right=column == DISTANCE))
        self.setCurrentCell(self.methods.index(current), NAME)
        self._fit()
        self._filling = False

    def _item(self, text: str, tip: str, *, right: bool = False) -> QTableWidgetItem:
        item = QTableWidgetItem(text)
        item.setFont(self._font())
        item.setToolTip(tip)
        if right:
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return item

    def _cell(self, row: int, column: int) -> QTableWidgetItem:
        """One that :meth:`show_methods` has filled."""
        item = self.item(row, column)
        assert item is not None
        return item

    def show_colours(self, colours: Mapping[dirac.Method, QColor], current: dirac.Method) -> None:
        """A dot on the rows that are drawn, in their colour; the current one is bold."""
        for row, method in enumerate(self.methods):
            swatch, name = self._cell(row, SWATCH), self._cell(row, NAME)
            drawn = method in colours
            swatch.setIcon(swatch_icon(colours.get(method), self.devicePixelRatioF()))
            swatch.setToolTip("Take it off the plane." if drawn else "Draw it beside the others.")
            name.setFont(self._font(method == current))

    def show_distance(self, method: dirac.Method, measured: dirac.Measured, expected: str) -> None:
        """Where the trajectory of ``method`` ended; in the warning colour where it did other than theory says."""
        item = self._cell(self.methods.index(method), DISTANCE)
        item.setText(value_text(measured.distance))
        between = f"{value_text(measured.low)} to {value_text(measured.high)}"
        word = f"Measured: {measured.verdict}; over the last third {between} from (0, 0)."
        surprise = measured.verdict != expected
        item.setToolTip(
            word + (f" Theory, which looks at the neighbourhood of (0, 0) alone, says: {expected}." if surprise else "")
        )
        item.setForeground(QColor(theme.current().warning) if surprise else ink("text"))

    # ------------------------------------------------------------ size
    def _fit(self) -> None:
        """As high as its rows."""
        line = self.fontMetrics().height()
        for row in range(self.rowCount()):
            self.setRowHeight(row, line + 4)
        widths = {SWATCH: 26, THEORY: 126 if self._wide else 110, EIGEN: 108, DISTANCE: 68}
        for column, width in widths.items():
            self.setColumnWidth(column, theme.current().px(width))
        self.setMaximumHeight(self.sizeHint().height())

    def set_wide(self, wide: bool) -> None:
        """Eigenvalues and larger type where there is room."""
        self._wide = wide
        self.setColumnHidden(EIGEN, not wide)
        for row in range(self.rowCount()):
            for column in range(self.columnCount()):
                item = self._cell(row, column)
                item.setFont(self._font(item.font().bold()))
        self._fit()

    def _font(self, bold: bool = False) -> QFont:
        return small_font(-1 if self._wide else -2, bold=bold)

    def sizeHint(self) -> QSize:
        rows = sum(self.rowHeight(row) for row in range(self.rowCount()))
        return QSize(340, self.horizontalHeader().sizeHint().height() + rows + 2 * self.frameWidth() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 140)

    # ------------------------------------------------------------ clicks and keys
    def _click(self, row: int, column: int) -> None:
        if column == SWATCH:
            self.compared.emit(self.methods[row])

    def _go(self, row: int, column: int, _before: int, _column: int) -> None:
        if not self._filling and column != SWATCH and 0 <= row < len(self.methods):
            self.chosen.emit(self.methods[row])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and 0 <= self.currentRow() < len(self.methods):
            self.compared.emit(self.methods[self.currentRow()])
        elif event.text() and not event.text().isspace():
            event.ignore()  # S and the digits belong to the window, not to a search in the table
        else:
            super().keyPressEvent(event)


def swatch_icon(colour: QColor | None, ratio: float) -> QIcon:
    """A disc in the colour of a line, on the dark ground that the lines lie on; None: an empty ring."""
    pixmap = QPixmap(round(16 * ratio), round(16 * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink("muted"), theme.stroke(1.2)) if colour is None else Qt.PenStyle.NoPen)
    painter.setBrush(Qt.BrushStyle.NoBrush if colour is None else ink("canvas", dark=True))
    painter.drawEllipse(QPointF(8, 8), 4.5 if colour is None else 7.5, 4.5 if colour is None else 7.5)
    if colour is not None:
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(8, 8), 5, 5)
    painter.end()
    icon = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Active):  # never tinted
        icon.addPixmap(pixmap, mode)
    return icon


def eigen_text(told: dirac.Theory) -> str:
    """−0.15 ± 0.48 i, or two real numbers."""
    if told.eigenvalues is None:
        return "none: a jump"
    first, second = told.eigenvalues
    if abs(first.imag) > 1e-6:
        real = f"{_fixed(first.real)} " if abs(first.real) > 1e-9 else ""
        return f"{real}± {abs(first.imag):.2f} i"
    if abs(first.real - second.real) < 1e-6:
        return f"{_fixed(first.real)}, twice"
    return ", ".join(_fixed(v) for v in sorted((first.real, second.real), reverse=True))


def _fixed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
