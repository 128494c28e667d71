"""``playground compare`` from the words typed to the files written."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from playground.cli import commands, main
from playground.cli.compare import budget, figure_text
from playground.engine import FAMILIES, Compute, Recipe, Session, list_comparisons
from playground.engine import messages as m
from playground.engine.compare import conductor
from playground.engine.report_card import followed

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLAYGROUND_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("PLAYGROUND_DEBUG", raising=False)
    monkeypatch.setattr(followed, "POINTS", 60)
    monkeypatch.setattr(conductor, "EFFORT", 0.02)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def command(*words: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([str(w) for w in words])
        return code, *capfd.readouterr()

    return command


@pytest.mark.parametrize(("text", "seconds"), [("60s", 60), ("60", 60), ("1.5min", 90), ("2 m", 120), ("1h", 3600)])
def test_budgets(text: str, seconds: float) -> None:
    assert budget(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "-3s", "0", "1e9h", "99999h", "ten"])
def test_no_budgets(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        budget(text)


def test_what_is_typed() -> None:
    args = commands.parse(["compare", "--data", "ring8", "--budget", "2min", "--seeds", "3", "--families", "vae", "gan"])
    assert (args.data, args.budget, args.seeds, args.families, args.runs) == ("ring8", 120, 3, ["vae", "gan"], [])


@pytest.mark.parametrize("words", [
    (), ("nothing-of-the-kind", "another"), ("--data", "ringg8"), ("--data", "ring8", "--families", "gin"),
    ("--data", "ring8", "--report", "out.pdf"), ("--data", "ring8", "--numbers", "out.xls"),
    ("--data", "ring8", "--budget", "soon"),
    ("a", "b", "--seeds", "2"),
])  # fmt: skip
def test_mistakes_are_told_in_one_sentence(run: Run, words: tuple[str, ...]) -> None:
    code, out, err = run("compare", *words)
    assert code == 2 and not out and err.startswith("playground: ") and err.strip().count("\n") == 0


def test_a_figure_on_a_line() -> None:
    nan = float("nan")
    assert figure_text(m.Figure("k", "l", "nats", "low", (0.5,), 0.5, nan, error=0.01, floor=0.1)) == "0.5 ± 0.01 nats (real 0.1)"
    assert figure_text(m.Figure("k", "l", "", "", (1.0, 3.0), 2000.0, 1.4, error=9.0)) == "2,000 ± 1.4"
    assert figure_text(m.Figure("k", "l", "", "", (), nan, nan, text="none")) == "none"


def trained(folder: Path, family: str) -> None:
    small = {"hidden": 8, "layers": 1, "batch_size": 16, "steps": 30}
    config = FAMILIES[family].default_config("ring8", "points").replace(**small, **({"warm_up": 0} if family == "vae" else {}))
    session = Session()
    session.start(Recipe(family, "ring8", config, 0, Compute(device="cpu", threads=1)), folder=folder, name=family.upper())
    while not any(isinstance(e, m.Finished) for e in session.poll()):
        pass
    assert session.close(30)


def test_runs_are_compared_and_the_comparison_seen_again(run: Run, tmp_path: Path) -> None:
    for family in ("vae", "gan"):
        trained(tmp_path / "runs" / family, family)
    report, numbers = tmp_path / "report.html", tmp_path / "numbers.csv"
    code, out, err = run("compare", "VAE", "GAN", "--json", "--out", tmp_path / "c", "--report", report, "--numbers", numbers)
    assert code == 0, err
    values = json.loads(out)
    assert [c["title"] for c in values["columns"]] == ["VAE", "GAN"] and values["status"] == "finished"
    assert [r["step"] for r in values["runs"]] == [30, 30] and values["report"] == str(report.resolve())
    assert report.read_text("utf-8").startswith("<!doctype html>") and numbers.read_text("utf-8").startswith("aspect,")
    code, out, err = run("compare", tmp_path / "c")
    assert code == 0 and "Training" in out and "JS(data, model)" in out and "c" in err
    code, _, err = run("compare", tmp_path / "c", "--seeds", 2)
    assert code == 2 and "plan already" in err


def test_a_budget_trains_families(run: Run, tmp_path: Path) -> None:
    code, out, err = run("compare", "--data", "ring8", "--budget", "0.3s", "--families", "vae", "--seeds", 2, "--json")
    assert code == 0, err
    values = json.loads(out)
    assert [r["seed"] for r in values["runs"]] == [0, 1] and all(r["step"] >= 20 for r in values["runs"])
    assert values["plan"]["seconds"] == 0.3 and "None" not in str(values["cells"][0]["textbook"])
    assert [i.comparison_id for i in list_comparisons()] == [values["comparison"]]
