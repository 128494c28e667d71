"""The game: D, the best possible D and their difference over the plane, the points of both kinds, and where G is told to go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QSize, QTimer
from PySide6.QtWidgets import QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.playing import Player
from playground.ui.views.common import StageView, card
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.export import ExportButton, Material
from playground.ui.views.game_bar import GameBar
from playground.ui.views.game_board import GameBoard
from playground.ui.views.game_optimum import OptimumPanel
from playground.ui.views.game_rounds import PHASES, Round, narration
from playground.ui.views.game_rounds_panel import RoundsPanel
from playground.ui.views.game_scenes import scenes
from playground.ui.views.game_sentence import LAYERS, Sentence
from playground.ui.widgets.pixels import array_of

RESOLUTION = 96
POINTS = 300
RETRY_MS, RETRIES = 150, 20  # how often the answer that shows a turn is asked for, until the engine has played it
SHOTS = 6  # frames of a phase in an exported film
FILM_FPS = 6.0
ENDED = ("finished", "stopped", "failed")
NO_STEP = "The run takes no more steps: it has ended. Raise Steps at the left if need be, and press Resume to play on."
MODES = ("", "optimum", "rounds")


class GameView(StageView):
    """Live, with D trained to its optimum, or one round in slow motion: ``mode`` is one of MODES."""

    name = "game"
    title = "The game"
    hint = (
        "See D, the best possible D* and their difference over the plane, real and generated points, "
        "and where D tells each generated point to go."
    )
    kinds = ("points",)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mode, self.state = "", ""
        self.game: m.GameOf | None = None
        self.round = Round()
        self._stepped = False
        self._then: Callable[[], None] | None = None  # what waits for the run to come to rest
        self._tries = 0
        self._retry = QTimer(self, interval=RETRY_MS, singleShot=True)
        self.data = DataPlane(self)
        self.sentence, self.board = Sentence(), GameBoard()
        self.export = ExportButton(self._material, "game")
        self.film = ExportButton(self._material, "game-round")
        self.bar, self.optimum, self.rounds = GameBar(self.export), OptimumPanel(), RoundsPanel(self, self.film)
        self._build_stage()
        self._connect()
        self._show_mode("")

    def _build_stage(self) -> None:
        frame, inside = card(margins=theme.SPACE_S)
        for panel in (self.bar, self.optimum, self.rounds):
            inside.addWidget(panel)
        self.column.addWidget(self.sentence)
        self.column.addWidget(self.note)
        self.column.addWidget(self.board, 1)
        self.column.addWidget(frame)

    def _connect(self) -> None:
        self.answers |= {"game": self._show_game, "optimum": self._show_optimising}
        self.refusals["optimum"] = self._no_optimum
        self.sentence.switched.connect(self._redraw)
        self.bar.turn.connect(self._turn)
        self.bar.optimum.connect(lambda: self._when_at_rest(self._begin_optimum))
        self.bar.slow_motion.connect(lambda: self._when_at_rest(self._begin_rounds))
        self.bar.relength.connect(self._relength)
        self.optimum.again.connect(lambda: self._when_at_rest(self._begin_optimum))
        self.optimum.stopped.connect(self._stop_optimum)
        self.optimum.adopted.connect(lambda: self.commands.adopt("discriminator"))
        self.optimum.closed.connect(self._leave)
        self.rounds.wanted.connect(self._go)
        self.rounds.moved.connect(self._move)
        self.rounds.closed.connect(self._leave)
        self.export.finished.connect(self.say)
        self.film.finished.connect(self.say)
        self._retry.timeout.connect(self._ask_now)

    # ------------------------------------------------------------ context
    def clear(self) -> None:
        self.game, self.round, self._then, self._stepped = None, Round(), None, False
        self._retry.stop()
        self._show_mode("")
        self.sentence.reset(self.accent)
        self.sentence.allow(set(LAYERS), "")
        self.board.reset(self.accent)
        self.bar.reset()
        self.optimum.chart.clear()

    def _show_mode(self, mode: str) -> None:
        self.mode = mode
        if mode != "rounds":
            self.rounds.end()
        self.sentence.setVisible(mode != "rounds")
        for name, panel in zip(MODES, (self.bar, self.optimum, self.rounds), strict=True):
            panel.setVisible(name == mode)

    # ------------------------------------------------------------ asking
    def refresh(self) -> None:
        if self.context is None:
            return
        self.data.refresh()
        if self.data.known and self.mode == "":
            self.ask("game", self._request())

    def _request(self) -> m.Game:
        return m.Game(bounds=self.data.bounds, resolution=RESOLUTION, n=POINTS)

    def _ask_now(self) -> None:
        if self.context is not None and self.data.known:
            self.ask_now("game", self._request())

    def on_data(self) -> None:
        """The bounds are known."""
        if self.game is None and self.isVisible() and self.mode == "":
            self.ask("game", self._request())

    def on_event(self, event: m.Event) -> None:
        if isinstance(event, m.Monitored):
            self.bar.show_monitored(event.scalars)
        elif isinstance(event, m.Progress):
            self._on_progress()
        elif isinstance(event, m.StateChanged):
            self._on_state(event.state)
        elif isinstance(event, m.Adopted) and self.mode == "optimum":
            self._leave()

    def _on_progress(self) -> None:
        """Steps have been taken: by a click here, by one elsewhere while the run rests, or by a training run."""
        if self._stepped or (self.state == "paused" and self.mode == "" and self.isVisible()):
            self._stepped = False
            self._ask_now()

    def _on_state(self, state: str) -> None:
        self.state = state
        if state == "training" and self.mode == "rounds":
            self._leave()
        elif state != "training" and self._then is not None:
            then, self._then = self._then, None
            then()

    def _when_at_rest(self, do: Callable[[], None]) -> None:
        """Pause a training run, and go on when it has come to rest."""
        if self.context is None or not self.data.known:
            return
        self.commands.pause()
        if self.state == "training":
            self._then = do
        else:
            do()

    # ------------------------------------------------------------ live
    def _show_game(self, game: m.GameOf) -> None:
        if self.mode == "rounds":
            self._put(game)
        elif self.mode == "" or self.game is None:
            self.game = game
            self._redraw()
            self.bar.show_game(game)

    def _redraw(self) -> None:
        if self.mode == "rounds":
            self._show_phase()
            return
        if self.game is None:
            return
        known = self.game.d_star is not None
        self.sentence.allow(set(LAYERS) if known else set(LAYERS) - {"d_star", "difference"}, self.game.d_star_note)
        self.board.show_game(self._shown_game(self.game), self.sentence.on - ({"push"} if self.mode == "optimum" else set()))

    def _shown_game(self, game: m.GameOf) -> m.GameOf:
        """With the trained copy's fields in place of the run's, while there is one."""
        report = self.optimum.report
        self.board.d_words = ""
        if self.mode != "optimum" or report is None:
            return game
        self.board.d_words = f"of a copy, trained for {report.done:,} steps"
        return replace(game, d=report.d, d_star=report.d_star, scale="probability")

    def _turn(self, part: str) -> None:
        if self.state in ENDED:
            self.say(NO_STEP)
            return
        self._stepped = True
        self.commands.step(part)

    def _relength(self, length: float) -> None:
        self.board.length = length
        self._redraw()

    def refused(self, part: str, answer: m.Refused) -> None:
        super().refused(part, answer)
        if part == "game" and self.game is None:
            self.board.reset(self.accent)
            self.board.large.clear(answer.sentence)

    # ------------------------------------------------------------ D to its optimum
    def _begin_optimum(self) -> None:
        self._show_mode("optimum")
        self.optimum.begin()
        self._ask_now()
        self.ask_now("optimum", m.TrainToOptimum(bounds=self.data.bounds, resolution=RESOLUTION, steps=self.optimum.total))

    def _show_optimising(self, report: m.Optimising) -> None:
        if self.mode == "optimum" and (self.optimum.running or self.optimum.report is None):
            self.optimum.show_report(report)
            self._redraw()

    def _stop_optimum(self) -> None:
        self.commands.cancel(self.channel("optimum"))
        self.optimum.end(f"Stopped after {self.optimum.step:,} steps.")

    def _no_optimum(self, answer: m.Refused) -> None:
        self._leave()
        self.say(answer.sentence)

    def _leave(self) -> None:
        """Back to the game as it is."""
        if self.mode == "optimum" and self.optimum.running:
            self.commands.cancel(self.channel("optimum"))
        self.game = self.round.shown() or self.game if self.mode == "rounds" else self.game
        self._retry.stop()
        self.optimum.report = None
        self._show_mode("")
        self._redraw()
        self._ask_now()

    # ------------------------------------------------------------ slow motion
    def _begin_rounds(self) -> None:
        self._show_mode("rounds")
        self.round = Round()
        self.rounds.begin()
        self._fetch()

    def _fetch(self) -> None:
        """Get what the present phase lacks: a picture of the game, or a turn and then the picture."""
        self._tries = 0
        missing = self.round.missing()
        if missing == "before":
            self._ask_now()
        elif missing and self.state in ENDED:
            self.rounds.give_up(NO_STEP)
        elif missing:
            self._turn(missing)
            self._retry.start()  # in case nobody reports the step

    def _put(self, game: m.GameOf) -> None:
        if self.round.put(game):
            self._retry.stop()
            self._fetch() if self.round.missing() else self._show_phase()
        elif self.round.missing():
            self._tries += 1
            if self._tries <= RETRIES:
                self._retry.start()
            else:
                self.rounds.give_up(NO_STEP)

    def _go(self, phase: int) -> None:
        if self.round.before is None or self.rounds.waiting:
            self.rounds.show_waiting(self.round.phase, self.rounds.words.text())
            return
        self.round.go(phase)
        missing = self.round.missing()
        if missing:
            self.rounds.show_waiting(self.round.phase, f"{'D' if missing == 'd' else 'G'} takes its step…")
            self._fetch()
        else:
            self._show_phase()

    def _show_phase(self) -> None:
        game = self.round.shown()
        if game is None:
            return
        self.board.take(game, self.sentence.on)
        where = f"round {self.round.count}, step {game.step:,}"
        self.board.show_scenes(scenes(self.board, self.round, 0.0))
        self.rounds.show_phase(self.round.phase, narration(self.round), where)

    def _move(self, t: float) -> None:
        if self.mode == "rounds" and self.round.shown() is not None:
            self.board.move_scenes(scenes(self.board, self.round, t))

    # ------------------------------------------------------------ the rest
    def _material(self) -> Material | None:
        """The maps as they are; with a film of the round, where one is on screen."""
        if self.context is None or self.game is None:
            return None
        if self.mode == "rounds" and self.round.shown() is not None:
            return self._film(self.context.recipe)
        strip = array_of(self.board.grab().toImage())
        return Material(strip, strip[None], FILM_FPS, self.context.recipe)

    def _film(self, recipe: Mapping[str, Any]) -> Material:
        """The round as far as it has been played; as a picture, the phase on screen."""
        strip, shots, now = array_of(self.board.grab().toImage()), [], self.round.phase
        for self.round.phase in range(len(PHASES)):
            for t in np.linspace(0, 1, SHOTS) if not self.round.missing() else ():
                self.board.show_scenes(scenes(self.board, self.round, float(t)))
                shots.append(array_of(self.board.grab().toImage()))
        self.round.phase = now
        self.board.show_scenes(scenes(self.board, self.round, self.rounds.t))
        return Material(strip, np.stack(shots), FILM_FPS, recipe)

    def player(self) -> Player | None:
        """The round in slow motion, while there is one."""
        return self.rounds if self.mode == "rounds" else None

    def on_theme(self) -> None:
        super().on_theme()
        self._redraw()

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 460)
