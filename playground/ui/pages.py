"""The pages of the window: one for every family or group of families, and the comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from playground.ui.run_status import RunStatus

COMPARE = "compare"

#: Families of one group share a page, whose form first asks which of them: its title, and what joins them.
GROUPS = {
    "hybrids": ("Hybrids", "Bridges between the families: diffusion as a VAE, a VAE with a critic, diffusion in a latent space, "
                "large steps taken by a GAN, many steps distilled into few."),
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A page as the header offers it: ``families`` are those behind it, in order."""

    key: str
    title: str
    accent: str
    tip: str
    families: tuple[str, ...] = ()


class Page(Protocol):
    """What the window needs of a page."""

    accent: str
    status: RunStatus

    def do(self, name: str) -> bool:
        """Do an action of the table of shortcuts; False if the page has none of that name."""
        ...

    def show_index(self, index: int) -> None:
        """Show the view of this index."""
        ...

    def dismiss(self) -> None:
        """Take away what Esc takes away: a banner."""
        ...

    def retheme(self) -> None:
        """Take the colours of the theme that is worn now."""
        ...

    def remember(self) -> dict[str, Any]:
        """What is to be as it was at the next start, as plain values."""
        ...

    def recall(self, kept: Mapping[str, Any]) -> None:
        """The inverse of :meth:`remember`: names that are missing or unfit are ignored."""
        ...

    def end(self) -> None:
        """The window closes: hear nothing any more."""
        ...


def entries(families: Mapping[str, Any]) -> dict[str, Entry]:
    """The header's pages by key, in the order of the families; the comparison comes last."""
    out: dict[str, Entry] = {}
    for name, family in families.items():
        if family.group:
            title, tip = GROUPS[family.group]
            before = out[family.group].families if family.group in out else ()
            out[family.group] = Entry(family.group, title, family.accent, f"<b>{title}</b><br>{tip}", (*before, name))
        else:
            tip = f"<b>{family.title}</b><br>{family.summary}<br>{family.paper}"
            out[name] = Entry(name, family.title, family.accent, tip, (name,))
    tip = "<b>Compare</b><br>The families side by side on one clock, and the textbook's table, measured on this machine."
    out[COMPARE] = Entry(COMPARE, "Compare", "compare", tip)
    return out
