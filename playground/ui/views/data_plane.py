"""The plane that 2-D data live in: the density behind the points of a view."""

from __future__ import annotations

from PySide6.QtGui import QImage

from playground.engine import messages as m
from playground.ui.views.common import StageView
from playground.ui.views.picks import Picks
from playground.ui.widgets.heat_map import data_table, heat_image, top_of
from playground.ui.widgets.layers import Heat


class DataPlane:
    """Gives a view of points the blue layer behind them; asks for the data once a run, whichever view is first.

    First the items: they say where the plane lies, and their histogram stands in for the density. Then the exact density, where
    it is known.
    """

    def __init__(self, view: StageView, *, dark: bool = False) -> None:
        self.view, self.dark = view, dark
        view.answers |= {"items": self._items, "density": self._density}
        view.refusals["density"] = self._no_density
        self._image: QImage | None = None
        self._image_of: tuple[object, ...] = ()

    @property
    def picks(self) -> Picks:
        return self.view.picks

    @property
    def known(self) -> bool:
        """The bounds are known."""
        return self.picks.log_density is not None

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        return self.picks.bounds

    def refresh(self) -> None:
        """Ask for what is missing."""
        if not self.known:
            self.view.ask("items", m.DataItems(n=2000))
        elif not (self.picks.exact or self.picks.no_density):
            self.view.ask("density", m.DataField(bounds=self.bounds))

    def layers(self) -> list[Heat]:
        """The data's density in blue, or nothing yet."""
        density = self.picks.log_density
        if density is None:
            return []
        table = data_table(dark=self.dark)
        key = (id(density), table.tobytes())
        if self._image is None or key != self._image_of:
            self._image, self._image_of = heat_image(density, top_of(density), table), key
        return [Heat(self._image, self.bounds)]

    def _items(self, answer: m.Items) -> None:
        if answer.x.ndim == 2:
            self.picks.put_points(answer.x)
            self.refresh()

    def _density(self, answer: m.DataFieldOf) -> None:
        if answer.bounds == self.bounds:
            self.picks.put_density(answer.log_density)

    def _no_density(self, _: m.Refused) -> None:
        """The histogram stays."""
        self.picks.no_density = True
