"""Which trained run another one starts from: a choice that is filled while the window runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt

from playground.ui.fields import ChoiceBox
from playground.ui.model_words import summary
from playground.ui.numbers import duration

HERE = "trained here first"
ENDED = ("finished", "stopped")


class RunBox(ChoiceBox):
    """Of runs of ``family`` on the data in the form: the value is the id of one, or "" for a model that is trained here first.

    A value that names no such run stays, and :meth:`trouble` says what is the matter with it.
    """

    def __init__(self, family: str) -> None:
        super().__init__()
        self._family, self._data = family, ""
        self._known: Mapping[str, Any] | None = None  # by what a value may say; None: nobody has looked yet
        self.set_items([self._here()])

    def offer(self, runs: Sequence[Any], data: str) -> None:
        """Fill the list with the runs that fit (of RunInfo, newest first)."""
        self._known, self._data = {key: run for run in runs for key in (run.run_id, str(run.folder))}, data
        fitting = [run for run in runs if run.run_id and not self._wrong(run)]
        with QSignalBlocker(self):
            self.set_items([self._here(), *((r.run_id, f"{r.name} · {r.step:,} steps · {_when(r)}", _tip(r)) for r in fitting)])

    def set_value(self, value: str) -> None:
        """Choose a run; one that is not offered is added as it is."""
        if value and self.findData(value) < 0:
            run = (self._known or {}).get(value)
            name = run.name if run is not None else Path(value).name
            self.addItem(f"missing: {name}" if self._known is not None and run is None else name, value)
            self.setItemData(self.count() - 1, self.trouble(value) or f"The run {escape(value)}.", Qt.ItemDataRole.ToolTipRole)
        super().set_value(value)

    def trouble(self, value: str | None = None) -> str:
        """What is the matter with a run (the chosen one): "" if it can be used, or nobody has looked yet."""
        value = self.value() if value is None else value
        if not value or self._known is None:
            return ""
        run = self._known.get(value)
        if run is None:
            return f"This run is not on this machine. Choose another one, or “{HERE}”."
        return self._wrong(run)

    def _wrong(self, run: Any) -> str:
        if run.family != self._family:
            return f"This is a run of the family {run.family}; one of {self._family} is needed."
        if run.data != self._data:
            return f"This run was trained on {run.data}. Choose one of the data above, or “{HERE}”."
        ended = run.status in ENDED and run.step
        return "" if ended else f"This run is not finished ({run.status}); its newest weights would be taken."

    def _here(self) -> tuple[str, str, str]:
        return "", HERE, "No run: it is trained first, with the values of this form, in some of the steps."


def _when(run: Any) -> str:
    """When a run was made, in the time of this place: 24 Nov 13:05."""
    if getattr(run, "on_board", False):
        return "on board"
    try:
        return datetime.fromisoformat(run.created).astimezone().strftime("%d %b %H:%M")
    except ValueError:
        return "no date"


def _tip(run: Any) -> str:
    if getattr(run, "on_board", False):
        return summary(run)
    return (
        f"<b>{escape(run.name)}</b><br>{run.step:,} steps on {escape(run.data)} in {duration(run.seconds)}, {run.status}, "
        f"made {_when(run)}.<br>{escape(str(run.folder))}"
    )
