"""The lesson editor: its buttons, the steps, the pages about the step in hand, and how the lesson will show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from playground.ui import shortcuts, theme
from playground.ui.banner import Banner
from playground.ui.lessons.editor_check import Checker, Trouble
from playground.ui.lessons.editor_draft import Draft
from playground.ui.lessons.editor_files import FileMenu
from playground.ui.lessons.editor_goal import GoalPage
from playground.ui.lessons.editor_live import LivePage
from playground.ui.lessons.editor_pages import LessonPage, NotesPage, TextPage
from playground.ui.lessons.editor_question import QuestionPage
from playground.ui.lessons.editor_steps import StepList
from playground.ui.lessons.editor_window import WindowPage
from playground.ui.scroll import ColumnScroll
from playground.ui.segmented import Segmented
from playground.ui.style import set_look

if TYPE_CHECKING:
    from playground.ui.main_window import MainWindow

WIDTH_PX, HEIGHT_PX = 340, 480
CHECK_MS = 250  # after the last change
PAGES = (
    ("text", "Text", "Title and text of the step."),
    ("window", "Window", "What the step does to the window: page, view, recipe, parts of the form."),
    ("question", "Question", "What to predict before trying."),
    ("goal", "Goal", "When the step is done: a number of the run below or above a value."),
    ("notes", "Notes", "For the one who presents the lesson."),
    ("lesson", "Lesson", "Title, summary and length of the whole lesson."),
)
SEEN_BELOW = ("text", "question", "goal")  # pages that have the step as the lesson shows it below them


class EditorPanel(QFrame):
    """``record``: a step of the window is wanted; ``preview``: the lesson is to be played from the step in hand."""

    record = Signal()
    preview = Signal()

    def __init__(self, draft: Draft, window: MainWindow, files: FileMenu) -> None:
        super().__init__()
        set_look(self, "panel")
        self._draft, self._background, self._checker = draft, window.background, Checker()
        self.troubles: Sequence[Trouble] = ()
        self.record_button, self.preview_button = QPushButton("Record step"), QPushButton("Preview")
        self.files, self.banner = files, Banner()
        self.steps, self.switch, self.stack = StepList(draft), Segmented(), QStackedWidget()
        self.text, self.notes, self.lesson = TextPage(draft), NotesPage(draft), LessonPage(draft)
        self.question, self.goal = QuestionPage(draft), GoalPage(draft, window)
        self.window_page = WindowPage(draft, window, self.say)
        self.live = LivePage(draft, window.background)
        self.state = QLabel()
        self._first: Trouble | None = None
        self._offered: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._soon = QTimer(self, singleShot=True, interval=CHECK_MS)
        self._lay_out()
        self._wire()
        self.show_page("text")

    def say(self, sentence: str) -> None:
        """Something the author should know; "" takes it back."""
        self.banner.notice(sentence) if sentence else self.banner.dismiss()

    def offer(self, bar: QWidget | None) -> None:
        """A line of offers above the steps, in place of the last one; None: none."""
        if self._offered is not None:
            self._offered.hide()
            self._offered.deleteLater()
        self._offered = bar
        if bar is not None:
            self._column.insertWidget(1, bar)

    def show_page(self, name: str) -> None:
        self.switch.choose(name)
        self.stack.setCurrentIndex([key for key, _, _ in PAGES].index(name))
        self.live.setVisible(name in SEEN_BELOW)
        self.refresh()

    def refresh(self) -> None:
        """The page in front shows the step in hand; the others do when they come to the front."""
        self._pages()[self.switch.key()].refresh()

    def go_to(self, trouble: Trouble) -> None:
        """Show where something is wrong."""
        self._draft.choose(trouble.step)
        self.show_page(trouble.page)

    def retheme(self) -> None:
        self.setMinimumSize(theme.current().px(WIDTH_PX), theme.current().px(HEIGHT_PX))
        self.banner.retheme()
        self.question.retheme()
        self.live.retheme()
        self._fit()

    def focus_text(self) -> None:
        """Put the keyboard where a new step is written."""
        self.show_page("text")
        self.text.text.box.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """A key that no field wanted does nothing to the window behind: a digit is no view, Space does not train."""
        if event.key() == Qt.Key.Key_Escape and self.banner.isVisible():
            self.banner.dismiss()
        event.accept()

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._fit()

    # ------------------------------------------------------------ inside
    def _pages(self) -> dict[str, Any]:
        pages: tuple[Any, ...] = (self.text, self.window_page, self.question, self.goal, self.notes, self.lesson)
        return {key: page for (key, _, _), page in zip(PAGES, pages, strict=True)}

    def _fit(self) -> None:
        self.switch.fit(self.width() - 2 * theme.SPACE_M)

    def _on_changed(self) -> None:
        self.refresh()
        self._soon.start()

    def _check(self) -> None:
        """What a reader would say, in the background."""
        values, checker = self._draft.values, self._checker
        self._background.run(lambda: checker.check(values), self._on_checked, key="lesson check", owner=self)

    def _on_checked(self, troubles: list[Trouble]) -> None:
        self.troubles = troubles
        self.steps.show_troubles(troubles)
        mine = [t for t in troubles if t.step == self._draft.index] or troubles
        first = next((t for t in mine if t.hard), mine[0] if mine else None)
        self._first = first
        count = len(troubles)
        more = f" (and {count - 1} more)" if count > 1 else ""
        look = theme.current()
        if first is None:
            self.state.setText("Nothing is missing.")
        else:
            where, colour = f"Step {first.step + 1}" if first.step >= 0 else "Lesson", look.danger if first.hard else look.warning
            self.state.setText(f'<a href="go" style="color:{colour}">{where}: {_plain(first.sentence)}</a>{more}')
        set_look(self.state, "small" if first is None else "error" if first.hard else "pending")

    def _go_to_first(self, _: str) -> None:
        if self._first is not None:
            self.go_to(self._first)

    def _wire(self) -> None:
        self.record_button.clicked.connect(self.record)
        self.preview_button.clicked.connect(self.preview)
        self.switch.chosen.connect(self.show_page)
        self.state.linkActivated.connect(self._go_to_first)
        self._draft.changed.connect(self._on_changed)
        self._soon.timeout.connect(self._check)

    def _lay_out(self) -> None:
        for button, name in ((self.record_button, "record_step"), (self.preview_button, "preview_lesson")):
            button.setToolTip(shortcuts.tip(name))
            button.setAutoDefault(False)
        set_look(self.record_button, "go")
        self.switch.set_parts(PAGES)
        for (key, _, _), page in zip(PAGES, self._pages().values(), strict=True):
            fills = key in ("text", "notes")  # their boxes take all the room; the others scroll
            self.stack.addWidget(page if fills else ColumnScroll(page))
        self.state.setWordWrap(True)
        self.state.setToolTip("What a reader of the lesson would say. Press it to go there.")
        reach = Qt.TextInteractionFlag
        self.state.setTextInteractionFlags(reach.LinksAccessibleByMouse | reach.LinksAccessibleByKeyboard)
        top = QHBoxLayout()
        top.setSpacing(theme.SPACE_S)
        top.addWidget(self.record_button, 1)
        top.addWidget(self.preview_button, 1)
        top.addWidget(self.files)
        about = QWidget()
        inner = QVBoxLayout(about)
        inner.setContentsMargins(0, theme.SPACE_S, 0, 0)
        inner.setSpacing(theme.SPACE_S)
        inner.addWidget(self.switch, 0, Qt.AlignmentFlag.AlignLeft)
        inner.addWidget(self.stack, 1)
        self.split = QSplitter(Qt.Orientation.Vertical)
        for index, (part, stretch) in enumerate(((self.steps, 2), (about, 4), (self.live, 3))):
            self.split.addWidget(part)
            self.split.setStretchFactor(index, stretch)
        self.split.setChildrenCollapsible(False)
        self.split.setSizes([150, 270, 190])
        column = self._column
        column.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_M, theme.SPACE_S)
        column.setSpacing(theme.SPACE_S)
        column.addLayout(top)
        column.addWidget(self.banner)
        column.addWidget(self.split, 1)
        column.addWidget(self.state)


def _plain(text: str) -> str:
    """As rich text."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
