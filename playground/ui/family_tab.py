"""ONE tab class for every family: recipe form · stage with views · live curves, built from what the family declares.

It owns one session and routes: what the user wants goes to the session, what the session says goes to the three
columns.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from playground.engine import Compute, ConfigError, Recipe, params
from playground.engine import messages as m
from playground.ui import style, theme
from playground.ui.background import Background
from playground.ui.bridge import Bridge
from playground.ui.columns import Columns
from playground.ui.commands import Commands
from playground.ui.model_words import short, summary
from playground.ui.pending import live_changes, waiting, with_live
from playground.ui.previews import Previews
from playground.ui.recipe_panel import RecipePanel
from playground.ui.run_status import RunStatus
from playground.ui.services import Services
from playground.ui.stage import Stage
from playground.ui.transport import Transport


class FamilyTab(QWidget):
    """``status_changed`` after every message that the status bar may want to show."""

    status_changed = Signal()

    def __init__(self, family: Any, services: Services, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.family, self._services, self._background = family, services, background
        self.session: Any = None
        self.status = RunStatus()
        self.running: Recipe | None = None  # the recipe of the run on stage, with live changes applied
        self.models: list[Any] = []  # of this family, on board
        self._context_class: Any = None
        self._on_stage = ""  # the run that the columns show
        self._keep_form = False  # the run that is being opened leaves the form as it is
        self._wanted: tuple[Path, bool] | None = None  # a run to open as soon as there is a session
        self._sent: dict[str, Any] = {}  # live changes on their way to the engine
        self.bridge = Bridge(self)
        self.previews = Previews(services, background, self)
        self.panel = RecipePanel(family, services)
        self.transport = Transport(family.accent)
        self.stage = Stage(self._send, family.summary, self._commands())
        self.monitor: Any = None  # made by build_monitor: pyqtgraph takes a while to import
        self.columns = Columns(self.panel, self.transport, self.stage)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.columns)
        self._wire()
        self.stage.set_names(family.views[self.panel.data.spec.kind])
        self.retheme()

    # ------------------------------------------------------------ start-up, in the order of app.py
    def build_monitor(self) -> None:
        """Make the right column."""
        from playground.ui.monitor import MonitorColumn

        self.monitor = MonitorColumn(self.family)
        self._show_kind(self._kind())
        self.columns.set_right(self.monitor)

    def load_views(
        self,
        classes: Mapping[str, Any],
        context_class: Any,
        wire: Callable[[Mapping[str, Any]], None] | None = None,
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
        self.previews.enabled = True
        self.previews.ask(self.panel.data.text())
        key = f"devices {self.family.name}"
        self._background.run(self._services.list_devices, self.panel.set_devices, lambda _: None, key=key)
        self.panel.watch_runs(self._background)
        if self._wanted is not None:
            folder, resume = self._wanted
            self.open_run(folder, resume=resume)

    # ------------------------------------------------------------ a page of the window
    @property
    def accent(self) -> str:
        return str(self.family.accent)

    def do(self, name: str) -> bool:
        """Do an action of the table of shortcuts, if it is the tab's own."""
        own: dict[str, Callable[[], Any]] = {
            "primary": self.primary, "train": self.train, "step": self.step, "stop": self.stop, "save_run": self.save,
            "undo": self.panel.undo_stack.undo, "redo": self.panel.undo_stack.redo, "reset_recipe": self.panel.reset,
            "random_seed": self.panel.randomise_seed, "next_view": lambda: self.stage.turn(1),
            "previous_view": lambda: self.stage.turn(-1), "zoom_reset": self._reset_zoom, "focus_stage": self.focus_stage,
            "focus_recipe": lambda: self.panel.data.box.setFocus(Qt.FocusReason.ShortcutFocusReason),
        }  # fmt: skip
        if name in own:
            own[name]()
        return name in own

    def show_index(self, index: int) -> None:
        self.stage.show_index(index)

    def dismiss(self) -> None:
        self.stage.banner.dismiss()

    def remember(self) -> dict[str, Any]:
        kept: dict[str, Any] = {
            "columns": self.columns.sizes() if self.columns.dragged else [],
            "view": self.stage.switch.key(),
        }
        with contextlib.suppress(ConfigError):  # a recipe that cannot be used is not worth remembering
            kept["recipe"] = self.panel.recipe().to_dict()
        return kept

    def recall(self, kept: Mapping[str, Any]) -> None:
        self.columns.restore(kept.get("columns", []))
        with contextlib.suppress(ValueError):  # none kept, or its data is gone: the default recipe stays
            self.panel.set_recipe(Recipe.from_dict(kept.get("recipe", {})))
        self.panel.undo_stack.clear()
        self.stage.show_view(kept.get("view", ""))

    def end(self) -> None:
        self.bridge.attach(None)

    def _reset_zoom(self) -> None:
        if self.monitor is not None:
            self.monitor.reset_zoom()

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
        """Pause what trains; go on with what was paused, stopped or failed, or finished and given more steps."""
        if self.session is None:
            return
        if self.status.state == "training":
            self.session.pause()
        elif self._resumable():
            self._apply_live()
            self.session.resume()

    def step(self, part: str = "both") -> None:
        """One optimizer step, or one ``part`` of it; a run that trains pauses first."""
        if self.session is not None and self.status.state in ("training", "paused"):
            self.session.step_once(part)

    def change(self, changes: Mapping[str, Any]) -> None:
        """Put values into the form. What is live acts on the run on stage; if anything is not, a new run starts with them."""
        now = self.acts_now(changes)
        self.panel.change(changes)
        if not now:
            self.train()

    def acts_now(self, changes: Mapping[str, Any]) -> bool:
        """Whether these changes act on the run on stage, without a new one."""
        if self.running is None or not self.status.active:
            return False
        specs = params(type(self.running.config))
        return all(name in specs and specs[name].live for name in changes)

    def stop(self) -> None:
        if self.session is not None and self.status.active:
            self.session.stop()

    def save(self) -> None:
        if self.status.fixed:
            self.stage.banner.notice("This run is only read and stays as it is: there is nothing to save.")
        elif self.session is not None and self.status.has_model:
            self.session.save()

    def open_run(self, folder: Path, *, resume: bool = False) -> None:
        """Put a run of the past on stage, its recipe in the form; on a page that is just being made, once the engine is there."""
        if self.session is None:
            self._wanted = folder, resume
            return
        self._wanted = None
        try:
            self.session.open(folder, resume=resume)
        except ValueError as error:  # RunFileError
            self.stage.banner.fail(str(error))
        else:
            self._enter(None)

    def know_models(self, models: list[Any]) -> None:
        """The models of this family on board."""
        self.models = models
        self._show_offer()

    def open_model(self, model: Any) -> None:
        """Put a finished model on stage. A form that nobody has touched takes its recipe; any other stays as it is."""
        self.open_run(model.folder)
        self._keep_form = not self.panel.untouched()

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
        opened = self.running is None and not self._keep_form  # a run of the past brings its recipe; a new one came from the form
        self.running = Recipe.from_dict(event.recipe)
        model = next((k for k in self.models if str(k.folder) == event.folder), None)
        if opened and model is None:
            self.show_recipe(self.running)
        elif opened:  # but for the one CPU core on which it was trained
            self.show_recipe(replace(self.running, compute=Compute.from_dict(self.panel.machine.values())))
        if model is not None:
            self.status.quality, self.status.about = short(model), summary(model)
        self._show_offer()
        self._show_kind(self._services.describe(self.running.data).kind)
        self.previews.ask(self.running.data)  # its shape completes the context

    def _on_event(self, event: m.Event) -> None:
        """Everything of the run on stage; what an earlier run still says is dropped."""
        if self.session is None or event.run_id != self.session.run_id:
            return
        if isinstance(event, m.Answer):
            self.stage.on_answer(event)
            return
        if event.run_id != self._on_stage:
            self._enter_copy()
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
            self.running = with_live(self.running, event.name, event.value)
            if self._sent.get(event.name) == event.value:
                del self._sent[event.name]
            self._show_state()
        elif isinstance(event, m.Failed):
            kept = f"The run is kept up to step {event.kept_step:,}." if event.kept_step else ""
            self.stage.banner.fail(event.sentence, event.kind, kept)
            self._show_state()
        elif isinstance(event, m.StateChanged):
            self.stage.set_training(event.state == "training")
            self.stage.set_waiting(event.state == "preparing")
            self.stage.health.refresh()
            self._show_state()
            self._show_offer()
            if event.state in ("finished", "stopped"):
                self.panel.look_for_runs()
        elif isinstance(event, m.Adopted):
            self.stage.banner.notice(f"The {event.part} that was trained aside plays on in the model, from step {event.step:,}.")

    def _enter(self, recipe: Recipe | None) -> None:
        """A run enters the stage: clear what the last one left."""
        self.running, self._keep_form = recipe, False
        self._on_stage = str(self.session.run_id)
        self._sent.clear()
        self.status = RunStatus(state="preparing")
        self.stage.banner.dismiss()
        self.stage.health.clear()
        self.stage.set_context(None)
        self.stage.set_waiting(True)
        self.transport.set_progress(0, 0)
        if self.monitor is not None:
            self.monitor.clear()
        self._show_state()
        self._show_offer()
        self.status_changed.emit()

    def _enter_copy(self) -> None:
        """A run that is only read was trained on: the session has put a copy in its place."""
        self._enter(self.running)
        self.stage.banner.notice(
            "The finished model stays as it is: a copy of it trains on, kept with your runs. Of the training before it has the "
            "weights alone, so its optimizer starts anew."
        )

    def _show_offer(self) -> None:
        """Offer a finished model of the data in the form, unless it is on stage or something trains."""
        text = self.panel.data.text()
        model = next((k for k in self.models if k.data == text and str(k.folder) != self.status.folder), None)
        offered = model if self.session is not None and not self.status.active else None
        self.panel.data.offer.show_model(offered, summary(offered) if offered is not None else "")

    def _set_context(self) -> None:
        """Tell the views what run they look at, once everything about it is known."""
        if self.running is None or self._context_class is None or not self.status.has_model:
            return
        spec, shape = self._services.describe(self.running.data), self.previews.shape(self.running.data)
        if shape is not None:
            self.stage.set_context(
                self._context_class(
                    run_id=self.session.run_id,
                    family=self.family.name,
                    data=self.running.data,
                    data_title=spec.title,
                    kind=spec.kind,
                    shape=shape,
                    config=self.running.config,
                    recipe=self.running.to_dict(),
                )
            )

    # ------------------------------------------------------------ form
    def _on_edited(self, _: str) -> None:
        """Live parameters of the run on stage change at once; the rest waits for the next Train."""
        if self.status.active:
            self._apply_live()
        self._show_state()

    def _apply_live(self) -> None:
        if self.session is None or self.running is None:
            return
        soon = self.running  # once the engine has heard what is on its way
        for name, value in self._sent.items():
            soon = with_live(soon, name, value)
        for name, value in live_changes(self.panel.state(), soon).items():
            try:
                self.session.apply_live(name, value)
            except ConfigError as error:
                self.panel.show_error(error)
            else:
                self._sent[name] = value

    def _show_state(self) -> None:
        names = waiting(self.panel.state(), self.running) if self.running is not None else set()
        self.panel.mark_pending(names if self.status.active else set())
        self.transport.set_state(self.status.state, bool(names), len(names), self._resumable())

    def _resumable(self) -> bool:
        """Whether Resume would train on: not from the start, but from where the run on stage is."""
        if self.running is None or not self.status.has_model:
            return False
        if self.status.fixed and self.panel.data.text() != self.running.data:  # the form asks for another model altogether
            return False
        more = int(self.panel.form.values().get("steps", 0)) > self.status.step
        return self.status.state in ("paused", "stopped", "failed") or (self.status.state == "finished" and more)

    def _on_data_changed(self) -> None:
        if not self.status.has_model:
            self._show_kind(self._kind())
        self.previews.ask(self.panel.data.text())
        self._show_offer()

    def _kind(self) -> str:
        return str(self.panel.data.spec.kind)

    def _show_kind(self, kind: str) -> None:
        """Offer the views and panels that make sense for this kind of data."""
        self.stage.set_names(self.family.views[kind])
        if self.monitor is not None:
            self.monitor.set_kind(kind)

    def _on_preview(self, text: str) -> None:
        """Items of a data set have come: for the form, for the run on stage, or for both."""
        items = self.previews.get(text)
        if items is not None and text == self.panel.data.text():
            self.panel.data.show_preview(items)
        if self.running is not None and text == self.running.data and self.stage.context is None:
            self._set_context()

    def _on_no_preview(self, text: str, sentence: str) -> None:
        if text == self.panel.data.text():
            self.panel.data.preview.show_text("no preview", self._kind())
            self.stage.banner.fail(sentence, "data")

    # ------------------------------------------------------------ the rest
    def retheme(self) -> None:
        """Take the colours of the theme that is worn now."""
        accent = self.family.accent
        sheet = style.stylesheet(theme.current(), accent) if accent != "vae" else ""
        if sheet != self.styleSheet():  # Qt would style everything anew
            self.setStyleSheet(sheet)
        self.panel.retheme()
        self.transport.refresh()
        self.stage.retheme()
        if self.monitor is not None:
            self.monitor.retheme()

    def _commands(self) -> Commands:
        """What views may do to the run."""

        def on_session(name: str) -> Callable[..., None]:
            return lambda *args: getattr(self.session, name)(*args) if self.session is not None else None

        return Commands(
            self.step, on_session("pause"), self.pause_or_resume, on_session("adopt"), self.change, on_session("cancel")
        )

    def _send(self, request: m.Request) -> int:
        if self.session is None:
            return 0
        if request.interactive:
            self.bridge.hurry()
        return int(self.session.request(request))

    def _wire(self) -> None:
        self.bridge.event_arrived.connect(self._on_event)
        self.panel.edited.connect(self._on_edited)
        self.panel.data_changed.connect(self._on_data_changed)
        self.panel.data.offer.wanted.connect(self.open_model)
        self.panel.data.problem.connect(lambda sentence: self.stage.banner.fail(sentence, "data"))
        self.transport.train.connect(self.train)
        self.transport.pause_or_resume.connect(self.pause_or_resume)
        self.transport.step.connect(lambda: self.step())
        self.transport.stop.connect(self.stop)
        self.stage.train.connect(self.train)
        self.stage.health.acts_now = self.acts_now
        self.stage.health.remedy.connect(self.change)
        self.previews.ready.connect(self._on_preview)
        self.previews.failed.connect(self._on_no_preview)
