"""The slim line under a view that is full screen: what is shown, how far the run is, and the way back."""

from __future__ import annotations

from html import escape
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from playground.ui import icons, theme
from playground.ui.pages import COMPARE
from playground.ui.run_status import WORDS
from playground.ui.style import set_look


class Line(QFrame):
    """``left`` when its button is pressed."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.what, self.run = QLabel(), QLabel()
        self.close_button = QToolButton()
        self.close_button.setText("Esc")
        self.close_button.setToolTip("Back to the window (Esc)")
        self.close_button.setAccessibleName("Back to the window")
        set_look(self.close_button, "small")
        self.close_button.clicked.connect(self.left)
        self.what.setToolTip("The family, the data and the view on the screen (I hides this line)")
        self.run.setToolTip("Optimizer steps done and to do, and what the engine does now")
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_XS, 0, theme.SPACE_XS, 0)
        row.setSpacing(theme.SPACE_M)
        row.addWidget(self.what, 1)
        row.addWidget(self.run)
        row.addWidget(self.close_button)

    def show_page(self, page: Any, lesson: str = "") -> None:
        """Say what is on the screen; called a few times a second, so it changes only what differs."""
        _put(self.what, " · ".join(part for part in (*what_of(page), lesson) if part))
        _put(self.run, run_of(page))

    def retheme(self) -> None:
        self.close_button.setIcon(icons.icon("close", theme.current().text))


def what_of(page: Any) -> tuple[str, str, str]:
    """Family, data and view, as rich text."""
    stage = page.stage
    view = stage.view()
    title = view.title if view is not None else ""
    if page.accent == COMPARE:
        return "<b>Compare</b>", escape(stage.about.text()), escape(title)
    data = stage.context.data_title if stage.context is not None else page.panel.data.spec.title
    return f"<b>{escape(page.family.title)}</b>", escape(data), escape(title)


def run_of(page: Any) -> str:
    """How far the run is, and its state in the colour of the model while it trains."""
    status, look = page.status, theme.current()
    if status.state == "idle":
        return "no run yet"
    colour = look.accent(page.accent) if status.state == "training" else look.danger if status.state == "failed" else look.text
    if page.accent == COMPARE:
        steps = f"<b>{status.share:.0%}</b>" if status.active else ""
    else:
        steps = f"step <b>{status.step:,} / {status.total_steps:,}</b>" if status.has_model else ""
    state = f'<span style="color:{colour}">●</span> {WORDS.get(status.state, status.state)}'
    return " · ".join(part for part in (steps, state) if part)


def _put(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)
