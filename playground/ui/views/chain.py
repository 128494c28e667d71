"""The reverse chain: from noise to data step by step, with what the model believes at every one; one chain, or two compared."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QWidget

from playground.engine import messages as m
from playground.ui.playing import Player
from playground.ui.views.chain_fields import ScoreFields
from playground.ui.views.chain_film import Ground, film_of_chains
from playground.ui.views.chain_lane import Lane
from playground.ui.views.chain_launch import Launches
from playground.ui.views.chain_offers import Offers
from playground.ui.views.chain_points import SCORES, Scene, plane_bounds
from playground.ui.views.chain_stage import LETTERS, ChainStage
from playground.ui.views.chain_toolbar import ChainToolbar
from playground.ui.views.common import StageView
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.export import ExportButton, Material
from playground.ui.widgets.plane import Bounds
from playground.ui.widgets.step_bar import StepBar

SLOW_MS = 300  # a chain that takes longer shows its progress, and can be stopped
LIVE = ("sampler", "num_steps", "eta", "guidance_scale")  # parameters of the recipe that lane A takes over
CLASSES = 1000  # items that are asked for to learn which classes there are


class ChainView(StageView):
    """Every step is kept as it arrives; what is on screen is a frame of it, chosen by the player."""

    name = "chain"
    title = "Reverse chain"
    hint = (
        "Watch noise become data, step by step: the noisy item, what the model believes the end will be, and the noise it removes."
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lanes = {letter: Lane(letter) for letter in LETTERS}
        self.picked, self.weights = 0, 0  # the item in large; the step that training has reached
        self._play = False  # a chain that a person asked for has begun to arrive
        self.training = False
        self.watched = False  # somebody looks at this very chain: it is not replaced by itself
        self.data = DataPlane(self)
        self.fields = ScoreFields(self)
        self.launches = Launches(self, LETTERS)
        self.controls = ChainToolbar(self)
        self.stage, self.bar = ChainStage(), StepBar(what="chain")
        self.export = ExportButton(self._material, "reverse-chain")
        self._dirty = QTimer(self, singleShot=True, interval=0)
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._lay_out()
        self._connect()
        self._show_lanes()

    def _lay_out(self) -> None:
        self.bar.row.addWidget(self.export)
        self.bar.where.setToolTip(
            "Frames are kept in memory: moving through them never asks the model again. Lanes with different numbers of steps "
            "are shown at the same timestep t: the shorter one stands at its last frame before it."
        )
        self.column.addLayout(self.controls.layout())
        for lane in self.lanes.values():
            self.column.addWidget(lane.controls)
        self.column.addWidget(self.note)
        self.column.addWidget(self.stage, 1)
        self.column.addWidget(self.bar)

    def _connect(self) -> None:
        for lane in self.lanes.values():
            self.answers[lane.part] = partial(self._take, lane)
            lane.controls.changed.connect(partial(self._run, [lane]))
        self.answers |= {"classes": self._take_classes, "field": self._take_field}
        self.quiet |= {"classes", "field"}
        self.controls.changed.connect(self._run_all)
        self.controls.again.connect(self._run_all)
        self.controls.stopped.connect(self._stop)
        self.controls.compared.connect(self._compare)
        self.controls.redrawn.connect(self._rearrange)
        self.bar.frame_changed.connect(lambda _: self._draw())
        self.bar.touched.connect(self._touch)
        self.stage.jumped.connect(self.bar.go)
        self.stage.picked.connect(self._pick)
        self.stage.launched.connect(self._launch)
        self.export.finished.connect(self.say)
        self._add_shortcuts()
        self._dirty.timeout.connect(self._follow)
        self._slow.timeout.connect(self._show_progress)

    def _add_shortcuts(self) -> None:
        """Letters act wherever in the view the keyboard is: a list would search for them."""
        _, back, on, _ = self.bar.steps
        buttons = {"K": self.bar.play, "J": back, "L": on, "R": self.controls.run, "N": self.controls.dice}
        for key, button in buttons.items():
            shortcut = QShortcut(QKeySequence(key), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(button.click)

    # ------------------------------------------------------------ context
    def clear(self) -> None:
        for lane in self.lanes.values():
            lane.clear()
        self.picked, self.weights, self.watched, self._play = 0, 0, False, False
        self.bar.stop()
        self.bar.loop.setChecked(False)
        self.bar.set_frames(0, 0)
        self.fields.clear()
        self.launches.clear()
        self._slow.stop()
        if self.context is not None:
            config, offers = self.context.config, Offers.of(self.context)
            self.controls.fit(self.context.kind, offers)
            own = getattr(config, "sampler", "")
            self.lanes["A"].controls.fit(config, offers, own)
            self.lanes["B"].controls.fit(config, offers, "ddpm" if own != "ddpm" else "ddim")
        self.stage.reset(self.accent, self.is_points)
        self._show_progress()
        self._show_lanes()

    def on_data(self) -> None:
        self._draw()

    def on_event(self, event: m.Event) -> None:
        if isinstance(event, (m.Progress, m.StateChanged)):
            self.weights = max(self.weights, event.step)
            self.training = event.state == "training" if isinstance(event, m.StateChanged) else self.training
        elif isinstance(event, m.LiveApplied) and event.name in LIVE:
            self.lanes["A"].controls.set_live(event.name, event.value)
            self._show_offer()

    @property
    def shown_lanes(self) -> list[Lane]:
        """A, or A and B."""
        return list(self.lanes.values())[: 2 if self.controls.compare.isChecked() else 1]

    @property
    def leader(self) -> Lane:
        """The lane whose frames the player counts: the one with more of them. The other stands at the same timestep."""
        return max(self.shown_lanes, key=lambda lane: lane.frames.total if lane.frames is not None else 0)

    @property
    def running(self) -> bool:
        return any(lane.running for lane in self.shown_lanes)

    # ------------------------------------------------------------ asking
    def refresh(self) -> None:
        """Run what has not run yet; run again, unseen, while the player rests at the end and nobody has touched it."""
        if self.context is None:
            return
        if self.is_points:
            self.data.refresh()
        if self.lanes["A"].controls.guided and self.lanes["A"].controls.label.count() == 1:
            self.ask("classes", m.DataItems(n=CLASSES))
        for lane in self.shown_lanes:
            if lane.running:
                continue
            if lane.frames is None:
                lane.begin(self.ask(lane.part, self._request(lane)), quiet=True)
            elif self._is_old(lane) and self._may_follow():
                ask = self.ask if self.training else self.ask_now  # the last weights are waited for
                lane.begin(ask(lane.part, self._request(lane)), quiet=True)
        self._begin_waiting()
        self._show_offer()

    def _is_old(self, lane: Lane) -> bool:
        return lane.frames is not None and lane.frames.weights < self.weights

    def _may_follow(self) -> bool:
        return not self.watched and not self.bar.playing and self.bar.at_end

    def _request(self, lane: Lane) -> m.RunChain:
        return m.RunChain(n=self.controls.n, seed=self.controls.seed.value(), sampler=lane.controls.choice())

    def _run_all(self) -> None:
        self._run(self.shown_lanes)

    def _run(self, lanes: list[Lane], *, play: bool = True) -> None:
        """A person wants to see chains: they play as they arrive."""
        self.watched = False
        for lane in lanes:
            lane.begin(self.ask_now(lane.part, self._request(lane)), quiet=not play)
            self.launches.clear_lane(lane.letter)
        self.fields.clear()
        self._begin_waiting()

    def _begin_waiting(self) -> None:
        if self.running and not self._slow.isActive():
            self._slow.start()

    def _stop(self) -> None:
        """What has arrived stays."""
        for lane in self.shown_lanes:
            if lane.running:
                self.drop(lane.part)
                lane.stop()
        self._show_progress()
        self._follow()

    # ------------------------------------------------------------ answers
    def _take(self, lane: Lane, frame: m.ChainFrame) -> None:
        """Only kept here; drawn once all that has arrived is kept."""
        self._play |= lane.take(frame) and lane.by_hand
        self._dirty.start()

    def refused(self, part: str, answer: m.Refused) -> None:
        for lane in self.lanes.values():
            if lane.part == part:
                lane.stop()
        self._show_progress()
        super().refused(part, answer)

    def _take_classes(self, answer: m.Items) -> None:
        labels = answer.labels.get("label")
        if labels is not None:
            for lane in self.lanes.values():
                lane.controls.set_classes([f"class {i}" for i in range(int(labels.max()) + 1)])

    def _take_field(self, answer: m.ScoreFieldOf) -> None:
        self.fields.take(answer)
        self._draw()

    def _follow(self) -> None:
        """Frames have arrived: the player learns of them, and stays at their head if it is to follow them."""
        frames = self.leader.frames
        if frames is None:
            return
        if frames.in_latent != self.controls.latent:
            self.controls.know_latent(frames.in_latent)
            self._rearrange()
        at_head = self.bar.frame >= self.bar.arrived - 1
        self.bar.set_frames(frames.total, frames.count)
        if self._play:
            self._play = False
            self.bar.begin()
        elif at_head and not self.watched and not self.bar.playing:
            self.bar.put(frames.count - 1)
        self._draw()
        if not (self.running and self._slow.isActive()):
            self._show_progress()

    # ------------------------------------------------------------ the player
    def _touch(self) -> None:
        self.watched = True
        self._show_offer()

    def _show_offer(self) -> None:
        old = self.watched and any(self._is_old(lane) for lane in self.shown_lanes)
        self.controls.offer(self.weights if old else 0, changed=any(lane.changed and not lane.running for lane in self.shown_lanes))

    def _show_progress(self) -> None:
        """Steps and the time left of a slow chain, else what is kept."""
        slow = [lane for lane in self.shown_lanes if lane.running and not lane.quiet] if not self._slow.isActive() else []
        self.bar.where.setText(self.kept_text())
        if slow:
            self.controls.show_running(*min((lane.progress for lane in slow), key=lambda p: p[0] / p[1]))
            return
        self.controls.show_idle()
        self._show_offer()
        if not self.running:
            self._slow.stop()

    def kept_text(self) -> str:
        """ "62.8 MB kept"; of chains that are too large to be kept whole, how much of them."""
        kept = sum(lane.megabytes for lane in self.shown_lanes)
        stride = max((lane.frames.stride for lane in self.shown_lanes if lane.frames is not None), default=1)
        lengths = {lane.frames.steps for lane in self.shown_lanes if lane.frames is not None}
        words = ["lanes aligned by t"] * (len(lengths) > 1) + [f"{kept:.1f} MB kept"] * (kept > 0)
        return " · ".join(words) + (f", every {stride} steps" if stride > 1 else "")

    def _pick(self, index: int) -> None:
        self.picked = index
        self._draw()

    def _launch(self, x: float, y: float) -> None:
        """A point starts from there, in every lane that is shown."""
        self.watched = True
        lanes = [lane for lane in self.shown_lanes if lane.frames is not None]
        self.launches.begin(lanes, x, y, self.controls.seed.value())

    def _compare(self, on: bool) -> None:
        self._show_lanes()
        if on and self.lanes["B"].frames is None and self.context is not None:
            watched = self.watched
            self._run([self.lanes["B"]], play=False)
            self.watched = watched
        self._follow()

    def _show_lanes(self) -> None:
        compare = self.controls.compare.isChecked()
        self.lanes["A"].controls.setVisible(compare or self.lanes["A"].controls.offers.any)
        self.lanes["B"].controls.setVisible(compare)
        self.lanes["A"].controls.name.setVisible(compare)
        self._rearrange()

    def _rearrange(self) -> None:
        self.stage.arrange(self.controls.compare.isChecked(), self.controls.parts)
        self._draw()

    # ------------------------------------------------------------ drawing
    def _draw(self) -> None:
        """The frame that the player stands at, in every lane."""
        leader = self.leader
        if leader.frames is None or self.context is None:
            return
        t = leader.frames.moment(self.bar.frame).place.t
        for lane in self.shown_lanes:
            if lane.frames is not None:
                index = self.bar.frame if lane is leader else lane.frames.index_at(t)
                moment = lane.frames.moment(index)
                self.stage.show_numbers(lane, moment, self.accent)
                if self.is_points:
                    self._draw_points(lane, index)
                else:
                    self.stage.show_pictures(lane, moment, self.picked)
        self._draw_strip(leader)

    def _draw_strip(self, leader: Lane) -> None:
        chains = [lane.frames for lane in self.shown_lanes if lane.frames is not None]
        bounds = self.bounds if self.is_points else None
        assert leader.frames is not None
        self.stage.show_strip(chains, leader.frames, self.bar.frame, self.picked, bounds, self.accent)

    @property
    def bounds(self) -> Bounds:
        """Of the plane: the data, and the noise that chains begin with."""
        frames = self.leader.frames
        return plane_bounds(self.data.bounds, frames.units) if frames is not None else self.data.bounds

    def _draw_points(self, lane: Lane, index: int) -> None:
        assert lane.frames is not None and self.context is not None
        on, bounds = self.controls.on, self.bounds
        field = None
        if on.intersection(SCORES):
            config: Any = self.context.config
            field = self.fields.at(lane.frames.moment(index).place.t, config.num_timesteps, bounds)
        title = f"{lane.letter} · {lane.title}" if len(self.shown_lanes) > 1 else lane.title
        scene = Scene(lane.frames, index, on, self.picks.log_density, self.data.bounds, field, self.launches.of(lane.letter))
        self.stage.planes[lane.letter].show_scene(scene, bounds, title)

    # ------------------------------------------------------------ the rest
    def _material(self) -> Material | None:
        chains = [lane.frames for lane in self.shown_lanes if lane.frames is not None]
        if not chains or self.context is None:
            return None
        ground = Ground.of(self.picks.log_density, self.data.bounds, self.bounds, self.accent) if self.is_points else None
        leader = self.leader.frames or chains[0]
        return film_of_chains(chains, leader, self.picked, ground, self.bar.fps, self.context.recipe)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that no focused control wanted: arrows, Home and End move the player."""
        if not self.bar.handle(event):
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._dirty.start()  # what is drawn depends on the room

    def player(self) -> Player | None:
        return self.bar

    def on_theme(self) -> None:
        super().on_theme()
        self._draw()

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 480)
