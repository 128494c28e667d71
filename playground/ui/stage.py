"""The centre column: banner, switch between views, and the view itself, or what it will show once there is a model; beneath it
what goes wrong in the training.

Views are made when first looked at. Only the visible one is refreshed; answers find their view by the channel's first
part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.banner import Banner
from playground.ui.enlarge import EnlargeButton
from playground.ui.front import Front
from playground.ui.health_bar import HealthBar
from playground.ui.segmented import Segmented
from playground.ui.style import set_look

REFRESH_MS = 1000
Wire = Callable[[Mapping[str, Any]], None]


class Stage(QWidget):
    """Shows one of a family's views. ``train`` is emitted by the button of an empty view, ``shown(name)`` when the
    view changes.
    """

    train = Signal()
    shown = Signal(str)

    def __init__(
        self, send: Callable[[m.Request], int], summary: str, commands: Any = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._send, self._summary, self._commands = send, summary, commands
        self._classes: Mapping[str, Any] = {}
        self._views: dict[str, Any] = {}
        self._context: Any = None
        self._ready = False
        self._wire: Wire | None = None
        self.banner, self.health = Banner(), HealthBar()
        self.switch, self.enlarge = Segmented(), EnlargeButton()
        self.empty = EmptyStage()
        self.stack = QStackedWidget()
        self.front = Front(self.stack)
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._lay_out()
        self.switch.chosen.connect(self.show_view)
        self.empty.train.connect(self.train)
        self._timer.timeout.connect(self.refresh)

    # ------------------------------------------------------------ what may be shown
    def set_names(self, names: Sequence[str]) -> None:
        """The views of this kind of data, in order; titles come with the classes."""
        names = [n for n in names if not self._classes or n in self._classes]
        titles = [(n, _title(n, self._classes), _hint(n, self._classes) or _title(n, {})) for n in names]
        self.switch.set_parts([(n, t, f"{hint} (key {i + 1})") for i, (n, t, hint) in enumerate(titles)])
        self._fit()
        self._show_current()

    @property
    def context(self) -> Any:
        """The run on stage, None without one."""
        return self._context

    def set_classes(self, classes: Mapping[str, Any], wire: Wire | None = None) -> None:
        """The table of views has been imported: drop names that it does not have, and use its titles and hints.

        ``wire`` is called once with all views, so that they can help each other.
        """
        self._classes, self._wire = classes, wire
        self.set_names([n for n in self.switch.keys if n in classes])
        self._make_next()

    def set_context(self, context: Any) -> None:
        """A run enters (None: leaves) the stage."""
        self._context = context
        for view in self._views.values():
            view.set_context(context)
        self._show_current()
        self.refresh()

    def set_training(self, training: bool) -> None:
        """While a model trains, the visible view asks for fresh pictures about once a second."""
        if training:
            self._timer.start()
        else:
            self._timer.stop()
            self.refresh()

    def set_ready(self, ready: bool) -> None:
        """The engine is loaded."""
        self._ready = ready
        self.set_waiting(False)

    def set_waiting(self, waiting: bool) -> None:
        """A run is being prepared: the empty stage says so, and its button has nothing to offer."""
        self.empty.button.setText("Preparing…" if waiting else "Train")
        self.empty.button.setEnabled(self._ready and not waiting)

    # ------------------------------------------------------------ which is shown
    def view(self) -> Any:
        """The visible view, or None while the stage is empty."""
        return self._views.get(self.switch.key()) if self.front.page is not self.empty else None

    def show_view(self, name: str) -> None:
        """Show a view by name."""
        self.switch.choose(name)
        self._show_current()
        self.refresh()
        self.shown.emit(name)

    def show_index(self, index: int) -> None:
        """Show the view at this place of the switch (from 0), if there is one."""
        keys = self.switch.keys
        if 0 <= index < len(keys):
            self.show_view(keys[index])

    def turn(self, by: int) -> None:
        """The next (or previous) view, around the ends."""
        keys = self.switch.keys
        if keys:
            self.show_view(keys[(keys.index(self.switch.key()) + by) % len(keys)])

    def take_back_messages(self) -> None:
        """Banner and health come home from where they were shown with a view."""
        self.column.insertWidget(0, self.banner)
        self.column.addWidget(self.health)

    # ------------------------------------------------------------ messages
    def refresh(self) -> None:
        view = self.view()
        if view is not None and self.isVisible():
            view.refresh()

    def on_answer(self, answer: m.Answer) -> None:
        """Hand an answer to the view whose name begins its channel."""
        view = self._views.get(answer.channel.partition("/")[0])
        if view is not None:
            view.on_answer(answer)

    def on_event(self, event: m.Event) -> None:
        if isinstance(event, m.Health):
            self.health.show_health(event)
        for view in self._views.values():
            view.on_event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._fit()
        self.refresh()

    def _fit(self) -> None:
        """The switch takes what the button beside it leaves."""
        self.switch.fit(self.width() - 2 * theme.SPACE_L - self.enlarge.sizeHint().width() - theme.SPACE_S)

    def retheme(self) -> None:
        self.enlarge.retheme()
        self._fit()
        self.banner.retheme()
        self.health.retheme()
        for view in self._views.values():
            view.on_theme()

    # ------------------------------------------------------------ inside
    def _show_current(self) -> None:
        name = self.switch.key()
        needs_run = getattr(self._classes.get(name), "needs_run", True)
        if name not in self._classes or (self._context is None and needs_run):
            self.empty.describe(_title(name, self._classes), _hint(name, self._classes) or self._summary)
            self.front.show(self.empty)
            return
        self.front.show(self._made(name))

    def _made(self, name: str) -> Any:
        if name not in self._views:
            view = self._classes[name]()
            view.connect_engine(self._send, self._commands)
            self._views[name] = view
            self.stack.addWidget(view)
            view.set_context(self._context)
        return self._views[name]

    def _make_next(self) -> None:
        """Make the views that nobody has looked at yet, one a turn of the event loop, then wire them."""
        missing = [n for n in self.switch.keys if n not in self._views]
        if missing:
            self._made(missing[0])
            QTimer.singleShot(0, self, self._make_next)
        elif self._wire is not None:
            wire, self._wire = self._wire, None
            wire(self._views)

    def _lay_out(self) -> None:
        self.stack.setObjectName("stage")
        self.stack.addWidget(self.empty)
        bar = QHBoxLayout()
        bar.addWidget(self.switch)
        bar.addStretch(1)
        bar.addWidget(self.enlarge)
        self.column = column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_L, theme.SPACE_M, theme.SPACE_L, theme.SPACE_M)
        column.setSpacing(theme.SPACE_M)
        column.addWidget(self.banner)
        column.addLayout(bar)
        column.addWidget(self.stack, 1)
        column.addWidget(self.health)


class EmptyStage(QWidget):
    """What a view will show, and the one click that fills it."""

    train = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title, self.hint = QLabel(), QLabel()
        self.button = QPushButton("Train")
        self.button.setToolTip("Start training with the recipe at the left (Space).")
        self.button.setEnabled(False)
        self.button.setMinimumWidth(180)
        set_look(self.title, "big")
        set_look(self.hint, "dim")
        set_look(self.button, "primary")
        self.hint.setWordWrap(True)
        self.hint.setFixedWidth(theme.current().px(380))
        column = QVBoxLayout(self)
        column.setSpacing(theme.SPACE_L)
        column.addStretch(2)
        for widget in (self.title, self.hint, self.button):
            if isinstance(widget, QLabel):
                widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.button.clicked.connect(self.train)

    def describe(self, title: str, hint: str) -> None:
        self.title.setText(title)
        self.hint.setText(hint)
        self.hint.setFixedHeight(self.hint.heightForWidth(self.hint.width()))  # a centred label does not ask for it by itself


def _title(name: str, classes: Mapping[str, Any]) -> str:
    return str(getattr(classes.get(name), "title", "")) or name.replace("_", " ").capitalize()


def _hint(name: str, classes: Mapping[str, Any]) -> str:
    return str(getattr(classes.get(name), "hint", ""))
