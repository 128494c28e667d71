"""Pages of the editor that hold texts alone: title, text and notes of a step; title, summary, minutes and key of the lesson."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from playground.ui import theme
from playground.ui.fields import IntBox
from playground.ui.lessons.editor_draft import Draft
from playground.ui.lessons.editor_fields import TextField, quiet
from playground.ui.style import set_look

MARKDOWN = (
    "Markdown: **strong**, *slanted*, a list with * at the start of its lines. Formulas in LaTeX: $x$ within a line, $$x$$ on "
    "a line of its own."
)


class TextPage(QWidget):
    """What a step says."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._draft = draft
        self.title = TextField("Title", "title", "What the step is about, in a few words.", needed=True)
        self.text = TextField("Text", "text", MARKDOWN, lines=6, needed=True, hint="What to do, what to look at, and why.")
        self.text.caption.setText("Text · **strong**, *slanted*, * list, $formula$")
        _column(self, self.title, (self.text, 1))
        self.title.edited.connect(lambda text: draft.put_step({"title": text}, typed=True))
        self.text.edited.connect(lambda text: draft.put_step({"text": text}, typed=True))

    def refresh(self) -> None:
        self.title.show_text(str(self._draft.step.get("title", "")))
        self.text.show_text(str(self._draft.step.get("text", "")))


class NotesPage(QWidget):
    """What the presenter should know of a step."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._draft = draft
        self.notes = TextField("Notes for the presenter", "text", "Only the one who presents sees them.", lines=6)
        self.notes.box.setPlaceholderText("How long it takes, what to ask the class, what may go wrong.")
        _column(self, (self.notes, 1), quiet("The class does not see them: they are for the one who presents the lesson."))
        self.notes.edited.connect(lambda text: draft.put_step({"notes": text}, typed=True))

    def refresh(self) -> None:
        self.notes.show_text(str(self._draft.step.get("notes", "")))


class LessonPage(QWidget):
    """What stands in the list of lessons."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._draft = draft
        self.title = TextField("Title", "title", "The name of the lesson, as the list of lessons shows it.", needed=True)
        self.summary = TextField("Summary", "short", "One or two sentences below the title in the list of lessons.", lines=3)
        self.summary.box.setPlaceholderText("What will one have seen at the end?")
        self.key = TextField("Key", "title", "Unique among lessons: progress and answers are kept under it.", needed=True)
        self.minutes = IntBox(1, 240, unit="min")
        self.minutes.setAccessibleName("Minutes")
        self.minutes.setToolTip("About how long the lesson takes, from 1 to 240 minutes.")
        label = QLabel("Takes about")
        label.setBuddy(self.minutes)
        set_look(label, "small")
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(label)
        line.addWidget(self.minutes)
        line.addStretch(1)
        why = quiet("Lessons of one key share their progress, so a copy gets a key of its own. Keep it when you mend a lesson.")
        _column(self, self.title, self.summary, row, self.key, why)
        for field, name in ((self.title, "title"), (self.summary, "summary"), (self.key, "key")):
            field.edited.connect(lambda text, n=name: draft.put(n, text))
        self.minutes.valueChanged.connect(lambda value: draft.put("minutes", value))

    def refresh(self) -> None:
        values = self._draft.values
        self.title.show_text(str(values.get("title", "")))
        self.summary.show_text(str(values.get("summary", "")))
        self.key.show_text(str(values.get("key", "")))
        self.minutes.blockSignals(True)
        self.minutes.setValue(int(values.get("minutes", 5)))
        self.minutes.blockSignals(False)


def _column(host: QWidget, *parts: QWidget | tuple[QWidget, int]) -> None:
    """Parts below each other; those with a number take the room that is left."""
    column = QVBoxLayout(host)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.SPACE_M)
    stretched = False
    for part in parts:
        widget, stretch = part if isinstance(part, tuple) else (part, 0)
        stretched = stretched or bool(stretch)
        column.addWidget(widget, stretch)
    if not stretched:
        column.addStretch(1)
