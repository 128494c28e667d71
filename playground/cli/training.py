"""``train`` and ``resume``: a run from its first step to its last, with a progress bar; Ctrl-C keeps it."""

from __future__ import annotations

import argparse
import shlex
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.cli.console import Meter, Outcome, say
from playground.cli.errors import INTERRUPTED, OK, CommandError
from playground.cli.recipe import make_recipe
from playground.cli.running import POLL_S, failure, interrupts, session
from playground.cli.runs import find_run
from playground.engine import load_run, messages, model_on_board, runs_folder

if TYPE_CHECKING:
    from playground.engine import Session

MEAN_OF_LAST = 100  # steps behind the training scalars that are reported at the end


@dataclass
class Diary:
    """What the engine has said of a run so far."""

    started: messages.Started | None = None
    progress: messages.Progress | None = None
    monitored: messages.Monitored | None = None
    finished: messages.Finished | None = None
    recent: dict[str, list[float]] = field(default_factory=dict)

    def take(self, event: messages.Event) -> None:
        """Note an event. Raises CommandError when it says that training failed."""
        if isinstance(event, messages.Failed):
            raise failure(event)
        if isinstance(event, messages.Progress):
            self.progress = event
            for name, values in event.scalars.items():
                self.recent[name] = [*self.recent.get(name, []), *values[-MEAN_OF_LAST:].tolist()][-MEAN_OF_LAST:]
        elif isinstance(event, messages.Started):
            self.started = event
        elif isinstance(event, messages.Monitored):
            self.monitored = event
        elif isinstance(event, messages.Finished):
            self.finished = event

    def means(self) -> dict[str, float]:
        """Training scalars, averaged over the last steps."""
        return {name: sum(values) / len(values) for name, values in self.recent.items() if values}

    def note(self) -> str:
        """What stands behind the bar."""
        loss = self.means().get("loss")
        rate = f"{self.progress.steps_per_s:,.0f} steps/s" if self.progress and self.progress.steps_per_s else ""
        return " · ".join(part for part in (f"loss {loss:.4g}" if loss is not None else "", rate) if part)


def train(args: argparse.Namespace) -> Outcome:
    """``playground train FAMILY``."""
    recipe = make_recipe(args)
    folder = Path(args.out).expanduser() if args.out else None
    with session() as running:
        running.start(recipe, name=args.name, folder=folder)
        return _follow(running, f"{recipe.family} on {recipe.data}")


def resume(args: argparse.Namespace) -> Outcome:
    """``playground resume RUN``: train on, up to the run's own last step or to ``--steps``."""
    folder = find_run(args.target)
    run = load_run(folder)
    info = run.info()
    step = info.step
    if args.steps is not None and args.steps <= step:
        raise CommandError(f"The run is at step {step:,} already: --steps has to name a later one.")
    if run.fixed and max(args.steps or 0, info.total_steps) > step:
        anew = " Of the training before it has the weights alone: its optimizer starts anew." if model_on_board(run.name) else ""
        say(f"{run.name} is only read: a copy of it trains on, in {runs_folder()}.{anew}")
    with session() as running:
        running.open(folder, resume=args.steps is None)
        if args.steps is not None:
            running.apply_live("steps", args.steps)
            running.resume()
        outcome = _follow(running, f"{run.recipe.family} on {run.recipe.data}")
    if outcome.values["step"] == step and outcome.code == OK:
        outcome.notes.append(f"The run had ended at step {step:,}: --steps N says how far to go on.")
    return outcome


def _follow(running: Session, what: str) -> Outcome:
    """Wait for the end of training, showing progress; the first Ctrl-C asks for that end."""
    diary, stopping = Diary(), False
    with interrupts() as pressed, Meter(what, "steps") as meter:
        while diary.finished is None:
            time.sleep(POLL_S)
            if pressed.count and not stopping:
                stopping = True
                meter.log("Stopping after this step and saving. Ctrl-C again leaves at once.")
                running.stop()
            for event in running.poll():
                diary.take(event)
            if diary.progress is not None:
                meter.update(diary.progress.step, diary.progress.total_steps, diary.note())
    values = _summary(diary)
    if stopping:
        say(f"Stopped at step {values['step']:,}. To go on: playground resume {shlex.quote(values['folder'])}")
    return Outcome(values, _text(values), INTERRUPTED if values["status"] == "stopped" else OK)


def _summary(diary: Diary) -> dict[str, Any]:
    assert diary.started is not None and diary.finished is not None
    started, progress, finished = diary.started, diary.progress, diary.finished
    return {
        "run": finished.run_id, "folder": started.folder, "family": started.recipe["family"],
        "data": started.recipe["data"], "seed": started.recipe["seed"], "status": finished.reason,
        "step": finished.step, "total_steps": progress.total_steps if progress else started.total_steps,
        "seconds": finished.seconds,
        "steps_per_s": finished.step / finished.seconds if finished.seconds else None,
        "parameters": started.parameters, "device": started.device, "threads": started.threads,
        "config": started.recipe["config"],
        "training": diary.means(), "held_out": diary.monitored.scalars if diary.monitored else {},
        "held_out_step": diary.monitored.step if diary.monitored else None,
    }  # fmt: skip


def _text(values: dict[str, Any]) -> str:
    end = f"{values['status'].capitalize()} at step {values['step']:,}"
    lines = [f"{end} after {values['seconds']:.1f} s on {values['device']}."]
    lines += ["  mean of the last steps", *_number_lines(values["training"])]
    if values["held_out"]:
        lines += [f"  held out, at step {values['held_out_step']:,}", *_number_lines(values["held_out"])]
    return "\n".join([*lines, f"The run is in {values['folder']}"])


def _number_lines(numbers: dict[str, float]) -> list[str]:
    return [f"    {name.replace('_', ' '):<22}{value:>12.4f}" for name, value in numbers.items()]
