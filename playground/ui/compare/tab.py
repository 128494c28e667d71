"""The page Compare: form · stage with its views. It owns one comparison and routes: what the user wants goes to it, what it says
goes to the facts that all views draw.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from playground.engine import ConfigError
from playground.engine import messages as m
from playground.ui import style, theme
from playground.ui.background import Background
from playground.ui.bridge import Bridge
from playground.ui.compare.base import CompareView, Questions
from playground.ui.compare.facts import Facts
from playground.ui.compare.form import CompareForm
from playground.ui.compare.maps import MapsView
from playground.ui.compare.race import RaceView
from playground.ui.compare.stage import CompareStage
from playground.ui.compare.tools import Tools
from playground.ui.compare.tournament import TournamentView
from playground.ui.compare.transport import CompareTransport
from playground.ui.compare.unified import UnifiedViewPage
from playground.ui.previews import Previews
from playground.ui.run_status import RunStatus
from playground.ui.services import Services

CLASSES: tuple[type[CompareView], ...] = (RaceView, UnifiedViewPage, MapsView, TournamentView)
OF_THE_WHOLE = (m.Comparing, m.ComparisonState, m.UnifiedView)  # what a comparison says of itself, and not of a run
SHARES = 1000  # of the whole work, as the status bar counts
FORM_PX = 292


class CompareTab(QWidget):
    """``status_changed`` after every message that the status bar may want to show."""

    title = "Compare"
    accent = "compare"
    status_changed = Signal()

    def __init__(self, services: Services, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._background = services, background
        self.session: Any = None
        self.comparison_id = ""  # of the one on stage: what was left may go on to speak for a moment
        self.status = RunStatus()
        self.facts, self.questions = Facts(), Questions()
        self.bridge = Bridge(self)
        self.previews = Previews(services, background, self)
        self.form, self.transport = CompareForm(services), CompareTransport()
        self.tools = Tools(self.facts, services, background)
        self.stage = CompareStage(self.facts, self.questions, {c.name: c for c in CLASSES}, self.tools)
        self.tools.view = self.stage.view
        self.stage.set_kind(self.form.data.spec.kind)
        self._lay_out()
        self._wire()
        self.transport.set_cost(self.form.cost().words())
        self.retheme()

    # ------------------------------------------------------------ a page of the window
    def attach(self, session: Any) -> None:
        """The engine is loaded: ``session`` is a Comparison, or makes one."""
        self.session = session() if callable(session) else session
        self.questions.send = self._send
        self.bridge.attach(self.session)
        self.transport.set_ready(True)
        self.stage.set_ready(True)
        self.previews.enabled = True
        self.previews.ask(self.form.data.text())
        self.reload_lists()

    def do(self, name: str) -> bool:
        """Do an action of the table of shortcuts, if it is this page's own."""
        own = {
            "primary": self.primary, "train": self.compare, "stop": self.stop, "undo": self.form.undo_stack.undo,
            "redo": self.form.undo_stack.redo, "next_view": lambda: self.stage.turn(1),
            "previous_view": lambda: self.stage.turn(-1), "export": self.tools.ask_picture, "export_csv": self.tools.ask_csv,
            "focus_stage": self.focus_stage,
            "focus_recipe": lambda: self.form.data.box.setFocus(Qt.FocusReason.ShortcutFocusReason),
        }  # fmt: skip
        if name in own:
            own[name]()
        return name in own

    def show_index(self, index: int) -> None:
        self.stage.show_index(index)

    def dismiss(self) -> None:
        """What Esc takes away: the banner."""
        self.stage.banner.dismiss()

    def focus_stage(self) -> None:
        """Put the keyboard onto the visible view, or its Compare button."""
        view = self.stage.view() or self.stage.empty
        view.setFocus(Qt.FocusReason.ShortcutFocusReason)
        view.focusNextChild()

    def remember(self) -> dict[str, Any]:
        return {"form": self.form.state(), "view": self.stage.switch.key()}

    def recall(self, kept: Mapping[str, Any]) -> None:
        """As it was left; what is missing or unfit is ignored."""
        with contextlib.suppress(Exception):  # a file of settings may hold anything: the default form stays
            self.form.set_state(kept.get("form", {}))
        self.form.undo_stack.clear()
        if kept.get("view") in self.stage.switch.keys:
            self.stage.show_view(kept["view"])

    def open_path(self, folder: Path | str, *, resume: bool = False) -> None:
        """Put a comparison of the past on stage."""
        if self.session is None:
            return
        try:
            self.comparison_id = self.session.open(Path(folder), resume=resume)
        except ValueError as error:  # RunFileError
            self.stage.banner.fail(str(error))
        else:
            self._enter()

    def end(self) -> None:
        """The window closes: hear nothing any more."""
        self.bridge.attach(None)

    def close_session(self, timeout: float = 10.0) -> bool:
        """End the comparison's threads; False if one is still at work."""
        self.end()
        return bool(self.session.close(timeout)) if self.session is not None else True

    # ------------------------------------------------------------ what the user wants
    def compare(self) -> None:
        """Start the comparison in the form."""
        if self.session is None or self.facts.active:
            return
        try:
            self.comparison_id = self.session.start(self.form.plan())
        except (ConfigError, ValueError) as error:  # also RunFileError, DataError: sentences
            self.stage.banner.fail(str(error))
        else:
            self._enter()

    def primary(self) -> None:
        """Space: compare, pause or resume, whichever comes next."""
        if self.facts.active:
            self.pause_or_resume()
        else:
            self.compare()

    def pause_or_resume(self) -> None:
        if self.session is None or self.facts.state is None:
            return
        if self.facts.state.state == "paused":
            self.session.resume()
        elif self.facts.active:
            self.session.pause()

    def stop(self) -> None:
        """End training and measure what is there."""
        if self.session is not None and self.facts.active:
            self.session.stop()

    def reload_lists(self) -> None:
        """Runs and comparisons of the past, read in a thread."""
        run = self._background.run
        run(self._services.runs_and_models, self.form.set_runs, lambda _: None, key="compare runs", owner=self)
        run(self._services.list_comparisons, self.form.set_past, lambda _: None, key="comparisons", owner=self)

    # ------------------------------------------------------------ what the engine says
    def _on_event(self, event: m.Event) -> None:
        if isinstance(event, m.Answer):
            if event.run_id in self.facts.tracks:
                self.stage.on_answer(event)
            return
        if isinstance(event, OF_THE_WHOLE) and event.run_id != self.comparison_id:
            return
        entered = isinstance(event, m.Comparing)
        self.facts.on_event(event)
        if entered:
            self.stage.set_kind(self.facts.kind)
            self.stage.enter()
        elif isinstance(event, m.ComparisonState):
            self._on_state(event)
        self.stage.on_event(event)
        if isinstance(event, m.Progress):
            self._on_progress(event)

    def _on_state(self, state: m.ComparisonState) -> None:
        self.transport.set_state(state)
        self.stage.set_training(state.state in ("training", "measuring"))
        self.stage.set_waiting(state.state == "preparing")
        self.status.state = "training" if state.state == "measuring" else state.state
        self.status.total_steps = SHARES
        self.status.step = round(SHARES * min(state.done / state.total, 1.0)) if state.total else 0
        if state.state in ("finished", "failed"):
            self.reload_lists()
        if state.state == "failed" and state.sentence:
            self.stage.banner.fail(state.sentence)
        self.status_changed.emit()

    def _on_progress(self, event: m.Progress) -> None:
        self.status.memory_mb = event.memory_mb

    def _enter(self) -> None:
        """A comparison enters the stage: clear what the last one left."""
        self.facts.clear()
        self.questions.forget()
        self.stage.banner.dismiss()
        self.stage.set_waiting(True)
        self.transport.set_state(m.ComparisonState("", "preparing", what="preparing"))
        self.status = RunStatus(state="preparing")
        self.stage.enter()
        self.status_changed.emit()

    def _send(self, run_id: str, request: m.Request) -> int:
        return int(self.session.request(run_id, request)) if self.session is not None else 0

    # ------------------------------------------------------------ form, theme, layout
    def _on_data_changed(self) -> None:
        if not self.facts.columns:
            self.stage.set_kind(self.form.data.spec.kind)
        self.previews.ask(self.form.data.text())

    def _on_preview(self, text: str) -> None:
        items = self.previews.get(text)
        if items is not None and text == self.form.data.text():
            self.form.data.show_preview(items)

    def retheme(self) -> None:
        """Take the colours of the theme that is worn now."""
        sheet = style.stylesheet(theme.current(), self.accent)
        if sheet != self.styleSheet():  # Qt would style everything anew
            self.setStyleSheet(sheet)
        self.form.retheme()
        self.transport.refresh()
        self.stage.retheme()

    def _wire(self) -> None:
        self.bridge.event_arrived.connect(self._on_event)
        self.form.data_changed.connect(self._on_data_changed)
        self.form.edited.connect(lambda _: self.transport.set_cost(self.form.cost().words()))
        self.form.opened.connect(self.open_path)
        self.form.data.problem.connect(lambda sentence: self.stage.banner.fail(sentence, "data"))
        self.transport.compare.connect(self.compare)
        self.transport.pause_or_resume.connect(self.pause_or_resume)
        self.transport.stop.connect(self.stop)
        self.stage.compare.connect(self.compare)
        self.tools.problem.connect(self.stage.banner.fail)
        self.tools.said.connect(self.stage.banner.notice)
        self.previews.ready.connect(self._on_preview)

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.form, 1)
        column.addWidget(self.transport)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(left)
        self.split.addWidget(self.stage)
        self.split.setStretchFactor(0, 0)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([FORM_PX, 1000])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.split)
