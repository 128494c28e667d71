"""What all answers about a diffusion model rest on: the ideal denoiser of its data, its noise, and items made of it."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from playground.engine import devices, samplers
from playground.engine import messages as m
from playground.engine.chain_answers import ChainAnswers, Walk
from playground.engine.datasets.base import to_float
from playground.engine.datasets.densities_mixture import GaussianMixture
from playground.engine.families.diffusion import chain
from playground.engine.families.diffusion.chain import Ideal, Plan
from playground.engine.families.diffusion.model import Diffusion
from playground.engine.ideal_denoiser import DensityDenoiser, IdealDenoiser, MixtureDenoiser, PointsDenoiser

CODE_STEPS = 20  # at most, for codes of items: a mouse waits


class DiffusionCodes(ChainAnswers):
    """The part of the answers that makes items of noise."""

    model: Diffusion

    # ------------------------------------------------------------------ the ideal denoiser of the data
    @property
    def ideal(self) -> Ideal:
        """Closed form for mixtures, quadrature for other densities, a sum over the training items for pictures."""
        return self.once("ideal denoiser", self._make_ideal)

    def _make_ideal(self) -> Ideal:
        data, model = self.data, self.model
        items = model.inward(to_float(data.train[:1000]).to(self.device))
        density = data.density
        made: IdealDenoiser
        if isinstance(density, GaussianMixture):
            made = MixtureDenoiser(density, model.centre, float(model.scale))
        elif density is not None:
            made = DensityDenoiser(density, model.centre, float(model.scale))
        else:
            made = PointsDenoiser(model.inward(to_float(data.train).to(self.device)))
        return Ideal(made, items)

    def planned(self, choice: m.SamplerChoice | None) -> Plan:
        """A choice with what it leaves open taken from the recipe. Raises ValueError for what cannot be done."""
        return chain.plan(choice, self.config, self.model.num_classes)

    def ideal_for(self, plan: Plan) -> Ideal | None:
        return self.ideal if plan.ideal else None

    # ------------------------------------------------------------------ codes: x_T, flat
    @property
    def code_plan(self) -> Plan:
        """The deterministic sampler that turns a code into an item, of no class: the recipe's own if it is one, else DDIM."""
        chosen = self.planned(None)
        name = chosen.name if chosen.deterministic else "ddim"
        return Plan(name, min(chosen.num_steps, CODE_STEPS), 0.0, 0.0, None, False)

    def items_of(self, z: Tensor) -> Tensor:
        *_, x = self.making(z)
        assert isinstance(x, Tensor)
        return x

    def making(self, z: Tensor) -> Iterator[Tensor | tuple[int, int]]:
        """All together, however many: one step of the chain at a time."""
        plan, x = self.code_plan, z.reshape(-1, *self.data.shape)
        for done, step in enumerate(chain.steps(self.model, None, plan, x, devices.generator(self.device, 0)), 1):
            x = step.x
            yield done, plan.num_steps
        yield self.model.outward(x)

    def inverted(self, x: Tensor) -> Iterator[Tensor]:
        """The noise from which items x (N, *shape), in units of the data, would be drawn: x at every level on the way up."""
        plan = self.code_plan
        return samplers.invert(chain.denoiser(self.model, None, plan), self.model.inward(x), plan.path(self.model))

    def codes_of(self, x: Tensor) -> Iterator[Tensor | tuple[int, int]] | None:
        """By running the sampler backwards (DDIM inversion)."""
        return self._codes_of(x)

    def _codes_of(self, x: Tensor) -> Iterator[Tensor | tuple[int, int]]:
        x_t, steps = x, self.code_plan.num_steps
        for done, x_t in enumerate(self.inverted(x), 1):  # noqa: B007  (the last one is the result)
            yield min(done, steps), steps
        yield x_t.flatten(1)

    def walk(self, choice: m.SamplerChoice | None, x: Tensor, seed: int) -> Walk:
        plan = self.planned(choice)
        noise = devices.generator(self.device, seed + 1)
        return Walk(chain.steps(self.model, self.ideal_for(plan), plan, x, noise), plan.num_steps, plan.at_once)

    def outward(self, x: Tensor) -> Tensor:
        return self.model.outward(x)

    def inward(self, x: Tensor) -> Tensor:
        return self.model.inward(x)
