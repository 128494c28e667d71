"""What can be asked of a GAN: one short generator a question, on a snapshot of the weights."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.answers import Asked, Handler, Likelihood, Measuring, answer, working
from playground.engine.datasets.base import Dataset, Density, to_float
from playground.engine.families.gan import evaluation
from playground.engine.families.gan.game_answers import REPORT_S, GameAnswers
from playground.engine.families.gan.latent import find_latent
from playground.engine.families.gan.plane import why_no_q
from playground.engine.families.gan.scores import looks, told_apart
from playground.engine.metrics import spread
from playground.engine.metrics.pushforward import pushing_forward
from playground.engine.oracles import optimal_discriminator

MANY = 1000  # pictures of either kind whose scores make a histogram
AT_ONCE = 100  # pictures scored between two chances for a mouse
PATHS_SHOWN = 4  # between random codes, when none are given


class GANAnswers(GameAnswers):
    """Requests about a GAN."""

    def handlers(self) -> dict[type[m.Request], Handler]:
        return {
            m.DrawSamples: self.draw_samples, m.Decode: self.decode, m.Interpolate: self.interpolate,
            m.FindLatent: self.find_latent, m.Judge: self.judge, m.Scores: self.scores, m.Modes: self.modes,
            **self.about_points(),
        }  # fmt: skip

    # ------------------------------------------------------------------ items from noise
    def items_of(self, z: Tensor) -> Tensor:
        return self.model.generate(z)

    def drawn(self, n: int, seed: int) -> Iterator[Tensor | tuple[int, int]]:
        z, done = self.draw_noise(n, seed), 0
        for part in z.split(AT_ONCE if self.data.kind == "image" else n):
            yield self.model.generate(part).cpu()
            done += len(part)
            if self.data.kind == "image":
                yield done, n

    def likelihoods(self, x: Tensor) -> Iterator[Likelihood | tuple[int, int, str]] | None:
        """A GAN has none; for points of two numbers of noise the density that G gives to N(0, I) is computed from outside."""
        density = self.data.density
        return None if density is None or why_no_q(self.model) else self._pushed(x, density)

    def _pushed(self, x: Tensor, density: Density) -> Iterator[Likelihood | tuple[int, int, str]]:
        q = None
        pushed = pushing_forward(
            self.model.generate, self.device, evaluation.SIDE, evaluation.ROUNDS, evaluation.CELLS, self._width() / 2
        )
        for done, q in enumerate(pushed):  # noqa: B007  (the last one is the result)
            yield done, evaluation.ROUNDS + 1, "exact density of the generator"
        assert q is not None
        note = "no explicit likelihood: the density of z is pushed forward through G from outside; a millionth of it spread evenly"
        yield Likelihood(-evaluation.floored_log_prob(q, x, density.bounds), "pushed", note)

    def draw_samples(self, asked: Asked, request: m.DrawSamples) -> Iterator[m.Event]:
        z = self.draw_noise(request.n, request.seed)
        yield answer(m.Samples, asked, x=self.pictures(z), z=z.cpu().numpy())

    def interpolate(self, asked: Asked, request: m.Interpolate) -> Iterator[m.Event]:
        """Between given codes, or between random ones."""
        if request.pick:
            sentence = "A GAN has no encoder: find the code of an item first, by a search, then interpolate between codes."
            yield answer(m.Refused, asked, sentence=sentence)
        elif request.a is None or request.b is None:
            yield from self.paths(asked, request, self.draw_noise(PATHS_SHOWN, 0), self.draw_noise(PATHS_SHOWN, 1))
        else:
            yield from self.paths(asked, request, self.latents(request.a), self.latents(request.b))

    def find_latent(self, asked: Asked, request: m.FindLatent) -> Iterator[m.Event]:
        items = self.data.split(request.split)[0]
        target = to_float(items[request.index % len(items)]).to(self.device)
        noise = devices.generator(self.device, request.index)
        errors: list[float] = []
        reported = 0.0
        for done, z in find_latent(self.model, target, request.steps, noise):
            if done not in (0, request.steps) and time.perf_counter() - reported < REPORT_S:
                continue
            x = self.model.generate(z[None])
            squares = (x - target).square()
            errors.append(float(squares.mean().sqrt() if self.data.kind == "image" else squares.sum().sqrt()))
            reported = time.perf_counter()
            left = (reported - asked.started) * (request.steps - done) / max(done, 1)
            yield answer(
                m.FoundLatent, asked, done=done, total=request.steps, seconds_left=left, z=z.cpu().numpy(), x=self.show(x),
                target=self.show(target[None]), error=np.array(errors),
            )  # fmt: skip

    # ------------------------------------------------------------------ real or generated?
    def judge(self, asked: Asked, request: m.Judge) -> Iterator[m.Event]:
        """About half of the items are held-out real ones, at random places."""
        self.midpoint()
        random = torch.Generator().manual_seed(request.seed)
        real = torch.rand(request.n, generator=random) < 0.5
        x = self.model.generate(self.draw_noise(request.n, request.seed))
        if real.any():
            x[real.to(self.device)] = self.draw_real(int(real.sum()), request.seed)
        q, density = self.model_density(), self.data.density
        d_star = None if q is None or density is None else optimal_discriminator(density.log_prob(x), q.log_prob(x)).numpy()
        yield answer(
            m.JudgeOf, asked, x=self.show(x), real=real.numpy(), d=self.model.probability(x).cpu().numpy(), d_star=d_star,
        )  # fmt: skip

    def scores(self, asked: Asked, request: m.Scores) -> Iterator[m.Event]:
        """Pictures ordered by D's score, where it looks, and the scores of many."""
        if self.data.kind != "image":
            yield answer(m.Refused, asked, sentence="Scores are shown of pictures; for points, the game shows D everywhere.")
            return
        items = self.data.split(request.split)[0]
        midpoint = self.midpoint()
        order = torch.randperm(len(items), generator=torch.Generator().manual_seed(request.seed))[:MANY]
        z = self.draw_noise(max(MANY, request.n), request.seed)
        scored: list[list[Tensor]] = [[], []]
        total = len(order) + len(z)
        for index in order.split(AT_ONCE):
            scored[0].append(self.model.score(to_float(items[index]).to(self.device)))
            yield working(asked, sum(map(len, scored[0])), total, "scores")
        for part in z.split(AT_ONCE):
            scored[1].append(self.model.score(self.model.generate(part)))
            yield working(asked, len(order) + sum(map(len, scored[1])), total, "scores")
        real, fake = torch.cat(scored[0]), torch.cat(scored[1])
        x_real = to_float(items[order[: request.n]]).to(self.device)
        x_fake = self.model.generate(z[: request.n])
        first, second = real[: request.n].argsort(descending=True), fake[: request.n].argsort(descending=True)
        yield answer(
            m.ScoresOf, asked, real=self.show(x_real[first]), fake=self.show(x_fake[second]),
            score_real=self.verdict(real[first]), score_fake=self.verdict(fake[second]),
            look_real=_bytes(looks(self.model, x_real[first])), look_fake=_bytes(looks(self.model, x_fake[second])),
            all_real=self.verdict(real), all_fake=self.verdict(fake), scale=self.scale(),
            midpoint=midpoint, accuracy=told_apart(self.model.to_probability(real), self.model.to_probability(fake), 0.5),
        )  # fmt: skip

    # ------------------------------------------------------------------ numbers
    def measured(self, data: Dataset, request: m.Evaluate) -> Iterator[Measuring]:
        self.midpoint()
        return evaluation.evaluate(self.model, data, self.device, request.n)

    def monitor(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        scalars, vectors = self._spread_now()
        found, seen = self.divergences(), self.js_seen()
        if found:
            scalars |= {"js": found.js, "kl_data_model": found.kl_data_model, "js_zero": 0.0}
        if seen:
            scalars["js_seen"] = seen[0]
        return scalars, vectors

    def _spread_now(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """Modes covered and shares, of as few samples as will do; of classes only if there is a classifier for other reasons."""
        kind = spread.modes_of(self.data)
        if not kind or (kind == "classes" and "classifier" not in self.shared):
            return {}, {}
        x = self.model.generate(self.draw_noise(spread.LOOK[kind][0], 7)).cpu()
        counts = self.counted(x).counts
        if kind == "classes":
            share, scalars = counts.share, {}
        else:
            share, scalars = spread.share_of_noise(self.data, x), {"high_quality": counts.high_quality}
        scalars |= {"modes": float(counts.count), "num_modes": float(len(counts.true))}
        return scalars, {"mode_share": share.astype(np.float32)}

    def verdict(self, scores: Tensor) -> np.ndarray:
        """Scores (N,) as they are shown: probabilities where D gives any, float32."""
        return (self.model.to_probability(scores) if self.model.is_probability else scores).cpu().numpy()


def _bytes(share: Tensor) -> np.ndarray:
    """[0, 1] to uint8."""
    return (255 * share).round().to(torch.uint8).cpu().numpy()
