"""The centre of the page: banner, switch between views with the exports beside it, and the view, or what it will show."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.banner import Banner
from playground.ui.compare.base import CompareView, Questions
from playground.ui.compare.facts import Facts
from playground.ui.enlarge import EnlargeButton
from playground.ui.front import Front
from playground.ui.segmented import Segmented
from playground.ui.stage import EmptyStage
from playground.ui.style import set_look

REFRESH_MS = 1000
ViewClass = Callable[[Facts, Questions], CompareView]


class CompareStage(QWidget):
    """Shows one of the views; they are made when first looked at. ``compare`` is emitted by the button of an empty view."""

    compare = Signal()

    def __init__(self, facts: Facts, questions: Questions, classes: dict[str, type[CompareView]], tools: QWidget) -> None:
        super().__init__()
        self.facts, self.questions, self._classes = facts, questions, classes
        self._views: dict[str, CompareView] = {}
        self._ready = False
        self.banner, self.switch, self.empty, self.stack = Banner(), Segmented(), EmptyStage(), QStackedWidget()
        self.empty.button.setToolTip("Start the comparison that the form at the left describes (Space).")
        self.tools, self.about, self.enlarge = tools, QLabel(), EnlargeButton()
        self.front = Front(self.stack)
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._lay_out()
        self.set_kind("points")
        self.set_ready(False)
        self.switch.chosen.connect(self.show_view)
        self.empty.train.connect(self.compare)
        self._timer.timeout.connect(self.refresh)

    def set_kind(self, kind: str) -> None:
        """The views that suit this kind of data."""
        fitting = [c for c in self._classes.values() if kind in c.kinds]
        self.switch.set_parts([(c.name, c.title, f"{c.hint} (key {i + 1})") for i, c in enumerate(fitting)])
        self._fit()
        self.show_current()

    def set_ready(self, ready: bool) -> None:
        """The engine is loaded."""
        self._ready = ready
        self.set_waiting(False)

    def set_waiting(self, waiting: bool) -> None:
        self.empty.button.setText("Preparing…" if waiting else "Compare")
        self.empty.button.setEnabled(self._ready and not waiting)

    def set_training(self, training: bool) -> None:
        """While models train the visible view asks for fresh pictures about once a second."""
        if training and not self._timer.isActive():
            self._timer.start()
        elif not training and self._timer.isActive():
            self._timer.stop()
            self.refresh()

    # ------------------------------------------------------------ which is shown
    def view(self) -> CompareView | None:
        """The visible view, None while the stage is empty."""
        return self._views.get(self.switch.key()) if self.front.page is not self.empty else None

    def made(self, name: str) -> CompareView:
        """A view by name."""
        if name not in self._views:
            view = self._classes[name](self.facts, self.questions)
            self._views[name] = view
            self.stack.addWidget(view)
            view.enter()
        return self._views[name]

    def show_view(self, name: str) -> None:
        self.switch.choose(name)
        self.show_current()
        self.refresh()

    def show_index(self, index: int) -> None:
        keys = self.switch.keys
        if 0 <= index < len(keys):
            self.show_view(keys[index])

    def turn(self, by: int) -> None:
        """The next (or previous) view, around the ends."""
        keys = self.switch.keys
        self.show_view(keys[(keys.index(self.switch.key()) + by) % len(keys)])

    def show_current(self) -> None:
        name = self.switch.key()
        self.about.setText(about_text(self.facts))
        self.about.setToolTip(self.about.text())
        self.tools.setEnabled(bool(self.facts.columns))
        if not self.facts.columns:
            found = self._classes[name]
            self.empty.describe(found.title, found.hint)
            self.front.show(self.empty)
        else:
            self.front.show(self.made(name))

    def take_back_messages(self) -> None:
        """The banner comes home from where it was shown with a view."""
        self.column.insertWidget(0, self.banner)

    # ------------------------------------------------------------ messages
    def enter(self) -> None:
        """Another comparison, or its columns changed."""
        for view in self._views.values():
            view.enter()
        self.show_current()
        self.refresh()

    def refresh(self) -> None:
        view = self.view()
        if view is not None and self.isVisible():
            view.refresh()

    def on_answer(self, answer: m.Answer) -> None:
        """Hand a fresh answer to the view whose name begins its channel."""
        if self.questions.take(answer):
            view = self._views.get(answer.channel.partition("/")[0])
            if view is not None:
                view.on_answer(answer)

    def on_event(self, event: m.Event) -> None:
        for view in self._views.values():
            view.on_event(event)

    def retheme(self) -> None:
        self.enlarge.retheme()
        self._fit()
        self.banner.retheme()
        for view in self._views.values():
            view.on_theme()

    # ------------------------------------------------------------ geometry
    def _fit(self) -> None:
        beside = self.tools.sizeHint().width() + self.enlarge.sizeHint().width() + theme.SPACE_S
        self.switch.fit(self.width() - 2 * theme.SPACE_L - beside - theme.SPACE_M)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._fit()
        self.refresh()

    def _lay_out(self) -> None:
        self.stack.setObjectName("stage")
        self.stack.addWidget(self.empty)
        bar = QHBoxLayout()
        bar.addWidget(self.switch)
        bar.addSpacing(theme.SPACE_S)
        set_look(self.about, "small")
        self.about.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # it takes what the others leave
        bar.addWidget(self.about, 1)
        bar.addWidget(self.tools)
        bar.addWidget(self.enlarge)
        self.column = column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_L, theme.SPACE_M, theme.SPACE_L, theme.SPACE_M)
        column.setSpacing(theme.SPACE_M)
        column.addWidget(self.banner)
        column.addLayout(bar)
        column.addWidget(self.stack, 1)


def about_text(facts: Facts) -> str:
    """Which comparison is on stage, whatever the form asks for: its data, and what each run was given."""
    comparing = facts.comparing
    if comparing is None:
        return ""
    budget = f"{comparing.seconds:g} s each" if comparing.seconds else "steps of the recipes"
    return f"{comparing.data} · {budget} · {comparing.seeds} seed{'' if comparing.seeds == 1 else 's'}"
