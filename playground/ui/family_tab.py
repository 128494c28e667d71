"""ONE tab class for every family: recipe form · stage with views · live curves, built from what the family declares.

It owns one session and routes: what the user wants goes to the session, what the session says goes to the three
columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSplitter, QVBoxLayout, QWidget

from playground.engine import ConfigError, Recipe, params
from playground.engine import messages as m
from playground.ui import style, theme
from playground.ui.background import Background
from playground.ui.bridge import Bridge
from playground.ui.preview_strip import COUNT, MAX_POINTS
from playground.ui.recipe_panel import RecipePanel
from playground.ui.run_status import RunStatus
from playground.ui.services import Services
from playground.ui.stage import Stage
from playground.ui.transport import Transport

LEFT_MIN_PX, RIGHT_MIN_PX = 268, 300
LEFT_MAX_PX, RIGHT_MAX_PX = 292, 420  # unless the user drags them wider


class FamilyTab(QWidget):
    """``status_changed`` after every message that the status bar may want to show."""

    status_changed = Signal()
    run_saved = Signal()

    def __init__(self, family: Any, services: Services, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.family, self._services, self._background = family, services, background
        self.session: Any = None
        self.status = RunStatus()
        self.running: Recipe | None = None  # the recipe of the run on stage, with live changes applied
        self._context_class: Any = None
        self._dragged = False
        self._previews: dict[str, np.ndarray] = {}
        self.bridge = Bridge(self)
        self.panel = RecipePanel(family, services)
        self.transport = Transport(family.accent)
        self.stage = Stage(self._send, family.summary)
        self.monitor: Any = None  # made by build_monitor: pyqtgraph takes a while to import
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self._right = QFrame()
        self._lay_out()
        self._wire()
        self.stage.set_names(family.views[self.panel.data.spec.kind])
        self.retheme()

    # ------------------------------------------------------------ start-up, in the order of app.py
    def build_monitor(self) -> None:
        """Make the right column."""
        from playground.ui.monitor import MonitorColumn

        self.monitor = MonitorColumn(self.family)
        self.monitor.set_kind(self._kind())
        old, self._right = self._right, self.monitor
        sizes = self.splitter.sizes()
        self.splitter.replaceWidget(2, self.monitor)
        self.monitor.setMinimumWidth(RIGHT_MIN_PX)
        self.splitter.setStretchFactor(2, 0)
        self.splitter.setSizes(sizes)
        old.deleteLater()

    def load_views(
        self, classes: Mapping[str, Any], context_class: Any, wire: Callable[[Mapping[str, Any]], None] | None
    ) -> None:
        """Tell the stage the table of views."""
        self._context_class = context_class
        self.stage.set_classes(classes, wire)

    def attach(self, session: Any) -> None:
        """The engine is loaded: training may begin."""
        self.session = session
        self.bridge.attach(session)
        self.transport.set_ready(True)
        self.stage.set_ready(True)
        self._ask_preview(self.panel.data.text())
        self._background.run(
            self._services.list_devices, self.panel.set_devices, lambda _: None, key=f"devices {self.family.name}"
        )

    @property
    def dragged(self) -> bool:
        """Whether the user has chosen the widths of the columns."""
        return self._dragged

    # ------------------------------------------------------------ what the user wants
    def train(self) -> None:
        """Start a new run with the recipe in the form (one that runs is saved and left)."""
        if self.session is None:
            return
        try:
            recipe = self.panel.recipe()
            self.session.start(recipe)
        except ConfigError as error:
            if not self.panel.show_error(error):
                self.stage.banner.fail(str(error))
        except ValueError as error:  # RunFileError, DataError: sentences
            self.stage.banner.fail(str(error))
        else:
            self._enter(recipe)

    def primary(self) -> None:
        """Space: train, pause or resume, whichever comes next."""
        if self.status.state in ("training", "paused"):
            self.pause_or_resume()
        elif self.status.state != "preparing":
            self.train()

    def pause_or_resume(self) -> None:
        if self.session is not None:
            {"training": self.session.pause, "paused": self.session.resume}.get(self.status.state, lambda: None)()

    def step(self) -> None:
        if self.session is not None and self.status.state in ("training", "paused"):
            self.session.step_once()

    def stop(self) -> None:
        if self.session is not None and self.status.active:
            self.session.stop()

    def save(self) -> None:
        if self.session is not None and self.status.has_model:
            self.session.save()

    def open_run(self, folder: Path, *, resume: bool = False) -> None:
        """Put a run of the past on stage, its recipe in the form."""
        try:
            self.session.open(folder, resume=resume)
        except ValueError as error:  # RunFileError
            self.stage.banner.fail(str(error))
        else:
            self._enter(None)

    def show_recipe(self, recipe: Recipe) -> None:
        """Put a recipe into the form; what cannot be found is said in the banner."""
        try:
            self.panel.set_recipe(recipe)
        except ValueError as error:  # DataError
            self.stage.banner.fail(str(error), "data")

    def focus_stage(self) -> None:
        """Put the keyboard onto the visible view, or its Train button."""
        view = self.stage.view() or self.stage.empty
        view.setFocus(Qt.FocusReason.ShortcutFocusReason)
        view.focusNextChild()

    # ------------------------------------------------------------ what the engine says
    def _on_started(self, event: m.Started) -> None:
        self.running = Recipe.from_dict(event.recipe)
        if self.running.to_dict() != self._form_dict():
            self.show_recipe(self.running)
        spec = self._services.describe(self.running.data)
        self.stage.set_names(self.family.views[spec.kind])
        if self.monitor is not None:
            self.monitor.set_kind(spec.kind)
        if self.running.data in self._previews:
            self._set_context()
        else:
            self._ask_preview(self.running.data)

    def _on_event(self, event: m.Event) -> None:
        """Everything of the run on stage; what an earlier run still says is dropped."""
        if self.session is None or event.run_id != self.session.run_id:
            return
        if isinstance(event, m.Answer):
            self.stage.on_answer(event)
            return
        self.status.on_event(event)
        if isinstance(event, m.Started):
            self._on_started(event)
        if self.monitor is not None:
            if isinstance(event, m.Progress):
                self.monitor.on_progress(event)
            elif isinstance(event, m.Monitored):
                self.monitor.on_monitored(event)
        self.stage.on_event(event)
        self._follow(event)
        self.status_changed.emit()

    def _follow(self, event: m.Event) -> None:
        """What else a message changes in the tab itself."""
        if isinstance(event, m.Progress):
            self.transport.set_progress(event.step, event.total_steps)
        elif isinstance(event, m.LiveApplied) and self.running is not None:
            config = self.running.config.replace(**{event.name: event.value})
            self.running = Recipe(
                self.running.family, self.running.data, config, self.running.seed, self.running.compute
            )
            self._show_state()
        elif isinstance(event, m.Failed):
            kept = f"The run is kept up to step {event.kept_step:,}." if event.kept_step else ""
            self.stage.banner.fail(event.sentence, event.kind, kept)
            self._show_state()
        elif isinstance(event, m.Saved):
            self.run_saved.emit()
        elif isinstance(event, m.StateChanged):
            self.stage.set_training(event.state == "training")
            self.stage.set_waiting(event.state == "preparing")
            self._show_state()

    def _enter(self, recipe: Recipe | None) -> None:
        """A run enters the stage: clear what the last one left."""
        self.running = recipe
        self.status = RunStatus(state="preparing")
        self.stage.banner.dismiss()
        self.stage.set_context(None)
        self.stage.set_waiting(True)
        self.transport.set_progress(0, 0)
        if self.monitor is not None:
            self.monitor.clear()
        self._show_state()
        self.status_changed.emit()

    def _set_context(self) -> None:
        if self.running is None or self._context_class is None or self.session is None or not self.status.has_model:
            return
        spec, items = self._services.describe(self.running.data), self._previews[self.running.data]
        self.stage.set_context(
            self._context_class(
                run_id=self.session.run_id,
                family=self.family.name,
                data=self.running.data,
                data_title=spec.title,
                kind=spec.kind,
                shape=item_shape(items),
                config=self.running.config,
                recipe=self.running.to_dict(),
            )
        )

    # ------------------------------------------------------------ form
    def _on_edited(self, name: str) -> None:
        """Live parameters of the run on stage change at once; the rest waits for the next Train."""
        if self.session is not None and self.running is not None and self.status.active:
            self._apply_live()
        self._show_state()

    def _apply_live(self) -> None:
        assert self.running is not None
        values, specs = self.panel.form.values(), params(self.family.config)
        for name, old in self.running.config.to_dict().items():
            if specs[name].live and values[name] != old:
                try:
                    self.session.apply_live(name, values[name])
                except ConfigError as error:
                    self.panel.show_error(error)

    def _show_state(self) -> None:
        pending = self._pending()
        self.panel.form.mark_pending(pending if self.status.active else set())
        self.transport.set_state(self.status.state, bool(pending) or self.running is None, len(pending))

    def _pending(self) -> set[str]:
        """Names of values in the form that differ from the run on stage (live ones are on their way, they do not
        count).
        """
        if self.running is None or (self.status.state == "preparing" and not self.status.has_model):
            return set()
        now, then = self.panel.state(), self.running.to_dict()
        specs: Mapping[str, Any] = params(self.family.config)
        names = {k for k, v in now["config"].items() if v != then["config"][k] and not specs[k].live}
        names |= {k for k, v in now["compute"].items() if v != then["compute"][k]}
        return names | {k for k in ("data", "seed") if now[k] != then[k]}

    def _form_dict(self) -> dict[str, Any]:
        try:
            return self.panel.recipe().to_dict()
        except ConfigError:
            return {}

    def _on_data_changed(self) -> None:
        if not self.status.has_model:
            self.stage.set_names(self.family.views[self._kind()])
            if self.monitor is not None:
                self.monitor.set_kind(self._kind())
        self._ask_preview(self.panel.data.text())

    def _kind(self) -> str:
        return str(self.panel.data.spec.kind)

    def _ask_preview(self, text: str) -> None:
        if self.session is None:
            return
        if text in self._previews:
            self._on_preview(text, self._previews[text])
            return
        count = COUNT if self._services.describe(text).kind == "image" else MAX_POINTS
        self._background.run(
            lambda: self._services.preview(text, count),
            lambda items: self._on_preview(text, items),
            lambda error: self._on_no_preview(text, error),
            key=f"preview {self.family.name} {text}",
        )

    def _on_preview(self, text: str, items: np.ndarray) -> None:
        self._previews[text] = items
        if text == self.panel.data.text():
            self.panel.data.show_preview(items)
        if self.running is not None and text == self.running.data and self.stage.context is None:
            self._set_context()

    def _on_no_preview(self, text: str, error: Exception) -> None:
        if text == self.panel.data.text():
            self.panel.data.preview.show_text("no preview", self._kind())
            self.stage.banner.fail(str(error), "data")

    # ------------------------------------------------------------ the rest
    def retheme(self) -> None:
        """Take the colours of the theme that is worn now."""
        self.setStyleSheet(style.stylesheet(theme.current(), self.family.accent) if self.family.accent != "vae" else "")
        parts = [self.panel, self.transport, self.stage, *([self.monitor] if self.monitor is not None else [])]
        for part in parts:
            getattr(part, "retheme", part.update)()
        self.transport.refresh()

    def set_sizes(self, sizes: list[int]) -> None:
        """Widths of the three columns as the user left them."""
        self._dragged = True
        self.splitter.setSizes(sizes)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Until the user drags a border, the side columns grow and shrink with the window."""
        super().resizeEvent(event)
        if not self._dragged:
            width = self.width()
            left = min(max(round(width * 0.22), LEFT_MIN_PX), LEFT_MAX_PX)
            right = min(max(round(width * 0.235), RIGHT_MIN_PX), RIGHT_MAX_PX)
            self.splitter.setSizes([left, width - left - right, right])

    def _on_dragged(self, *_: object) -> None:
        self._dragged = True

    def _send(self, request: m.Request) -> int:
        return int(self.session.request(request)) if self.session is not None else 0

    def _wire(self) -> None:
        self.bridge.event_arrived.connect(self._on_event)
        self.panel.edited.connect(self._on_edited)
        self.panel.data_changed.connect(self._on_data_changed)
        self.panel.data.problem.connect(lambda sentence: self.stage.banner.fail(sentence, "data"))
        self.transport.train.connect(self.train)
        self.transport.pause_or_resume.connect(self.pause_or_resume)
        self.transport.step.connect(self.step)
        self.transport.stop.connect(self.stop)
        self.stage.train.connect(self.train)
        self.splitter.splitterMoved.connect(self._on_dragged)

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.panel, 1)
        column.addWidget(self.transport)
        left.setMinimumWidth(LEFT_MIN_PX)
        self._right.setMinimumWidth(RIGHT_MIN_PX)
        self.stage.setMinimumWidth(400)
        style.set_look(self._right, "panel")
        waiting = QLabel("Curves …", self._right)
        style.set_look(waiting, "dim")
        waiting.move(theme.SPACE_L, theme.SPACE_L)
        for widget in (left, self.stage, self._right):
            self.splitter.addWidget(widget)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        for index, stretch in enumerate((0, 1, 0)):
            self.splitter.setStretchFactor(index, stretch)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.splitter)


def item_shape(items: np.ndarray) -> tuple[int, ...]:
    """Shape of one item as the engine has it: (C, H, W) for pictures, (2,) for points."""
    if items.dtype != np.uint8:
        return tuple(items.shape[1:])
    height, width = items.shape[1:3]
    return (items.shape[3] if items.ndim == 4 else 1, height, width)
