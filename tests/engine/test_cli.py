"""What can be typed, what comes out, and what is said of mistakes."""

from __future__ import annotations

import argparse
import html
import json
import os
import signal
import subprocess
import sys
import time
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from playground.__main__ import COMMANDS
from playground.cli import check, check_report, commands, console, main
from playground.cli.errors import CommandError
from playground.cli.parser import Parser
from playground.cli.recipe import CONFIG, add_flags, given, make_recipe
from playground.cli.runs import find_run
from playground.engine import DATASETS, FAMILIES, Config, Param, describe, field_types, load_run, params
from playground.engine.config import param
from playground.engine.runs import RunInfo

FLAGS = [(family, name) for family in FAMILIES for name in params(FAMILIES[family].config)]


@pytest.fixture(autouse=True)
def runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runs folder of its own for every test."""
    monkeypatch.setenv("PLAYGROUND_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("PLAYGROUND_DEBUG", raising=False)
    return tmp_path / "runs"


Run = Callable[..., tuple[int, str, str]]


def test_every_command_is_known_to_the_door() -> None:
    """``playground NAME`` opens a window unless the name is in this list, which is read before anything is imported."""
    action = next(a for a in commands.build()._actions if isinstance(a, argparse._SubParsersAction))
    assert set(action.choices) == set(COMMANDS)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command line; returns exit code, standard output and standard error, libraries and children included."""

    def command(*words: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([str(w) for w in words])
        return code, *capfd.readouterr()

    return command


def another_value(spec: Param, default: Any) -> Any:
    """A legal value that is not the default."""
    if spec.choices:
        return next(c for c in spec.choices if c != default)
    if isinstance(default, bool):
        return not default
    if isinstance(default, (int, float)):
        assert spec.lo is not None and spec.hi is not None
        kind = type(default)
        return next(v for v in (kind(spec.lo), kind(spec.hi)) if v != default)
    return "cpu"


# ---------------------------------------------------------------- hyper-parameters
@pytest.mark.parametrize(("family", "name"), FLAGS)
@pytest.mark.parametrize("dash", ["-", "_"])
def test_every_hyper_parameter_is_a_flag(family: str, name: str, dash: str) -> None:
    config = FAMILIES[family].config
    value = another_value(params(config)[name], getattr(config(), name))
    typed = {True: "on", False: "off"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    args = commands.parse(["train", family, "--" + name.replace("_", dash), typed])
    found = given(args, config, CONFIG)
    assert found == {name: value} and type(found[name]) is field_types(config)[name]


def test_help_has_every_hyper_parameter_in_its_own_words(run: Run) -> None:
    for family in FAMILIES.values():
        code, out, err = run("train", family.name, "--help")
        assert code == 0 and not err
        words = " ".join(out.split())
        for name, spec in params(family.config).items():
            assert f"--{name.replace('_', '-')} " in words
            assert " ".join(spec.describe().split()) in words
        for preset in family.presets:
            assert preset.title in words and preset.stated_time in words


@pytest.mark.parametrize("data", ["mnist", "moons", "ring8?std=0.05", "shapes"])
def test_defaults_are_those_of_the_data_set(data: str) -> None:
    family, spec = FAMILIES["vae"], describe(data)
    recipe = make_recipe(commands.parse(["train", "vae", "--data", data, "--seed", "5"]))
    assert recipe.config == family.default_config(spec.name, spec.kind)
    assert (recipe.data, recipe.seed, recipe.compute.device) == (data, 5, "auto")


def test_flags_go_over_the_preset() -> None:
    words = ["train", "vae", "--preset", "sharp", "--hidden=1e2", "--threads", "1", "--precision", "bf16"]
    recipe = make_recipe(commands.parse(words))
    preset = next(p for p in FAMILIES["vae"].presets if p.title == "Sharp digits")
    assert recipe.config == FAMILIES["vae"].config().replace(**{**preset.changes, "hidden": 100})
    assert (recipe.compute.threads, recipe.compute.precision) == (1, "bf16")


def test_a_preset_gives_way_to_what_was_typed(capsys: pytest.CaptureFixture[str]) -> None:
    """The preset warms up for 500 steps; ten steps are asked for. A clash that was typed itself stays an error."""
    assert make_recipe(commands.parse(["train", "vae", "--steps", "10"])).config.to_dict()["warm_up"] == 0
    assert "--warm-up is 0 here" in capsys.readouterr().err
    assert main(["train", "vae", "--steps", "10", "--warm-up", "20"]) == 2


def test_own_data_is_found_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mix.json").write_text('{"weights": [1], "means": [[0, 0]], "stds": [1]}')
    monkeypatch.chdir(tmp_path)
    assert make_recipe(commands.parse(["train", "vae", "--data", "mix.json"])).data == str(tmp_path / "mix.json")


@dataclass(frozen=True)
class Switched(Config):
    """No family has a switch yet; the first that does finds it working."""

    fast_mode: bool = param(False, label="Fast", help="Hurry.")


@pytest.mark.parametrize(("typed", "value"), [("on", True), ("No", False), ("1", True), ("maybe", "maybe")])
def test_switches(typed: str, value: object) -> None:
    parser = Parser()
    add_flags(parser, Switched, CONFIG)
    assert given(parser.parse_args(["--fast-mode", typed]), Switched, CONFIG) == {"fast_mode": value}


# ---------------------------------------------------------------- mistakes
MISTAKES = {
    "trian vae": "Did you mean train?",
    "train vea": "Did you mean vae?",
    "train vae --latnt-dim 3": "Did you mean --latent-dim?",
    "train vae --latent-dim many": "latent_dim: 'many' is not a whole number.",
    "train vae --latent-dim 2.5": "latent_dim: 2.5 is not a whole number.",
    "train vae --latent-dim 1000": "above the largest value allowed, 128",
    "train vae --network cnov": "is not one of auto, mlp, conv, linear",
    "train vae --data mnits": "Did you mean mnist",
    "train vae --data nowhere/x.npz": "nowhere/x.npz",
    "train vae --data moons?niose=1": "noise",
    "train vae --preset sharpp": "Did you mean Sharp digits?",
    "train vae --seed -1": "is not a whole number from 0",
    "train vae --steps": "Argument --steps: expected one argument.",
    "train vae --device tpu --data moons": "There is no device 'tpu' here.",
    "train vae --precision fp16 --device cpu --data moons": "cannot train in fp16",
    "train vae --recipe nothing.png": "There is no file nothing.png.",
    "sample nosuch --out a.png": "There is no run 'nosuch'",
    "sample . --out a.png": "is not a run: it has no run.json",
    "sample nosuch --out a.bmp": "should end in .png or .npz",
    "interpolate nosuch --out a.avi": "should end in .png, .gif or .mp4",
    "interpolate nosuch --out a.png --from 1 2 --to 3": "equally many",
    "data show nosuch": "There is no data set called 'nosuch'",
    "data show moons --out a.jpg": "should end in .png",
    "resume nosuch": "See playground runs.",
    "": "required",
}


@pytest.mark.parametrize("words", MISTAKES)
def test_mistakes_are_answered_with_one_sentence(words: str, run: Run) -> None:
    code, out, err = run(*words.split())
    assert code == 2 and out == ""
    assert MISTAKES[words] in err and err.startswith("playground: ") and err.rstrip().endswith((".", "?"))
    assert len(err.strip().splitlines()) == 1, err


@pytest.mark.parametrize("words", ["trian --json", "evaluate nosuch --json"])
def test_mistakes_in_json(words: str, run: Run) -> None:
    code, out, err = run(*words.split())
    assert code == 2
    assert err == f"playground: {json.loads(out)['error']}\n"


def test_a_bug_is_a_sentence_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise IndexError("list index\nout of range")

    monkeypatch.setattr("playground.cli.runs.list_all", broken)
    code, out, err = run("runs")
    assert code == 1 and out == "" and err.count("\n") == 1 and "IndexError: list index out of range" in err
    monkeypatch.setenv("PLAYGROUND_DEBUG", "1")
    with pytest.raises(IndexError):
        main(["runs"])


# ---------------------------------------------------------------- standard output
def test_json_is_alone_on_standard_output(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def chatty(_: object) -> console.Outcome:
        print("from Python")
        os.write(1, b"from a library\n")
        subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
        return console.Outcome({"nan": float("nan"), "inf": [float("inf"), 1.5], "path": Path("x"), "text": "größe"})

    monkeypatch.setattr("playground.cli.runs.list_all", chatty)
    code, out, err = run("runs", "--json")
    assert code == 0 and json.loads(out) == {"nan": None, "inf": [None, 1.5], "path": "x", "text": "größe"}
    assert all(words in err for words in ("from Python", "from a library", "from a child"))


def test_version(run: Run) -> None:
    code, out, _ = run("--version")
    assert code == 0 and out.startswith("Generative Playground ")


# ---------------------------------------------------------------- data, runs, bench
def test_data_list(run: Run) -> None:
    code, out, _ = run("data", "list", "--json")
    assert code == 0
    assert {d["name"]: d["kind"] for d in json.loads(out)["data"]} == {d.name: d.kind for d in DATASETS.values()}
    assert all(name in run("data", "list")[1] for name in DATASETS)


def test_data_show(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("data", "show", "moons", "--json", "--out", tmp_path / "moons.png")
    facts = json.loads(out)
    assert code == 0 and (tmp_path / "moons.png").stat().st_size > 1000
    assert facts["kind"] == "points" and facts["shape"] == [2]
    assert facts["entropy"] == pytest.approx(2.3939, abs=1e-3)  # ../shared/design: FFJORD's moons
    assert "entropy 2.39" in run("data", "show", "moons")[1]


def test_no_runs_yet(run: Run, runs_folder: Path) -> None:
    assert run("runs")[1] == f"There are no runs in {runs_folder} yet.\n"


def test_an_exact_name_beats_the_beginning_of_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    infos = [
        RunInfo(tmp_path / i, i, name) for i, name in (("2026-1", "digits"), ("2026-1b", "digits two"), ("x", "2026-1"))
    ]
    monkeypatch.setattr("playground.cli.runs.list_runs", lambda: infos[:2])
    assert find_run("digits") == find_run("2026-1") == tmp_path / "2026-1"
    assert find_run("Digits T") == tmp_path / "2026-1b"
    monkeypatch.setattr("playground.cli.runs.list_runs", lambda: infos)
    with pytest.raises(CommandError, match="'2026-1' could be 2026-1/digits or x/2026-1"):
        find_run("2026-1")


def test_bench_shows_what_the_benchmark_measured(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = types.SimpleNamespace(main=lambda seconds, family: {"ratio": 0.97, "seconds": seconds, "family": family})
    monkeypatch.setitem(sys.modules, "playground.bench", measured)  # type: ignore[arg-type]
    code, out, _ = run("bench", "--seconds", "2", "--json")
    assert code == 0 and json.loads(out) == {"ratio": 0.97, "seconds": 2.0, "family": "vae"}


# ---------------------------------------------------------------- the self-check
def test_check(run: Run, runs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    code, out, _ = run("check", "--json")
    report = json.loads(out)
    found = {c["name"]: c for c in report["checks"]}
    assert code == 0 and report["ok"]
    assert next(iter(found)) == "versions" and {"training on cpu", "storage", "window"} <= set(found)
    assert 0 < found["training on cpu"]["step_ms"] < 10_000 and "fp32" in found["training on cpu"]["precisions"]
    assert found["storage"]["status"] == "ok" and found["storage"]["folder"] == str(runs_folder)
    assert not list(runs_folder.iterdir())  # it leaves nothing behind


def test_check_fails_where_no_run_can_be_written(run: Run, runs_folder: Path) -> None:
    runs_folder.write_text("a file is in the way")
    code, out, _ = run("check", "--steps", 1)
    assert code == 1 and "1 of 4 checks failed" in out and "cannot be written" in out


@pytest.mark.parametrize("ending", ["json", "html"])
def test_check_writes_a_report_that_can_be_sent(
    run: Run, runs_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(check, "_window_system", lambda: check.Finding("window", "failed", "No <display> & no plugin"))
    target = tmp_path / "new folder" / f"report.{ending}"
    code, _, err = run("check", "--steps", 1, "--report", target)
    text = target.read_text(encoding="utf-8")
    assert code == 1 and f"Written: {target}. Send this file to" in err
    assert check_report.SEND in text and check_report.HOLDS in text and not list(target.parent.glob(".*"))
    if ending == "json":
        report = json.loads(text)
        assert report["format"] == check_report.FORMAT and not report["ok"]
        assert [c["name"] for c in report["checks"] if c["status"] == "failed"] == ["window"]
    else:
        assert "<h1>1 of 4 checks failed</h1>" in text and "No &lt;display&gt; &amp; no plugin" in text
        assert html.escape(check_report.advice_for("window")) in text and check_report.ADVICE["storage"] not in text


def test_check_knows_its_report_before_it_checks(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_checks", lambda steps: pytest.fail("it has checked"))
    (tmp_path / "a.html").mkdir()
    for name, words in (("report.txt", "should end in .html or .json"), ("a.html", "is a folder")):
        code, _, err = run("check", "--report", tmp_path / name)
        assert code == 2 and words in err


# ---------------------------------------------------------------- Ctrl-C
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one child alone")
def test_ctrl_c_keeps_the_run(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "kept run"
    words = ["train", "vae", "--data", "moons", "--steps", "1000000", "--warm-up", "0", "--out", str(folder), "--json"]
    child = subprocess.Popen(
        [sys.executable, "-m", "playground.cli", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while not (folder / "checkpoint.json").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(1)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    values = json.loads(out)
    assert child.returncode == 130 and values["status"] == "stopped" and values["step"] > 0
    assert f"playground resume '{folder}'" in err and "Traceback" not in err
    assert load_run(folder).info().step == values["step"]
    code, out, _ = run("resume", folder, "--steps", values["step"] + 5, "--json")
    assert code == 0, out
    assert json.loads(out)["step"] == values["step"] + 5
