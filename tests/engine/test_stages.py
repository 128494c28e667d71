"""Training in two stages, on a second stage small enough to follow by hand: it learns the mean of the first one's codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
import torch
from engine_kit import images
from torch import Tensor, nn

from playground.engine.config import Config, param
from playground.engine.families.vae import VAEConfig
from playground.engine.families.vae.learner import VAELearner
from playground.engine.learner import Parent
from playground.engine.stages import StagedLearner

FIRST, STEPS = 12, 30


@dataclass(frozen=True)
class MeanConfig(Config):
    """Of the second stage below, and of what it stands on."""

    first_stage: str = param("", run_of="vae", label="First stage", help="A run.")
    first_steps: int = param(FIRST, 1, 1000, label="First steps", help="Its steps.")
    rate: float = param(0.1, 0.0, 1.0, label="Rate", help="Step size.", live=True)
    vae_rate: float = param(1e-2, 0.0, 1.0, label="Rate", help="Step size of the first stage.", live=True)
    steps: int = param(STEPS, 1, 1000, label="Steps", help="All of them.")
    batch_size: int = param(8, 1, 100, label="Batch", help="Items.")


class Both(nn.Module):
    """The VAE and the mean of its codes."""

    def __init__(self, vae: nn.Module, d: int) -> None:
        super().__init__()
        self.vae = vae
        self.mean = nn.Parameter(torch.zeros(d))


class MeanLearner(StagedLearner):
    """Minimises |z - mean|^2 with noise on z, from where the first item's code lies."""

    first_learner = VAELearner
    first_field = "first_stage"
    first_scalars: ClassVar = {"vae_kl": "kl", "vae_error": "reconstruction"}
    second_scalars = ("distance",)
    begun = entered = 0

    def first_config(self) -> VAEConfig:
        c = self.config
        return VAEConfig(latent_dim=2, network="mlp", hidden=8, layers=1, batch_size=c.batch_size, steps=c.first_steps,
                         learning_rate=c.vae_rate)  # fmt: skip

    def build_second(self) -> None:
        self.model = Both(self.first.model, 2).to(self.device)
        self.optimizers = [self.adam(p for p in [self.model.mean])]

    def at_rest(self) -> tuple[Tensor, Tensor]:
        return torch.tensor([-1.0, -2.0]), torch.tensor([-3.0])

    def begin(self) -> None:
        self.begun += 1
        with torch.no_grad():
            self.model.mean.copy_(self._codes(0)[0])

    def enter(self) -> None:
        self.entered += 1

    def second_step(self) -> Tensor:
        assert self.entered
        z = self._codes(self.second_done)
        far = (z + torch.randn(z.shape, generator=self.noise) - self.model.mean).square().sum(1).mean()
        self.minimise(far, self.optimizers[0], self.config.rate)
        return torch.stack([far.detach(), far.detach().sqrt()])

    @torch.no_grad()
    def _codes(self, step: int) -> Tensor:
        return self.first.model.encode(self.batches(step)).mu  # type: ignore[operator]


DATA = images()


def learner(parents: Any = None, **changes: Any) -> MeanLearner:
    return MeanLearner(MeanConfig(**changes), DATA, 3, parents=parents)


def advance(one: Any, to: int) -> list[Tensor]:
    out = []
    while one.steps_done < to:
        out.append(one.step())
        one.steps_done += 1
    return out


def copied(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k: v.detach().clone() for k, v in state.items()}


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def vae_run() -> tuple[VAELearner, list[Tensor]]:
    one = VAELearner(learner().first_config(), DATA, 3)
    return one, advance(one, FIRST)


def test_the_first_stage_is_a_run_of_its_family_bit_for_bit_and_rests_afterwards() -> None:
    one = learner()
    scalars = advance(one, FIRST)
    vae, said = vae_run()
    assert same(one.first.model.state_dict(), vae.model.state_dict())
    names = list(VAELearner.scalars)
    for mine, its in zip(scalars, said, strict=True):
        assert mine[one.scalars.index("loss")] == its[names.index("loss")]
        assert mine[one.scalars.index("vae_kl")] == its[names.index("kl")]
        assert mine[one.scalars.index("vae_error")] == its[names.index("reconstruction")]
    advance(one, STEPS)
    assert same(one.first.model.state_dict(), vae.model.state_dict()), "it moved on"
    assert not torch.equal(one.model.mean, torch.zeros(2))


