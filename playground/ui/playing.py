"""One small hook for everything on stage that moves by itself or in steps: the presenter's keys play and step it."""

from __future__ import annotations

from typing import Protocol


class Player(Protocol):
    """A clock over the frames of something: a path, a chain, a round of a game."""

    @property
    def ready(self) -> bool:
        """There is something to play."""
        ...

    @property
    def playing(self) -> bool:
        """The clock runs."""
        ...

    def toggle(self) -> None:
        """Play or pause."""
        ...

    def step(self, by: int) -> None:
        """So many frames on, or back; the clock stops. Beyond the ends nothing happens."""
        ...


class Plays:
    """What a view says of itself. One that plays something overrides :meth:`player`; one that can only be stepped, :meth:`step`."""

    def player(self) -> Player | None:
        """What plays in this view as it stands; None where nothing does."""
        return None

    def playing(self) -> bool:
        """Something moves by itself."""
        player = self.player()
        return player is not None and player.playing

    def play_pause(self) -> bool:
        """Play, or pause what plays; False where there is nothing to play."""
        player = self.player()
        if player is None or not player.ready:
            return False
        player.toggle()
        return True

    def step(self, by: int) -> bool:
        """One step on (1) or back (-1); False where there is nothing to step through."""
        player = self.player()
        if player is None or not player.ready:
            return False
        player.step(by)
        return True
