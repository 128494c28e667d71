"""What the status bar says of a run, kept up to date from the engine's messages. Plain values, no Qt."""

from __future__ import annotations

import time
from dataclasses import dataclass

from playground.engine import messages as m
from playground.ui.numbers import duration

WORDS = {
    "idle": "ready", "preparing": "preparing data and network", "training": "training", "paused": "paused",
    "finished": "finished", "stopped": "stopped", "failed": "failed", "saving": "saving",
}  # fmt: skip


@dataclass
class RunStatus:
    """``state`` as in StateChanged, or "idle" before the first run. ``saved_at`` is on the monotonic clock, 0 =
    never.
    """

    state: str = "idle"
    step: int = 0
    total_steps: int = 0
    steps_per_s: float = 0.0
    device: str = ""
    parameters: int = 0
    threads: int = 0
    memory_mb: float = 0.0
    saved_at: float = 0.0
    folder: str = ""
    fixed: bool = False  # only ever read: a model on board
    quality: str = ""  # of a model on board, in a few words; with all that is known of it, rich text
    about: str = ""

    @property
    def active(self) -> bool:
        """A run that Train would replace."""
        return self.state in ("preparing", "training", "paused")

    @property
    def words(self) -> str:
        """The state as people say it."""
        if self.fixed and self.state == "finished":
            return "finished model on board" if self.quality else "finished, only to be read"
        return WORDS.get(self.state, self.state)

    @property
    def has_model(self) -> bool:
        return bool(self.folder)

    @property
    def share(self) -> float:
        return min(self.step / self.total_steps, 1.0) if self.total_steps else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Until training ends by itself; None while nobody can know."""
        if self.state != "training" or self.steps_per_s <= 0:
            return None
        return max(self.total_steps - self.step, 0) / self.steps_per_s

    def on_event(self, event: m.Event) -> None:
        """Take what this message tells."""
        if isinstance(event, m.Started):
            self.step, self.total_steps, self.folder = event.step, event.total_steps, event.folder
            self.device, self.parameters, self.threads, self.fixed = event.device, event.parameters, event.threads, event.fixed
            self.saved_at = self.steps_per_s = 0.0
        elif isinstance(event, m.Progress):
            self.step, self.total_steps, self.steps_per_s = event.step, event.total_steps, event.steps_per_s
            self.memory_mb = event.memory_mb
        elif isinstance(event, m.StateChanged):
            self.state, self.step = event.state, event.step
        elif isinstance(event, m.Saved):
            self.saved_at = time.monotonic()
        elif isinstance(event, m.Failed):
            self.state = "failed"

    def saved_text(self) -> str:
        """How long ago the run was last written to disk."""
        if not self.saved_at:
            return ""
        ago = time.monotonic() - self.saved_at
        return f"saved {duration(ago)} ago" if ago >= 1 else "saved just now"
