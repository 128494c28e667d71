"""Beneath the stage: what goes wrong in the training, in a sentence, with its reason and one button for each remedy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import icons, theme
from playground.ui.flow import FlowLayout
from playground.ui.style import set_look

MIN_TEXT = 300  # px that the sentence needs to stand beside the buttons, else it stands above them
UNBOUNDED = 16_777_215  # Qt's QWIDGETSIZE_MAX
AT_ONCE = "Acts on the running model at once; Ctrl+Z takes it back."
ANEW = "Starts a new run with this change; the one on stage is kept."


class HealthBar(QFrame):
    """Hidden while all is well. ``remedy(changes)`` when the user wants what a finding proposes.

    A dismissed finding stays away until it has gone and come back. ``acts_now`` tells whether changes act on the running model.
    """

    remedy = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.acts_now: Callable[[Mapping[str, Any]], bool] = lambda _: False
        self.findings: tuple[m.Finding, ...] = ()  # all that hold
        self._dismissed: set[str] = set()
        self._key = ""  # of the one that is shown
        self._offered: list[tuple[m.Remedy, bool]] = []  # its remedies, and whether they act at once
        set_look(self, "health")
        self.setAccessibleName("What goes wrong in the training")
        self._build()
        self.retheme()
        self.hide()

    def _build(self) -> None:
        self.text, self.reason = _words(), _words()
        self.reason.hide()
        self.turn = QPushButton()
        self.turn.setToolTip("Show the next finding")
        self.why = QPushButton("Why?")
        self.why.setCheckable(True)
        self.why.setToolTip("The reason, as far as theory knows it")
        self.close_button = QToolButton()
        self.close_button.setToolTip("Dismiss this finding until it goes away and comes back")
        self.close_button.setAccessibleName("Dismiss this finding")
        set_look(self.close_button, "plain")
        self._buttons = QWidget()
        self.flow = FlowLayout(theme.SPACE_S, theme.SPACE_XS)
        self._buttons.setLayout(self.flow)
        for widget in (self.turn, self.why):
            self.flow.addWidget(widget)
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._line.addWidget(self.text, 1)
        self._line.addWidget(self._buttons)
        top = QHBoxLayout()
        top.addLayout(self._line, 1)
        top.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_S, theme.SPACE_S)
        column.addLayout(top)
        column.addWidget(self.reason)
        self.turn.clicked.connect(self.show_next)
        self.why.toggled.connect(self.reason.setVisible)
        self.close_button.clicked.connect(self.dismiss)

    # ------------------------------------------------------------ what holds
    def show_health(self, event: m.Health) -> None:
        """The findings of this moment; the one on show stays on show while it holds."""
        self.findings = event.findings
        self._dismissed &= {f.key for f in event.findings}
        self._show()

    def clear(self) -> None:
        """A new run: nothing is known of it."""
        self.findings, self._dismissed, self._key = (), set(), ""
        self.why.setChecked(False)
        self._show()

    def dismiss(self) -> None:
        """Away with the finding on show."""
        self._dismissed.add(self._key)
        self.why.setChecked(False)
        self._show()

    def show_next(self) -> None:
        """Turn to the next finding, round and round."""
        open_ones = self.open_ones()
        if open_ones:
            self._key = open_ones[(self._place(open_ones) + 1) % len(open_ones)].key
            self._show()

    def open_ones(self) -> list[m.Finding]:
        """What holds and has not been dismissed, the most important first."""
        return [f for f in self.findings if f.key not in self._dismissed]

    def refresh(self) -> None:
        """What a remedy does may have changed: a run that rests cannot be changed any more."""
        self._show()

    # ------------------------------------------------------------ showing
    def _place(self, open_ones: list[m.Finding]) -> int:
        return next((i for i, f in enumerate(open_ones) if f.key == self._key), 0)

    def _show(self) -> None:
        open_ones = self.open_ones()
        self.setVisible(bool(open_ones))
        if not open_ones:
            return
        place = self._place(open_ones)
        finding = open_ones[place]
        self._key = finding.key
        self.text.setText(f"<b>{_safe(finding.title)}:</b> {_safe(finding.sentence)}")
        self.reason.setText(_safe(finding.why))
        self.turn.setText(f"{place + 1} of {len(open_ones)} ›")
        self.turn.setVisible(len(open_ones) > 1)
        self.why.setVisible(bool(finding.why))
        self._show_remedies(finding)
        self._arrange()

    def _show_remedies(self, finding: m.Finding) -> None:
        """One button each. Buttons that need not change are kept: a report never takes away a click or the keyboard's focus."""
        wanted = [(r, self.acts_now(r.changes)) for r in finding.remedies]
        if wanted == self._offered:
            return
        self._offered = wanted
        for button in self.remedy_buttons():
            self.flow.removeWidget(button)
            button.hide()
            button.deleteLater()
        for i, (remedy, now) in enumerate(wanted):
            self.flow.addWidget(self._button(remedy, now, first=i == 0))

    def _button(self, remedy: m.Remedy, now: bool, *, first: bool) -> QPushButton:
        button = QPushButton(remedy.label if now else f"{remedy.label} (new run)")
        button.setToolTip(f"{remedy.help} {AT_ONCE if now else ANEW}")
        if first:
            set_look(button, "go")
        button.clicked.connect(lambda: self.remedy.emit(remedy.changes))
        return button

    def remedy_buttons(self) -> list[QPushButton]:
        """The buttons of the finding on show, in order."""
        return [w for w in self._flowing() if w not in (self.turn, self.why)]

    def _flowing(self) -> list[QPushButton]:
        items = [self.flow.itemAt(i) for i in range(self.flow.count())]
        widgets = [item.widget() for item in items if item is not None]
        return [w for w in widgets if isinstance(w, QPushButton)]

    # ------------------------------------------------------------ layout
    def _arrange(self) -> None:
        """The sentence beside the buttons where there is room for both, else above them."""
        widths = [b.sizeHint().width() + theme.SPACE_S for b in self._flowing() if not b.isHidden()]
        buttons, others = sum(widths), self.close_button.sizeHint().width() + 4 * theme.SPACE_M
        if self.width() - buttons - others >= theme.current().px(MIN_TEXT):
            self._line.setDirection(QBoxLayout.Direction.LeftToRight)
            self._buttons.setFixedWidth(buttons)
        else:
            self._line.setDirection(QBoxLayout.Direction.TopToBottom)
            self._buttons.setMinimumWidth(0)
            self._buttons.setMaximumWidth(UNBOUNDED)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._arrange()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Never wider than the smallest stage."""
        return QSize(min(super().minimumSizeHint().width(), 300), super().minimumSizeHint().height())

    def retheme(self) -> None:
        self.close_button.setIcon(icons.icon("close", theme.current().text))
        self._arrange()


def _words() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _safe(text: str) -> str:
    """Plain text inside rich text."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
