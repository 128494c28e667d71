"""How what a model makes spreads over the modes of points or the classes of pictures: one answer for every family."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from playground.engine import messages as m
from playground.engine.answers import Answers, Asked, answer, working
from playground.engine.metrics import spread
from playground.engine.metrics.classifier import Classifier

SHOWN = 500  # of the samples that were counted


class ModeAnswers(Answers):
    """Answers of a family whose samples can be counted."""

    def modes(self, asked: Asked, request: m.Modes) -> Iterator[m.Event]:
        """How samples spread over the modes of points or the classes of pictures, for which a classifier may have to learn."""
        if not spread.modes_of(self.data):
            yield answer(m.Refused, asked, sentence=spread.NO_LABELS if self.data.kind == "image" else spread.NO_MODES)
            return
        if self.data.kind == "image":
            for done, total in self.prepare_classifier():
                yield working(asked, done, total, spread.TRAINING)
        parts: list[Tensor] = []
        for part in self.drawn(request.n, request.seed):
            if isinstance(part, Tensor):
                parts.append(part)
            else:
                yield working(asked, *part, "samples")
        x = torch.cat(parts)
        found = self.counted(x)
        counts = found.counts
        yield answer(
            m.ModesOf, asked, names=found.names, share=counts.share, true=counts.true,
            centres=None if found.centres is None else found.centres.numpy(), count=counts.count, high_quality=found.quality,
            high_quality_perfect=found.perfect, reverse_kl=counts.reverse_kl, reverse_kl_floor=counts.reverse_kl_floor,
            reverse_kl_floor_sd=counts.reverse_kl_floor_sd, n=counts.n, note=found.note, x=self.show(x[:SHOWN]),
            mode_of=counts.mode_of[:SHOWN],
        )  # fmt: skip

    def counted(self, x: Tensor) -> spread.Spread:
        """Samples x (N, *shape) counted; for pictures the classifier has to be there."""
        if self.data.kind == "image":
            return spread.spread_of_pictures(self.classifier, x)
        found = spread.spread_of_points(self.data, x)
        assert found is not None, "asked only of data with modes"
        return found

    @property
    def classifier(self) -> Classifier:
        """Of labelled pictures, once :meth:`prepare_classifier` has run for this data set."""
        found: Classifier = self.shared["classifier"]
        return found

    def prepare_classifier(self) -> Iterator[tuple[int, int]]:
        """Steps (done, total) until :attr:`classifier` is there."""
        if "classifier" not in self.shared:
            yield from spread.trained_classifier(self.data, lambda found: self.shared.__setitem__("classifier", found))
