"""The lessons to choose from, with how far one got in each."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from playground.engine import Lesson
from playground.ui import theme
from playground.ui.lessons.progress import Progress
from playground.ui.style import set_look

ROW_PX = 68
KINDS = "Page to read (*.html);;JSON (*.json)"


class LessonsDialog(QDialog):
    """``chosen(lesson)``; ``file_wanted``: a lesson from a file."""

    chosen = Signal(object)
    file_wanted = Signal()

    def __init__(self, lessons: list[Lesson], progress: Progress, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Lessons")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(theme.current().px(560), theme.current().px(600))
        self._lessons, self._progress = lessons, progress
        self.list = QListWidget()
        self.start, self.file, self.hand_in = QPushButton("Start"), QPushButton("From a file…"), QPushButton("Hand in…")
        self.name, self.said = QLineEdit(progress.name), QLabel()
        self._lay_out()
        for lesson in lessons:
            self._add(lesson)
        self.list.setCurrentRow(next((i for i, k in enumerate(lessons) if not progress.finished(k.key)), 0))
        self.list.itemActivated.connect(lambda _: self._choose())
        self.start.clicked.connect(self._choose)
        self.file.clicked.connect(self._from_file)
        self.hand_in.clicked.connect(self._hand_in)

    def _add(self, lesson: Lesson) -> None:
        look, step = theme.current(), self._progress.step(lesson.key)
        done = "✓ done" if self._progress.finished(lesson.key) else f"step {step + 1} of {len(lesson.steps)}" if step else ""
        words = f"about {lesson.minutes} min" + (f" · {done}" if done else "")
        label = QLabel(f"<b>{lesson.title}</b> <span style='color:{look.dim}'>{words}</span><br>{lesson.summary}")
        label.setWordWrap(True)
        label.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_M, theme.SPACE_S)
        item = QListWidgetItem()
        item.setSizeHint(QSize(0, look.px(ROW_PX)))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{lesson.title}, {words}. {lesson.summary}")
        self.list.addItem(item)
        self.list.setItemWidget(item, label)

    def _choose(self) -> None:
        row = self.list.currentRow()
        self.close()
        if 0 <= row < len(self._lessons):
            self.chosen.emit(self._lessons[row])

    def _from_file(self) -> None:
        self.close()
        self.file_wanted.emit()

    def _hand_in(self) -> None:
        """Progress and answers as a file for the teacher; nothing is sent anywhere."""
        stem = f"{self.name.text().strip() or 'my'} lessons".replace("/", " ")
        path, kind = QFileDialog.getSaveFileName(self, "Hand in progress and answers", f"{stem}.html", KINDS)
        if not path:
            return
        target = Path(path) if Path(path).suffix else Path(path + (".json" if "json" in kind else ".html"))
        try:
            self._progress.hand_in(target, self.name.text())
        except OSError as error:
            self._say(f"{target.name} could not be written: {error.strerror}", "error")
        else:
            self._say(f"Written: {target}", "dim")

    def _say(self, words: str, look: str) -> None:
        set_look(self.said, look)
        self.said.setText(words)
        self.said.show()

    def _lay_out(self) -> None:
        hint = QLabel("Each takes about five minutes: predict what will happen, try it on this machine, read why.")
        hint.setWordWrap(True)
        set_look(hint, "dim")
        set_look(self.start, "primary")
        self.hand_in.setToolTip("Save your progress and answers to a file that you can give to your teacher. Nothing is sent.")
        self.name.setPlaceholderText("Your name, if you like")
        self.name.setToolTip("Stands in the file that you hand in; leave it empty to stay unnamed.")
        self.name.setAccessibleName("Your name, for the file that you hand in")
        self.name.setMaxLength(80)
        self.said.setWordWrap(True)
        self.said.hide()
        self.file.setToolTip("Open a .playlesson file")
        self.start.setToolTip("Begin the lesson, or go on where you left it (Enter)")
        self.list.setAccessibleName("Lessons")
        set_look(self.list, "lessons")
        buttons = QHBoxLayout()
        buttons.addWidget(self.file)
        buttons.addWidget(self.name, 1)
        buttons.addWidget(self.hand_in)
        buttons.addSpacing(theme.SPACE_L)
        buttons.addWidget(self.start)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_L, theme.SPACE_L, theme.SPACE_L, theme.SPACE_L)
        column.setSpacing(theme.SPACE_M)
        column.addWidget(hint)
        column.addWidget(self.list, 1)
        column.addWidget(self.said)
        column.addLayout(buttons)
