"""What trains in two stages: first a model of another family, then, with that one at rest, what stands on it.

The first stage is a run that is there, or is trained here before the second: so a recipe works at once, and again with a better
first stage. From the first step on its weights are part of this learner's own model and state.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from playground.engine.learner import Learner, State

LOSS = "loss"  # the scalar that both stages report: of the one at work
FIRST = "first/"  # prefix of what the first stage's learner adds to the state


class StagedLearner(Learner):
    """A learner whose first :attr:`first_steps` steps are those of another one, :attr:`first`.

    Subclasses give :meth:`first_config`, :meth:`build_second` and :meth:`second_step`; :meth:`begin` and :meth:`enter` where
    something has to happen between the stages. Counted in ``steps_done`` are the steps of both.

    ``scalars`` are "loss", the keys of ``first_scalars`` and ``second_scalars``, in this order; those of the stage that rests keep
    the last value that they had.
    """

    first_learner: ClassVar[type[Learner]]
    first_field: ClassVar[str]  # of the config: the run that is the first stage, "" to train one here
    first_scalars: ClassVar[Mapping[str, str]]  # name here -> name among the scalars of the first learner
    second_scalars: ClassVar[tuple[str, ...]]

    first: Learner

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls.scalars = (LOSS, *cls.first_scalars, *cls.second_scalars)

    # ------------------------------------------------------------------ what a family says
    @abstractmethod
    def first_config(self) -> Any:
        """The hyper-parameters of a first stage that is trained here, made of this recipe's."""

    @abstractmethod
    def build_second(self) -> None:
        """Make ``self.model``, of which ``self.first.model`` is a submodule, and ``self.optimizers``, those of the second stage."""

    @abstractmethod
    def second_step(self) -> Tensor:
        """One optimizer step of the second stage: (1 + k,), its loss and ``second_scalars``. The first stage takes no gradient."""

    @abstractmethod
    def at_rest(self) -> tuple[Tensor, Tensor]:
        """``first_scalars`` of a first stage that was trained elsewhere, (j,), and ``second_scalars`` before any step, (k,)."""

    def begin(self) -> None:
        """The first stage is done: what the second has to find out or copy of it, once in a run, before its own first step."""

    def enter(self) -> None:
        """The second stage goes on, in a run that is fresh or resumed: make what it needs and no checkpoint keeps."""

    # ------------------------------------------------------------------ the learner
    @property
    def first_steps(self) -> int:
        """Steps of the first stage that are taken here: none if it is a run."""
        return 0 if getattr(self.config, self.first_field) else int(self.config.first_steps)

    @property
    def second_done(self) -> int:
        """Steps of the second stage that were taken."""
        return max(0, self.steps_done - self.first_steps)

    def build(self) -> None:
        parent = self.parents.get(self.first_field)
        config = parent.config if parent else self.first_config()
        self.first = self.first_learner(config, self.data, self.seed, self.device, self.precision)
        if parent and parent.state is not None:
            self.first.load_state(parent.state, parent.steps)
        self.build_second()
        self._picked = [self.first.scalars.index(name) for name in (LOSS, *self.first_scalars.values())]
        with torch.no_grad():
            self._said = [v.float().to(self.device) for v in self.at_rest()]  # by the two stages: the last they had to say
        self._entered = False

    def step(self, part: str = "both") -> Tensor:
        if self.steps_done < self.first_steps:
            self.first.steps_done = self.steps_done
            said, stage = self.first.step()[self._picked], 0
        else:
            self._enter()
            said, stage = self.second_step(), 1
        self._said[stage] = said[1:]
        return torch.cat([said[:1], *self._said])

    def _enter(self) -> None:
        if not self._entered:
            if self.second_done == 0:
                self.begin()
            self.enter()
            self._entered = True

    def apply_live(self, name: str, value: Any) -> None:
        super().apply_live(name, value)
        if self.first_field not in self.parents:
            self.first.config = self.first_config()

    # ------------------------------------------------------------------ state
    def state(self) -> State:
        """The model of both stages; of the first stage's optimizers and random streams what its next step depends on, if any."""
        out = super().state()
        if self.steps_done < self.first_steps:
            out |= {FIRST + k: v for k, v in self.first.state().items() if not k.startswith("model/")}
        return out | {f"said/{i}": said for i, said in enumerate(self._said)}

    def load_state(self, state: State, steps_done: int) -> None:
        super().load_state(state, steps_done)
        if steps_done < self.first_steps:
            kept = {k.removeprefix(FIRST): v for k, v in state.items() if k.startswith(FIRST)}
            weights = {f"model/{k}": v for k, v in self.first.model.state_dict().items()}  # they came with the model of both
            self.first.load_state(weights | kept, steps_done)
        self._said = [state[f"said/{i}"].to(self.device) for i in range(2)]
        self._entered = False
