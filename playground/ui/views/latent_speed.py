"""Two spaces: why a VAE and a diffusion make a bridge. Where codes lie, what of them is decoded, and what a step costs."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QGridLayout, QLabel, QStackedWidget, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.bound_jobs import JobBar
from playground.ui.views.common import StageView, card
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.latent_speed_parts import (
    TABLE_TIP,
    CodePlane,
    Made,
    gap_words,
    rich,
    speed_pairs,
    speed_words,
    table_words,
)  # fmt: skip
from playground.ui.widgets.controls import Segmented, toolbar
from playground.ui.widgets.pair_bars import PairBars

PARTS = ("spaces", "speed")
GAP_TIP = (
    "The same items, the same codes: E_q[log p(x|z) + log p(z) − log q(z|x)] with p(z) = N(0, I), the VAE’s own bound, and with "
    "the diffusion’s density of codes, by its probability-flow ODE (Song et al. 2021)."
)
SPEED_TIP = (
    "Time, arithmetic and size of a denoising step on codes, and of one on the data themselves (Rombach et al. 2022, section 4.1): "
    "measured here when you ask, in about three seconds."
)


class LatentSpeedView(StageView):
    """The first page is measured when it is first seen, and again when the user asks; the second when the user asks."""

    name = "latent_speed"
    title = "Two spaces"
    hint = "Where the codes of data lie and those that diffusion makes, what the decoder makes of either, and what a step costs"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found: m.TwoSpacesOf | None = None
        self.speed: m.SpaceSpeedOf | None = None
        self.halted = False
        self.data = DataPlane(self)
        self.page = Segmented([
            ("spaces", "The gap", "Codes of data, codes of the diffusion, the prior of the VAE, and what is decoded of them"),
            ("speed", "The speed", SPEED_TIP),
        ])  # fmt: skip
        self.jobs = JobBar("Measure", "Measure this page with the weights as they are now. It takes some seconds.")
        self.clock = JobBar("Measure speed", SPEED_TIP)
        self.plane = CodePlane()
        self.made = {"vae": Made("vae", "VAE: z ~ N(0, I)"), "diffusion": Made("diffusion", "LATENT DIFFUSION")}
        self.table, self.gap, self.words = (rich(QLabel("")) for _ in range(3))
        self.bars = PairBars("“Measure speed” runs both networks on this machine for about three seconds.")
        self._build()

    def _build(self) -> None:
        self.table.setToolTip(TABLE_TIP)
        self.gap.setToolTip(GAP_TIP)
        self.bars.setToolTip(SPEED_TIP)
        self.words.setToolTip(SPEED_TIP)
        self.column.addLayout(toolbar(self.page))
        self.column.addWidget(self.jobs)
        self.column.addWidget(self.clock)
        self.column.addWidget(self.note)
        self.stack = QStackedWidget()
        self.stack.addWidget(self._gap_page())
        frame, inside = card()
        inside.addWidget(self.bars, 1)
        inside.addWidget(self.words)
        self.stack.addWidget(frame)
        self.column.addWidget(self.stack, 1)
        self.answers |= {"spaces": self._show_spaces, "speed": self._show_speed}
        self.page.changed.connect(lambda _: self._turn())
        self.jobs.asked.connect(lambda: self._measure("spaces"))
        self.clock.asked.connect(lambda: self._measure("speed"))
        for bar in (self.jobs, self.clock):
            bar.stopped.connect(self._halt)

    def _gap_page(self) -> QWidget:
        """Codes at the left, decoded items at the right, the numbers beneath."""
        host = QWidget()
        grid = QGridLayout(host)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.SPACE_S)
        grid.addWidget(self.plane, 0, 0, 2, 1)
        for row, made in enumerate(self.made.values()):
            grid.addWidget(made, row, 1)
            grid.setRowStretch(row, 1)
        frame, inside = card(margins=theme.SPACE_S)
        for label in (self.table, self.gap):
            inside.addWidget(label)
        grid.addWidget(frame, 2, 0, 1, 2)
        for column, share in enumerate((5, 4)):
            grid.setColumnStretch(column, share)
        return host

    # ------------------------------------------------------------ context and asking
    def clear(self) -> None:
        self.found = self.speed = None
        self.halted = False
        self.plane.show_layers([])
        for made in self.made.values():
            made.reset(self.is_points, self.accent)
        self.table.setText("Samples of the VAE’s prior, of latent diffusion and real items are compared here.")
        self.gap.setText("")
        self.bars.show_pairs([])
        self.words.setText("")
        self.jobs.reset()
        self.clock.reset()
        self._turn()

    def on_event(self, event: m.Event) -> None:
        if isinstance(event, (m.Progress, m.StateChanged)):
            self.jobs.set_step(max(self.jobs.step, event.step))

    def on_data(self) -> None:
        self._draw()

    def refresh(self) -> None:
        if self.context is None:
            return
        if self.is_points:
            self.data.refresh()
        if self.found is None and not self.halted:
            self.ask("spaces", m.TwoSpaces())

    def _measure(self, part: str) -> None:
        self.halted = False
        (self.jobs if part == "spaces" else self.clock).begin()
        self.ask_now(part, m.TwoSpaces() if part == "spaces" else m.SpaceSpeed())

    def _halt(self) -> None:
        """What is on screen stays; nothing is asked again before the user does."""
        for part in PARTS:
            self.drop(part)
        self.halted = True
        self.jobs.rest()
        self.clock.rest()

    def working(self, part: str, answer: m.Working) -> None:
        if part in PARTS:
            (self.jobs if part == "spaces" else self.clock).show_working(answer)

    def refused(self, part: str, answer: m.Refused) -> None:
        super().refused(part, answer)
        (self.clock if part == "speed" else self.jobs).rest()

    # ------------------------------------------------------------ showing
    def _turn(self) -> None:
        """Another page."""
        speed = self.page.key() == "speed"
        self.stack.setCurrentIndex(int(speed))
        self.jobs.setVisible(not speed)
        self.clock.setVisible(speed)

    def _show_spaces(self, answer: m.TwoSpacesOf) -> None:
        self.found = answer
        self.jobs.rest(answer.step)
        self._draw()

    def _show_speed(self, answer: m.SpaceSpeedOf) -> None:
        self.speed = answer
        self.clock.rest()
        self._draw()

    def _draw(self) -> None:
        """All that has come, in the colours of the theme."""
        if self.found is not None:
            self.plane.show_codes(self.found, self.accent)
            items = {"vae": (self.found.x_vae, "theory"), "diffusion": (self.found.x_diffusion, self.accent)}
            for kind, (x, role) in items.items():
                if not self.is_points or self.data.known:
                    self.made[kind].show_items(x, role, self.data.layers(), self.data.bounds)
            self.table.setText(table_words(self.found, self.accent))
            self.gap.setText(gap_words(self.found))
        if self.speed is not None:
            self.bars.show_pairs(speed_pairs(self.speed, self.accent))
            self.words.setText(speed_words(self.speed, self.is_points))

    def on_theme(self) -> None:
        super().on_theme()
        self._draw()

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 440)
