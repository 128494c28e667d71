"""What can be asked of a GAN whose data are points in the plane: the game and its optimum, the exact density, the divergences."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.answers import Asked, Handler, answer, grid_points
from playground.engine.datasets.base import to_float
from playground.engine.families.gan import game, plane
from playground.engine.families.gan.model import GAN
from playground.engine.metrics.divergences import Divergences, plane_divergences, width
from playground.engine.metrics.pushforward import PushForward, push_forward, warp_density
from playground.engine.mode_answers import ModeAnswers
from playground.engine.oracles import optimal_discriminator

T = TypeVar("T")

SEEN = 4096  # fresh real and generated points, on which V(D) is measured
NOT_POINTS = "The game is drawn where the data are points in the plane; for pictures, see how D scores them."
SIDE = 141  # of the lattice over the noise: JS good to 1e-4 for two Gaussians
UNSEEN = 40.0  # nats below its peak at which a density is as good as none: no computer will draw a point there
MEASURED = 256  # real and generated items each, for the midpoint of a critic's scores
REPORT_S = 0.12  # a long answer tells how far it is so often


class GameAnswers(ModeAnswers):
    """The part of a GAN's answers that needs points."""

    model: GAN

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._kept: dict[str, tuple[int, Any]] = {}

    def about_points(self) -> dict[type[m.Request], Handler]:
        """The handlers of this part."""
        return {
            m.WarpGrid: self.warp_grid, m.ModelField: self.model_field, m.Game: self.game, m.TrainToOptimum: self.train_to_optimum,
        }  # fmt: skip

    # ------------------------------------------------------------------ the game
    def game(self, asked: Asked, request: m.Game) -> Iterator[m.Event]:
        if self.data.kind != "points":
            yield answer(m.Refused, asked, sentence=NOT_POINTS)
            return
        midpoint = self.midpoint()
        z = self.draw_noise(request.n, request.seed)
        real, fake = self.draw_real(request.n, request.seed), self.model.generate(z)
        now = game.forces(self.model, real, fake)
        js, seen = self.divergences(), self.js_seen()
        shown = self.model.to_probability
        yield answer(
            m.GameOf, asked, bounds=request.bounds, d=self._field(self.model, request.bounds, request.resolution, shown),
            d_star=self._optimum(request.bounds, request.resolution), d_star_note=self._note(),
            scale=self.scale(), midpoint=midpoint,
            real=real.cpu().numpy(), fake=fake.cpu().numpy(), z=z.cpu().numpy(), push=now.push.cpu().numpy(),
            d_real=shown(now.score_real).cpu().numpy(), d_fake=shown(now.score_fake).cpu().numpy(),
            pull_real=now.pull_real.cpu().numpy(), pull_fake=now.pull_fake.cpu().numpy(),
            js=js.js if js else None, js_error=js.js_error if js else None,
            js_seen=seen[0] if seen else None, js_seen_error=seen[1] if seen else None,
        )  # fmt: skip

    def train_to_optimum(self, asked: Asked, request: m.TrainToOptimum) -> Iterator[m.Event]:
        """A copy of D learns; about eight times a second it tells how much of the divergence it sees."""
        if self.data.kind != "points":
            yield answer(m.Refused, asked, sentence=NOT_POINTS)
            return
        found = game.best_response(self.model)
        noise, points = devices.generator(self.device, 20_140_610), torch.Generator().manual_seed(20_140_610)
        d_star, js = self._optimum(request.bounds, request.resolution), self.divergences()
        real, fake = self._seen_points()
        curve: list[tuple[int, float, float]] = []

        def report(done: int) -> m.Event:
            curve.append((done, *game.js_seen(game.scores(found, real), game.scores(found, fake), game.is_shifted(self.model))))
            self.shared["trained", "discriminator"] = {k: v.detach().clone() for k, v in found.discriminator.state_dict().items()}
            steps, values, errors = (np.array(column) for column in zip(*curve, strict=True))
            left = (time.perf_counter() - asked.started) * (request.steps - done) / max(done, 1)
            reply: m.Event = answer(
                m.Optimising, asked, done=done, total=request.steps, seconds_left=left,
                d=self._field(found, request.bounds, request.resolution, torch.sigmoid), d_star=d_star,
                steps=steps, js_seen=values, js_seen_error=errors, js=js.js if js else None,
            )  # fmt: skip
            return reply

        yield report(0)
        reported = time.perf_counter()
        for done in game.train_to_optimum(found, lambda n: self._draw(n, points), request.steps, noise):
            if done == request.steps or time.perf_counter() - reported > REPORT_S:
                yield report(done)
                reported = time.perf_counter()

    # ------------------------------------------------------------------ where G puts its noise
    def model_field(self, asked: Asked, request: m.ModelField) -> Iterator[m.Event]:
        """Log of q's mean over each cell, by pushing the noise forward, beside log p; KL(data || model) with an error.

        The error is that of the divergences: the change of JS from half the resolution.
        """
        q = self.model_density()
        if q is None:
            yield answer(m.Refused, asked, sentence=plane.why_no_q(self.model))
            return
        log_q = q.log_density(request.bounds, request.resolution).clamp_min(plane.FLOOR)
        found = self.divergences()
        yield answer(
            m.Field, asked, bounds=request.bounds, model=log_q.numpy(),
            data=self.exact_field(request.bounds, request.resolution),
            kl_data_model=found.kl_data_model if found else math.nan, kl_standard_error=found.js_error if found else math.nan,
        )  # fmt: skip

    def warp_grid(self, asked: Asked, request: m.WarpGrid) -> Iterator[m.Event]:
        if self.data.kind != "points":
            yield answer(m.Refused, asked, sentence="Noise is shown on its way to points in the plane, not to pictures.")
            return
        line = torch.linspace(-request.extent, request.extent, request.resolution)
        u, v = torch.meshgrid(line, line, indexing="xy")
        z = torch.stack([u, v], -1)  # (R, R, 2)
        x = self.model.generate(self.latents(z.reshape(-1, 2).numpy())).cpu().reshape(*z.shape[:2], -1)
        density = warp_density(z.numpy(), x.numpy()) if self.model.latent_dim == 2 else None
        yield answer(m.Warp, asked, z=z.numpy(), x=x.numpy(), log_density=density)

    # ------------------------------------------------------------------ exact numbers
    def once_a_step(self, key: str, make: Callable[[], T]) -> T:
        """``make()``, computed once for these weights of G."""
        step, value = self._kept.get(key, (-1, None))
        if step != self.step:
            value = make()
            self._kept[key] = (self.step, value)
        return value

    def model_density(self) -> PushForward | None:
        """The exact density q of the shown generator, where it is known."""
        if plane.why_no_q(self.model):
            return None
        density = self.data.density
        detail = self._width() / 2 if density else None
        return self.once_a_step("q", lambda: push_forward(self.model.generate, self.device, SIDE, detail=detail))

    def divergences(self) -> Divergences | None:
        """Of the data and the shown generator, where both densities are known."""
        q, density = self.model_density(), self.data.density
        if q is None or density is None:
            return None
        return self.once_a_step("divergences", lambda: plane_divergences(density, q))

    def js_seen(self) -> tuple[float, float] | None:
        """What D sees of the Jensen-Shannon divergence, with its standard error; None for points of critics, and for pictures."""
        if self.data.kind != "points" or self.model.objective not in (*game.LOGITS, *game.PAIRS):
            return None
        real, fake = self._seen_points()
        return game.js_seen(game.scores(self.model, real), game.scores(self.model, fake), game.is_shifted(self.model))

    # ------------------------------------------------------------------ items, real and generated
    def draw_noise(self, n: int, seed: int) -> Tensor:
        """z (n, d) ~ N(0, I)."""
        return torch.randn((n, self.model.latent_dim), generator=devices.generator(self.device, seed), device=self.device)

    def draw_real(self, n: int, seed: int) -> Tensor:
        """Real items (n, *shape) that D was not trained on: fresh from the density, else random ones of the test set."""
        random = torch.Generator().manual_seed(seed)
        if self.data.density is not None:
            return self.data.density.sample(n, random).to(self.device)
        items = self.data.test if len(self.data.test) else self.data.train
        return to_float(items[torch.randint(len(items), (n,), generator=random)]).to(self.device)

    def midpoint(self) -> float:
        """The verdict or score above which D calls an item real.

        Of critics and pairs it is measured on what is shown, held-out and generated items, and put into this copy of the model: in
        training it follows D's drifting scores from behind, and G's average does not score as G does.
        """
        if self.model.is_probability:
            return 0.5
        real, fake = self.draw_real(MEASURED, 11), self.model.generate(self.draw_noise(MEASURED, 11))
        self.model.midpoint.copy_((self.model.score(real).mean() + self.model.score(fake).mean()) / 2)
        return float(self.model.midpoint)

    def scale(self) -> str:
        return "probability" if self.model.is_probability else "score"

    def _draw(self, n: int, random: torch.Generator) -> Tensor:
        """Points to train on."""
        if self.data.density is not None:
            return self.data.density.sample(n, random).to(self.device)
        return to_float(self.data.train[torch.randint(len(self.data.train), (n,), generator=random)]).to(self.device)

    def _seen_points(self) -> tuple[Tensor, Tensor]:
        """Real and generated points on which V(D) is measured: the same ones each time, so that successive values compare."""
        real = self.once("seen", lambda: self.draw_real(SEEN, 7))
        return real, self.once_a_step("seen", lambda: self.model.generate(self.draw_noise(SEEN, 7)))

    # ------------------------------------------------------------------ fields
    def _field(self, model: GAN, bounds: plane.Box, resolution: int, shown: Callable[[Tensor], Tensor]) -> np.ndarray:
        """D on the lattice (R, R), float32."""
        x = grid_points(bounds, resolution).float().to(self.device)
        return shown(game.scores(model, x)).reshape(resolution, resolution).cpu().numpy()

    def _optimum(self, bounds: plane.Box, resolution: int) -> np.ndarray | None:
        """D* from the means of p and q over the cells of the lattice, (R, R) float32; NaN where neither ever goes.

        There any verdict would be as good, and 1 (q is 0, p is e^-1000) would look like a claim.
        """
        q, density = self.model_density(), self.data.density
        if q is None or density is None:
            return None
        log_p, log_q = self._data_field(bounds, resolution), q.log_density(bounds, resolution)
        d_star = optimal_discriminator(log_p, log_q)
        nowhere = (log_p.max() - log_p > UNSEEN) & (log_q.max() - log_q > UNSEEN)
        return torch.where(nowhere, torch.nan, d_star).float().numpy()

    def _data_field(self, bounds: plane.Box, resolution: int) -> Tensor:
        density, width = self.data.density, self._width()
        assert density is not None
        return self.once(("cells", bounds, resolution), lambda: plane.cell_log_density(density, bounds, resolution, width))

    def _width(self) -> float:
        """The width of the narrowest detail of the data."""
        density = self.data.density
        assert density is not None
        return self.once("width", lambda: width(density))

    def _note(self) -> str:
        if self.data.density is None:
            return plane.NO_DENSITY
        return plane.why_no_q(self.model) or plane.D_STAR[self.model.objective]
