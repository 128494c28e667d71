"""You against D: twenty items, real or generated, and how you did beside the discriminator and the best possible judge."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import StageView
from playground.ui.views.judge_play import PlayPage
from playground.ui.views.judge_result import ResultPage
from playground.ui.views.judge_score import Round, Tally
from playground.ui.widgets.controls import button

ITEMS, CLOUD = 20, 600
ANSWERS = {Qt.Key.Key_Left: False, Qt.Key.Key_F: False, Qt.Key.Key_Right: True, Qt.Key.Key_R: True}


class JudgeView(StageView):
    """A round is frozen from its first answer on: while the model trains, neither its items nor D's opinion of them change."""

    name = "judge"
    title = "You against D"
    hint = "Twenty items, real or generated: can you tell? Your score stands beside the discriminator’s."
    kinds = ("image", "points")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.round: Round | None = None
        self.tally, self.seed = Tally(), 0
        self._now, self._renew = 0, False  # the model's step, and whether an untouched round shall be of the model as it is
        self.again = button(
            "New round",
            "Twenty other items, of the model as it is now (Enter, after the last one). An unfinished round is dropped.",
            self.begin,
        )
        self.standing = QLabel("")
        self.standing.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.standing.setProperty("role", "dim")
        self.standing.setToolTip("Which weights made the items, and how all finished rounds of this run went.")
        self.play, self.result = PlayPage(), ResultPage()
        self.pages = QStackedWidget()
        for page in (self.play, self.result):
            self.pages.addWidget(page)
        bar = QHBoxLayout()
        bar.setSpacing(theme.SPACE_M)
        bar.addWidget(self.again)
        bar.addWidget(self.standing, 1)
        self.column.addLayout(bar)
        self.column.addWidget(self.note)
        self.column.addWidget(self.pages, 1)
        self.play.answered.connect(self.answer)
        self.play.undone.connect(self.undo)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for child in self.findChildren(QAbstractButton):
            child.installEventFilter(self)  # else arrow keys would wander between the buttons
        self.answers |= {"round": self._show_round, "cloud": self._show_cloud}

    # ------------------------------------------------------------ context and asking
    def clear(self) -> None:
        self.round, self.tally, self.seed = None, Tally(), 0
        self._now, self._renew = 0, False
        self.play.reset(self.accent, self.is_points)
        self.result.accent = self.accent
        self.pages.setCurrentWidget(self.play)
        self._tell()

    def refresh(self) -> None:
        """Ask for what is missing; a round that was begun stays."""
        if self.is_points and self.play.cloud is None:
            self.ask("cloud", m.DataItems(n=CLOUD, split="train"))
        if self.round is None or self._outdated():
            self.ask("round", m.Judge(n=ITEMS, seed=self.seed))

    def _outdated(self) -> bool:
        """Nobody has answered yet, and the model is another by now: twice as old, or at rest."""
        judged = self.round
        if judged is None or judged.answers:
            return False
        return self._now >= 2 * judged.items.step + 100 or (self._renew and self._now > judged.items.step)

    def on_event(self, event: m.Event) -> None:
        if isinstance(event, m.Progress):
            self._now = event.step
        elif isinstance(event, m.StateChanged):
            self._now, self._renew = max(self._now, event.step), event.state != "training"

    def begin(self) -> None:
        """Other items."""
        self.seed += 1
        self.round = None
        self.play.show_round(None)
        self.pages.setCurrentWidget(self.play)
        self.ask_now("round", m.Judge(n=ITEMS, seed=self.seed))
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_round(self, answer: m.JudgeOf) -> None:
        if self.round is None or not self.round.answers:
            self.round = Round(answer)
            self._renew = False
            self.play.show_round(self.round)
            self._tell()

    def _show_cloud(self, answer: m.Items) -> None:
        if answer.x.ndim == 2:
            self.play.show_cloud(answer.x)
            self.play.show_round(self.round)

    # ------------------------------------------------------------ judging
    def answer(self, real: bool) -> None:
        """Say what the item is; after the last one all is told."""
        judged = self.round
        if judged is None or judged.done:
            return
        judged.answers.append(real)
        self.play.show_round(judged)
        if len(judged.answers) == judged.n:
            self.tally.add(judged)
            self._show_result()
        self._tell()
        self.setFocus(Qt.FocusReason.OtherFocusReason)  # a button that was pressed may be disabled now

    def undo(self) -> None:
        """Take back the last answer, until the truth is out."""
        if self.round is not None and self.round.answers and not self.round.done:
            self.round.answers.pop()
            self.play.show_round(self.round)

    def _show_result(self) -> None:
        if self.round is not None:
            self.result.show_result(self.round, self.tally, self.play.cloud, self.play.bounds)
            self.pages.setCurrentWidget(self.result)

    def _tell(self) -> None:
        """Whose items these are, and the running tally."""
        made = f"Items of step {self.round.items.step:,}" if self.round else ""
        n = sum(score.n for score in self.tally.scores.values()) // max(len(self.tally.scores), 1)
        scores = ", ".join(f"{who} {score.hits}" for who, score in self.tally.scores.items())
        rounds = f"{self.tally.rounds} round{'s' if self.tally.rounds > 1 else ''}: {scores} right of {n}" if scores else ""
        self.standing.setText(" · ".join(part for part in (made, rounds) if part))

    # ------------------------------------------------------------ keys and mouse
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._take(event):
            super().keyPressEvent(event)

    def _take(self, event: QKeyEvent) -> bool:
        """Whether a key was an answer."""
        key, done = Qt.Key(event.key()), self.round is not None and self.round.done
        if event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier):
            return False
        if key in ANSWERS and not done and not event.isAutoRepeat():
            self.answer(ANSWERS[key])
        elif key == Qt.Key.Key_Backspace and not done:
            self.undo()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and done:
            self.begin()
        else:
            return key in ANSWERS and not done
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        return event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self._take(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Whoever comes back before the first answer gets the model as it is now."""
        self._renew = True
        super().showEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        super().mousePressEvent(event)

    def on_theme(self) -> None:
        super().on_theme()
        self.play.retheme()
        self.play.show_round(self.round)
        if self.round is not None and self.round.done:
            self._show_result()