def test_the_scalars_are_the_same_all_along_and_those_of_the_resting_stage_stay() -> None:
    one = learner()
    table = torch.stack(advance(one, STEPS))
    assert one.scalars == ("loss", "vae_kl", "vae_error", "distance")
    assert table.shape == (STEPS, 4) and table.dtype == torch.float32 and torch.isfinite(table).all()
    assert (table[:FIRST, 3] == -3).all(), "the second has nothing to say yet"
    assert (table[FIRST:, 1:3] == table[FIRST - 1, 1:3]).all()
    assert table[:FIRST, 1].unique().numel() > 1 and table[FIRST:, 3].unique().numel() > 1
    assert torch.allclose(table[FIRST:, 0], table[FIRST:, 3] ** 2)


@pytest.mark.parametrize("cut", [1, FIRST - 1, FIRST, FIRST + 1, 20])
def test_it_goes_on_bit_for_bit_before_between_and_within_the_stages(cut: int) -> None:
    whole = learner()
    scalars = advance(whole, STEPS)
    first = learner()
    advance(first, cut)
    kept = copied(first.state())
    second = learner()
    advance(second, 17)  # with a past of its own, in the second stage
    second.load_state(kept, cut)
    second.steps_done = cut
    assert same(second.state(), kept)
    rest = advance(second, STEPS)
    assert all(torch.equal(a, b) for a, b in zip(rest, scalars[cut:], strict=True))
    assert same(second.state(), whole.state())


def test_begin_happens_once_in_a_run_and_enter_once_in_a_process() -> None:
    one = learner()
    advance(one, FIRST)
    assert (one.begun, one.entered) == (0, 0)
    one.step()
    one.step()  # a step that is only timed: steps_done stays
    assert (one.begun, one.entered) == (1, 1)
    advance(one, STEPS)
    assert (one.begun, one.entered) == (1, 1)
    later = learner()
    later.load_state(copied(one.state()), STEPS)
    later.step()
    assert (later.begun, later.entered) == (0, 1)


def test_optimizers_of_the_first_stage_are_kept_while_it_trains_alone() -> None:
    one = learner()
    advance(one, 5)
    assert any(k.startswith("first/optimizer0/") for k in one.state()) and "first/noise" in one.state()
    assert not any(k.startswith("first/model/") for k in one.state()), "the weights are in the model of both"
    advance(one, FIRST)
    assert not any(k.startswith("first/") for k in one.state())


def test_a_run_that_is_there_is_the_first_stage_from_the_first_step() -> None:
    vae, _ = vae_run()
    parent = Parent(vae.config, "vae", copied(vae.state()), FIRST, 1.0)
    one = learner({"first_stage": parent}, first_stage="some-run")
    assert one.first_steps == 0 and same(one.first.model.state_dict(), vae.model.state_dict())
    table = torch.stack(advance(one, 5))
    assert (table[:, 1:3] == torch.tensor([-1.0, -2.0])).all() and one.begun == 1
    assert same(one.first.model.state_dict(), vae.model.state_dict())
    later = learner({"first_stage": Parent(vae.config, "vae")}, first_stage="some-run")  # resumed: no weights of the parent
    later.load_state(copied(one.state()), 5)
    assert all(torch.equal(a, b) for a, b in zip(advance(later, 9), advance(one, 9), strict=True))
    assert same(later.state(), one.state())


def test_a_live_change_reaches_the_stage_that_it_is_for() -> None:
    one, other = learner(), learner()
    advance(one, 3)
    advance(other, 3)
    one.apply_live("vae_rate", 0.5)
    assert not torch.equal(advance(one, 5)[-1], advance(other, 5)[-1])
    vae, _ = vae_run()
    parent = Parent(vae.config, "vae", copied(vae.state()), FIRST, 1.0)
    fixed = learner({"first_stage": parent}, first_stage="some-run")
    fixed.apply_live("vae_rate", 0.5)
    assert fixed.first.config == vae.config, "a run has its own"
