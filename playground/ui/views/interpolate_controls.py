"""The toolbar of Interpolate: which kind of journey, between what, and how finely."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from playground.ui.flow import FlowLayout
from playground.ui.views.path_card import PATHS
from playground.ui.widgets.controls import Segmented, button, combo, spin, toolbar

WALKS = (48, 96, 144)  # frames of a random walk

ARCS = {
    "lerp": PATHS[0][2],
    "slerp": PATHS[1][2],
}
GRID_ARCS = {
    "lerp": "The plane through the three corners: D = B + C − A exactly (Radford et al. 2016)",
    "slerp": "Great-circle arcs, and D = B + C − A at the mean length of the three, where noise lies (White 2016)",
}


class InterpolateControls(QObject):
    """``changed`` when other pictures are wanted, ``redrawn`` when the same shall look different. Shows only what matters."""

    changed = Signal()
    redrawn = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        ask = self.changed.emit
        self.mode = Segmented([
            ("paths", "Paths", "From one end to the other, several pairs at once"),
            ("analogy", "Analogy", "Three corners fill the fourth: D is to C as B is to A"),
            ("walk", "Random walk", "A smooth walk without end through the prior: at every moment z is a fair draw from N(0, I)"),
        ])  # fmt: skip
        noise = ("random", "Random", "Ends are noise z ~ N(0, I)")
        self.source = Segmented([("data", "From data", ""), noise, ("ab", "A and B", "")])
        self.path = Segmented(PATHS)
        for choice in (self.mode, self.source, self.path):
            choice.changed.connect(lambda _: ask())
        self.seed = spin(0, 999_999, 0, "Which ones: the same number gives the same again", lambda _: ask())
        self.dice = button("⚄ Others", "Others: the next number", lambda: self.seed.setValue(self.seed.value() + 1))
        self.pairs = spin(1, 8, 4, "How many paths are shown at once", lambda _: ask())
        self.frames = spin(3, 33, 11, "Pictures on each path, ends included", lambda _: ask())
        self.side = spin(3, 12, 7, "Pictures along each side of the grid, corners included", lambda _: ask())
        tip = "How far the walk goes: harmonics in it (K). More of them, more way in as many frames"
        self.turns = spin(1, 8, 3, tip, lambda _: ask())
        self.length = combo([f"{n} frames" for n in WALKS], "Frames until the walk is back where it began", lambda _: ask(), 1)
        self.pixel = button("Pixel space", "Below each path, its ends mixed pixel by pixel: that fades where the model transforms",
                            self.redrawn.emit, checkable=True)  # fmt: skip
        self.encoder = True

    def layout(self) -> FlowLayout:
        """All of it, in a line that wraps."""
        return toolbar(
            self.mode, self.source, "Seed", self.seed, self.dice, self.path, "Paths", self.pairs, "Frames", self.frames,
            "Side", self.side, "Turns", self.turns, self.length, self.pixel,
        )  # fmt: skip

    def walk_frames(self) -> int:
        return WALKS[self.length.currentIndex()]

    def source_in_use(self) -> str:
        """Where the ends come from; a random walk has none."""
        return "" if self.mode.key() == "walk" else self.source.key()

    def reset(self, path: str, encoder: bool, points: bool) -> None:
        """A new run: what suits its family."""
        self.encoder = encoder
        self.path.choose(path)
        self.source.choose("data" if encoder else "random")
        self.pixel.setText("Straight line x" if points else "Pixel space")

    def allow_ends(self, both: bool) -> None:
        """A and B have been chosen somewhere."""
        self.source.enable("ab", both)

    def arrange(self, *, finding: bool) -> None:
        """Show what matters for this kind of journey, in its words."""
        mode = self.mode.key()
        analogy, paths, walk = (mode == kind for kind in ("analogy", "paths", "walk"))
        chosen = self.source_in_use() == "ab"
        self._say(analogy)
        ends = not finding and not (paths and chosen)
        shown = {
            self.source: not walk, self.path: not walk and not finding, self.turns: walk, self.length: walk, self.seed: ends,
            self.dice: ends, self.pairs: paths and ends, self.frames: paths and not finding, self.pixel: paths and not finding,
            self.side: analogy and not finding,
        }  # fmt: skip
        for widget, show in shown.items():
            widget.setVisible(show)

    def _say(self, analogy: bool) -> None:
        """Words that depend on the kind of journey and on the family."""
        found = "Ends are codes of held-out items" if self.encoder else "Search the noise that comes nearest to a held-out item"
        self.source.word("data", "From data" if self.encoder else "Find an item", found)
        where = "choose them among the samples, or " + ("drag them on the latent map" if self.encoder else "find them")
        if analogy:
            self.source.word("ab", "A, B, C", f"The corners chosen: {where}. Without a C, noise takes its place")
        else:
            self.source.word("ab", "A and B", f"One path from A to B: {where}")
        for key, tip in (GRID_ARCS if analogy else ARCS).items():
            self.path.word(key, key, tip)
