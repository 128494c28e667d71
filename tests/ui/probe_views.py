"""Views that show nothing and write down what happens to them."""

from __future__ import annotations

from typing import Any

from playground.engine import messages as m
from playground.ui.views.base import View


class Probe(View):
    """A view that writes down what happens to it."""

    title, hint = "Probe", "Shows nothing."

    def __init__(self) -> None:
        super().__init__()
        self.log: list[Any] = []

    def on_context(self) -> None:
        self.log.append(("context", self.context))

    def refresh(self) -> None:
        self.log.append(("refresh",))
        self.send(m.DrawSamples(channel=self.channel("draw")))

    def on_answer(self, answer: m.Answer) -> None:
        self.log.append(("answer", type(answer).__name__, answer.channel))

    def on_event(self, event: m.Event) -> None:
        self.log.append(("event", type(event).__name__))

    def seen(self, kind: str) -> list[Any]:
        return [entry for entry in self.log if entry[0] == kind]


def probe(name: str) -> type[Probe]:
    return type(f"Probe{name.title()}", (Probe,), {"name": name, "title": name.title(), "hint": f"Hint of {name}."})


CLASSES = {name: probe(name) for name in ("samples", "reconstruct", "latent_map")}
