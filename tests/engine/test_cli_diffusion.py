"""Diffusion models on the command line alone: trained, filmed, drawn from, measured, asked for log p, walked through."""

from __future__ import annotations

import json
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from playground.cli import main, running
from playground.cli.chain import evenly
from playground.cli.log_prob import checked
from playground.engine import load_run, messages, read_recipe
from playground.engine.export import KEYWORD

STEPS, TIMESTEPS = 30, 40
SMALL = (
    "--hidden", "16", "--layers", "1", "--channels", "4", "--patch", "4", "--threads", "1", "--batch-size", "32",
    "--steps", str(STEPS), "--num-timesteps", str(TIMESTEPS), "--num-steps", "5",
)  # fmt: skip


def answer(capfd: pytest.CaptureFixture[str], *words: object, code: int = 0) -> dict[str, Any]:
    """The one JSON object that a command prints."""
    capfd.readouterr()
    assert main([*map(str, words), "--json"]) == code
    values: dict[str, Any] = json.loads(capfd.readouterr().out)
    return values


@pytest.fixture(autouse=True, scope="module")
def _folders(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_RUNS", str(tmp_path_factory.mktemp("runs")))
        yield


@pytest.fixture(scope="module")
def on_points(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two round Gaussians, so that log p is known; a sampler with noise on the way."""
    folder = tmp_path_factory.mktemp("diffusion")
    (folder / "two.json").write_text(json.dumps({"weights": [1, 1], "means": [[-2, 0], [2, 0]], "stds": [0.5, 0.5]}))
    words = ["train", "diffusion", "--data", str(folder / "two.json"), "--sampler", "ddim", "--out", str(folder / "points")]
    assert main([*words, *SMALL]) == 0
    return folder / "points"


@pytest.fixture(scope="module")
def on_pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Digits, with their classes told."""
    folder = tmp_path_factory.mktemp("diffusion") / "pictures"
    words = ["train", "diffusion", "--data", "mnist", "--preset", "with guidance", "--out", str(folder)]
    assert main([*words, *SMALL]) == 0
    return folder


@pytest.fixture(scope="module")
def a_vae(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vae") / "run"
    assert main(["train", "vae", "--data", "moons", "--steps", "2", "--hidden", "16", "--threads", "1", "--out", str(folder)]) == 0
    return folder


def drawn(capfd: pytest.CaptureFixture[str], run: Path, *words: object) -> np.ndarray:
    answer(capfd, "sample", run, "-n", 4, "--out", run / "x.npz", *words)
    with np.load(run / "x.npz") as arrays:
        x: np.ndarray = arrays["x"]
        return x


# ---------------------------------------------------------------- train
def test_what_was_typed_is_what_was_trained(on_pictures: Path) -> None:
    config: Any = load_run(on_pictures).recipe.config
    assert config.class_dropout == 0.1, "the preset's"
    assert (config.num_timesteps, config.num_steps, config.channels, config.patch) == (TIMESTEPS, 5, 4, 4)


def test_a_command_ends_after_the_threads_that_compute() -> None:
    """The first look of the monitor takes long on large pictures; Python aborts when it ends beside a thread inside torch."""
    slow = threading.Thread(target=time.sleep, args=(0.7,), name="explorer of a run")
    with running.session():
        slow.start()
    assert not slow.is_alive()


# ---------------------------------------------------------------- sample
def test_the_samplers_flags_reach_the_sampler(on_points: Path, capfd: pytest.CaptureFixture[str]) -> None:
    own = drawn(capfd, on_points)
    np.testing.assert_array_equal(own, drawn(capfd, on_points, "--sampler", "ddim", "--num-steps", 5, "--eta", 0))
    for other in (("--sampler", "heun"), ("--num-steps", 7), ("--eta", 1), ("--ideal",)):
        assert not np.array_equal(own, drawn(capfd, on_points, *other)), other


def test_a_class_and_its_guidance_reach_the_network(on_pictures: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = [drawn(capfd, on_pictures, *w) for w in ((), ("--label", 3), ("--label", 3, "--guidance-scale", 9))]
    assert all(not np.array_equal(rows[i], rows[j]) for i, j in ((0, 1), (0, 2), (1, 2)))


def test_the_recipe_of_a_picture_tells_the_sampler(on_points: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    answer(capfd, "sample", on_points, "-n", 4, "--out", tmp_path / "own.png")
    assert read_recipe(tmp_path / "own.png") == load_run(on_points).recipe
    values = answer(capfd, "sample", on_points, "-n", 4, "--out", tmp_path / "x.png", "--sampler", "heun", "--num-steps", 9)
    config: Any = read_recipe(tmp_path / "x.png").config
    assert (config.sampler, config.num_steps) == ("heun", 9) == (values["sampler"], values["num_steps"])


# ---------------------------------------------------------------- chain
def test_a_film_of_points(on_points: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ("--show", "x_t,x0_pred,eps_pred,mean,noise", "--sampler", "ddpm", "--num-steps", 6, "--fps", 10, "--n", 20)
    values = answer(capfd, "chain", on_points, "--out", tmp_path / "a.gif", *words)
    assert (values["frames"], values["steps"], values["nfe"], values["n"]) == (7, 6, 6, 20)
    with Image.open(tmp_path / "a.gif") as film:
        assert film.size[0] >= 5 * 300, "five panes beside each other"
        shots = [f.copy().convert("RGB") for f in ImageSequence.Iterator(film)]
        lasting = sum(f.info["duration"] for f in ImageSequence.Iterator(film))
    assert lasting == 700 + 1000, "seven frames, and the end stands for a second"
    assert any(a.tobytes() != b.tobytes() for a, b in pairwise(shots))
    assert read_recipe(tmp_path / "a.gif").config == load_run(on_points).recipe.config.replace(sampler="ddpm", num_steps=6)


def test_points_move_over_axes_that_stand(on_points: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The blue of real data is where it was, in every frame in which no point of the model hides it."""
    answer(capfd, "chain", on_points, "--out", tmp_path / "f", "--show", "x_t", "--n", 1)
    first, *others = (np.asarray(Image.open(p))[30:] for p in sorted((tmp_path / "f").iterdir()))
    blue = (first[..., 2] > 180) & (first[..., 0] < 110)
    assert blue.sum() > 200
    for other in others:
        assert ((other[blue] == first[blue]).all(-1)).mean() > 0.95


def test_a_film_of_pictures_carries_its_recipe(on_pictures: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    answer(capfd, "chain", on_pictures, "--out", tmp_path / "a.mp4", "--n", 4, "--label", 3, "--guidance-scale", 2)
    assert read_recipe(tmp_path / "a.mp4").config == load_run(on_pictures).recipe.config.replace(guidance_scale=2)


def test_numbered_pictures(on_pictures: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "frames"
    values = answer(capfd, "chain", on_pictures, "--out", f"{out}/", "--num-steps", 8, "--frames", 4, "--n", 4, "--show", "x0_pred")
    assert values["frames"] == 4 and values["steps"] == 8
    assert [p.name for p in sorted(out.iterdir())] == ["0000.png", "0001.png", "0002.png", "0003.png"]
    assert [p.name for p in tmp_path.iterdir()] == ["frames"], "nothing is left beside it"
    with Image.open(out / "0003.png") as last:
        assert KEYWORD in last.info and last.mode == "L"
    assert "not empty" in answer(capfd, "chain", on_pictures, "--out", out, code=2)["error"]


def test_a_chain_that_fails_leaves_no_folder(
    on_pictures: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *_: object, **__: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("playground.cli.chain.write_picture", full)
    assert "No space left" in answer(capfd, "chain", on_pictures, "--out", f"{tmp_path}/f/", "--n", 1, code=1)["error"]
    assert not list(tmp_path.iterdir())


def test_the_end_of_a_strip_is_the_sample(on_pictures: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """One item: the last pane of the row x_t is the picture that ``sample`` draws from the same seed, enlarged."""
    answer(capfd, "chain", on_pictures, "--out", tmp_path / "s.png", "--n", 1, "--seed", 5, "--frames", 3)
    answer(capfd, "sample", on_pictures, "--out", tmp_path / "x.npz", "-n", 1, "--seed", 5)
    sheet = np.asarray(Image.open(tmp_path / "s.png"))
    with np.load(tmp_path / "x.npz") as arrays:
        x = arrays["x"][0]
    side = 28 * 5
    assert sheet.shape == (2 * (side + 22) + 4, 3 * side + 2 * 4), "two rows of three captioned panes"
    np.testing.assert_array_equal(sheet[22 : 22 + side : 5, -side::5], x)


def test_frames_are_spread_evenly_with_both_ends() -> None:
    assert evenly(1000, 3) == {0, 500, 1000} and evenly(4, 99) == {0, 1, 2, 3, 4} and evenly(10, 1) == {10}


# ---------------------------------------------------------------- log-prob
@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("x") / "points.npy"
    np.save(path, np.array([[-2.0, 0.0], [2.5, 0.0], [0.0, 0.0]]))
    return path


def test_log_p_beside_the_truth(on_points: Path, points: Path, capfd: pytest.CaptureFixture[str]) -> None:
    values = answer(capfd, "log-prob", on_points, points)
    peak = -np.log(2 * np.pi * 0.25) - np.log(2)  # of one Gaussian of weight a half
    saddle = -np.log(2 * np.pi * 0.25) - 8  # both Gaussians, four deviations away
    assert values["true"] == pytest.approx([peak, peak - 0.5, saddle], abs=1e-3)
    assert values["exact"] and not values["is_lower_bound"] and len(values["error"]) == 3
    assert values["mean"] == pytest.approx(np.mean(values["log_p"]))
    assert values["mean_true"] == pytest.approx(np.mean(values["true"]))
    difference = np.subtract(values["log_p"], values["true"])
    assert values["mean_difference"] == pytest.approx(difference.mean())
    assert values["mean_difference_se"] == pytest.approx(difference.std(ddof=1) / 3**0.5)


def test_the_bound_lies_below(on_points: Path, points: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bound, exact = (answer(capfd, "log-prob", on_points, points, "--method", method) for method in ("bound", "ode"))
    assert bound["is_lower_bound"] and not bound["exact"]
    assert bound["mean"] < exact["mean"]


def test_parts_of_a_file_are_joined(
    on_points: Path, points: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = answer(capfd, "log-prob", on_points, points)
    monkeypatch.setattr("playground.cli.log_prob.POINTS", 2)
    assert answer(capfd, "log-prob", on_points, points)["log_p"] == pytest.approx(whole["log_p"], abs=1e-4)


def test_log_p_of_samples(on_pictures: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    answer(capfd, "sample", on_pictures, "--out", tmp_path / "x.npz", "-n", 2)
    values = answer(capfd, "log-prob", on_pictures, tmp_path / "x.npz")
    assert values["n"] == 2 and "true" not in values and not values["exact"] and min(values["error"]) > 0


def test_log_p_for_people(on_points: Path, points: Path, capfd: pytest.CaptureFixture[str]) -> None:
    values = answer(capfd, "log-prob", on_points, points)
    assert main(["log-prob", str(on_points), str(points)]) == 0
    said = " ".join(capfd.readouterr().out.split())
    assert "nats" in said and f"{values['mean']:.4f} ± {values['mean_se']:.4f}" in said and f"{values['true'][2]:.4f}" in said


def test_pictures_may_lie_in_a_file_in_several_ways() -> None:
    grey = np.arange(2 * 12, dtype=np.uint8).reshape(2, 3, 4)
    example = np.zeros((3, 4), np.uint8)
    expected = grey[:, None].astype(np.float32) / 127.5 - 1
    for x in (grey, grey[:, None], grey[..., None], grey.astype(np.int64), expected[:, 0].astype(np.float64)):
        np.testing.assert_allclose(checked("x", x, example), expected, atol=1e-6)
    colour = np.arange(2 * 36, dtype=np.uint8).reshape(2, 3, 4, 3)
    first = checked("x", colour, np.zeros((3, 4, 3), np.uint8))
    assert first.shape == (2, 3, 3, 4)
    np.testing.assert_allclose(first[1, 2, 0], colour[1, 0, :, 2] / 127.5 - 1, atol=1e-6)
    np.testing.assert_array_equal(first, checked("x", colour.transpose(0, 3, 1, 2), np.zeros((3, 4, 3), np.uint8)))


FILES = {
    "shape": (np.zeros((5, 3)), "holds an array of shape (5, 3); this model takes (N, 2), one item a row."),
    "flat": (np.zeros(2), "holds an array of shape (2,); this model takes (N, 2)"),
    "scalar": (np.float64(1), "holds an array of shape (); this model takes (N, 2)"),
    "empty": (np.zeros((0, 2)), "holds no items: its shape is (0, 2)."),
    "nan": (np.array([[0.0, 1.0], [0.0, np.nan]]), "not finite, in row 1."),
    "text": (np.array([["a", "b"]]), "of type <U1, not of numbers."),
    "objects": (np.array([[{}, {}]], object), "holds Python objects (a pickle), which could run a program"),
}


@pytest.mark.parametrize("kind", FILES)
def test_files_that_cannot_be_asked_about(kind: str, on_points: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    array, sentence = FILES[kind]
    np.save(tmp_path / "x.npy", np.asarray(array), allow_pickle=True)
    error = answer(capfd, "log-prob", on_points, tmp_path / "x.npy", code=2)["error"]
    assert error.startswith("x.npy ") and sentence in error and "\n" not in error


@pytest.mark.parametrize(("value", "kind"), [(300, np.int64), (1.5, np.float32)])
def test_pictures_of_other_ranges_are_refused(value: float, kind: Any) -> None:
    from playground.cli.errors import CommandError

    with pytest.raises(CommandError, match="x has values from"):
        checked("x", np.full((1, 3, 4), value, kind), np.zeros((3, 4), np.uint8))


# ---------------------------------------------------------------- evaluate, interpolate
def test_points_are_measured(on_points: Path, capfd: pytest.CaptureFixture[str]) -> None:
    n = answer(capfd, "evaluate", on_points, "--n", 200)
    assert n["entropy"] == pytest.approx(1 + np.log(2 * np.pi * 0.25) + np.log(2), abs=2e-3)
    assert n["nll"] > n["entropy"] - 4 * n["nll_se"] and n["bound"] > n["nll"], "Gibbs' inequality; Ho et al. 2020, eq. 5"
    assert n["kl_data_model"] > 0 and n["num_modes"] == 2 and 0 <= n["modes"] <= 2 and n["reverse_kl_floor"] > 0
    assert 0 <= n["high_quality"] <= 1 and n["nfe"] == 5 and "nll_bits_per_dim" not in n


def test_pictures_are_measured(on_pictures: Path, capfd: pytest.CaptureFixture[str]) -> None:
    n = answer(capfd, "evaluate", on_pictures, "--n", 20)
    assert n["nll_bits_per_dim"] == pytest.approx(n["nll"] / np.log(2) / 784) and n["nll_is_upper_bound"]
    assert n["num_modes"] == 10 and "entropy" not in n and "kl_data_model" not in n
    assert n["nfe"] == 2 * 5, "with guidance the network is asked twice a step"


@pytest.mark.parametrize("kind", ["points", "pictures"])
def test_paths_between_noises(kind: str, request: pytest.FixtureRequest, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run: Path = request.getfixturevalue(f"on_{kind}")
    values = answer(capfd, "interpolate", run, "--out", tmp_path / "a.png", "--pairs", 3, "--frames", 4)
    assert values["path"] == "slerp" and values["pairs"] == []
    assert Image.open(tmp_path / "a.png").size[0] > 100 and read_recipe(tmp_path / "a.png").family == "diffusion"
    answer(capfd, "interpolate", run, "--out", tmp_path / "b.png", "--pairs", 3, "--frames", 4, "--seed", 1)
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()


def test_a_noise_has_as_many_numbers_as_an_item(
    on_pictures: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def listening(session: Any, request: messages.Request, *words: str) -> Any:
        asked.append(request)
        return running.ask(session, request, *words)

    monkeypatch.setattr("playground.cli.models.ask", listening)
    answer(capfd, "interpolate", on_pictures, "--out", tmp_path / "a.png", "--pairs", 3, "--frames", 2)
    assert asked[-1].a.shape == asked[-1].b.shape == (3, 28 * 28)


def test_paths_between_items(on_points: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for start, name in ((3, "a"), (5, "b")):
        out = tmp_path / f"{name}.png"
        values = answer(capfd, "interpolate", on_points, "--out", out, "--from", start, "--to", 4, "--frames", 4)
        assert values["pairs"] == [[start, 4]]
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()
    values = answer(capfd, "interpolate", on_points, "--out", tmp_path / "a.gif", "--between", "items", "--pairs", 2, "--frames", 3)
    assert len(values["pairs"]) == 2


# ---------------------------------------------------------------- another family with a chain
@pytest.fixture(scope="module")
def in_four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that draws four large steps, and has no sampler to choose."""
    folder = tmp_path_factory.mktemp("ddgan") / "points"
    sizes = ("--hidden", "16", "--layers", "1", "--threads", "1", "--batch-size", "32", "--steps", str(STEPS))
    assert main(["train", "ddgan", "--data", "moons", "--out", str(folder), *sizes]) == 0
    return folder


def test_a_chain_of_another_family(in_four: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    values = answer(capfd, "chain", in_four, "--out", tmp_path / "a.gif", "--n", 20)
    assert (values["frames"], values["steps"], values["nfe"]) == (5, 4, 4) and "sampler" not in values and "ideal" not in values
    with Image.open(tmp_path / "a.gif") as film:
        pixels = np.asarray(film.convert("RGB")).astype(int)
    pink = (np.abs(pixels - np.array([238, 127, 174])) < 30).all(-1)
    assert pink.sum() > 20, "points of the model in the colour of the hybrids"
    assert answer(capfd, "sample", in_four, "-n", 5, "--out", tmp_path / "x.npz")["shape"] == [5, 2]
    with np.load(tmp_path / "x.npz") as arrays:
        assert arrays["z"].shape == (5, 4 * (2 + 2)), "all the noise behind an item"
    values = answer(capfd, "interpolate", in_four, "--out", tmp_path / "p.png", "--between", "noises", "--pairs", 2, "--frames", 3)
    assert values["pairs"] == [] or len(values["pairs"]) == 2


@pytest.mark.parametrize(("words", "said"), [
    ("--num-steps 2", "--num-steps belongs to diffusion models"), ("--ideal", "--ideal belongs to diffusion models"),
    ("--label 1", "--label belongs to diffusion models"), ("--show latent", "there is no latent"),
])  # fmt: skip
def test_what_it_lacks_cannot_be_asked_of_it(
    words: str, said: str, in_four: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    error = answer(capfd, "chain", in_four, "--out", tmp_path / "a.gif", *words.split(), code=2)["error"]
    assert said in error and not list(tmp_path.iterdir())


# ---------------------------------------------------------------- mistakes
MISTAKES = {
    "sample POINTS --out a.png --label 1": "was told no classes",
    "sample PICTURES --out a.png --label 10": "from 0 to 9",
    "sample PICTURES --out a.png --label 1 --ideal": "leave out --label",
    "sample POINTS --out a.png --guidance-scale 3": "was told none",
    "sample POINTS --out a.png --sampler heum": "is not one of ddim, ddpm",
    "sample POINTS --out a.png --num-steps 41": "only 40 timesteps",
    "sample POINTS --out a.png --num-steps few": "is not a whole number",
    "sample POINTS --out a.png --eta 1.5": "above the largest value allowed, 1",
    "sample POINTS --out a.png --sampler heun --eta 0": "a setting of ddim alone",
    "sample VAE --out a.png --num-steps 9": "--num-steps belongs to diffusion models",
    "sample VAE --out a.png --ideal": "--ideal belongs to diffusion models",
    "chain VAE --out a.gif": "of the family vae",
    "chain POINTS --out a.avi": "should end in .gif, .mp4 or .png",
    "chain POINTS --out a.gif --show x_t,noize": "Did you mean noise?",
    "chain POINTS --out a.gif --fps 0": "frames per second above 0",
    "chain POINTS": "--out",
    "log-prob VAE x.npy": "of the family vae",
    "log-prob POINTS nothing.npy": "nothing.npy was not found",
    "log-prob POINTS .": "is a folder",
    "log-prob POINTS x.npy --method exact": "There are: ode, bound.",
    "interpolate POINTS --out a.png --from 1 --to 2 --between noises": "name items",
}


@pytest.mark.parametrize("words", MISTAKES)
def test_mistakes_are_answered_with_one_sentence(
    words: str, on_points: Path, on_pictures: Path, a_vae: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    runs = {"POINTS": on_points, "PICTURES": on_pictures, "VAE": a_vae}
    error = answer(capfd, *(runs.get(word, word) for word in words.split()), code=2)["error"]
    assert MISTAKES[words] in error and "\n" not in error and error.endswith((".", "?"))
    assert not list(tmp_path.iterdir()), "nothing is written"


FLAGS = ("--sampler {ddim,ddpm,", "--num-steps N", "--eta X", "--guidance-scale X", "--label K", "--ideal", "arXiv:2010.02502")


def test_help_tells_all_of_a_sampler(capfd: pytest.CaptureFixture[str]) -> None:
    for command in ("chain", "sample"):
        assert main([command, "--help"]) == 0
        said = " ".join(capfd.readouterr().out.split())
        assert [words for words in FLAGS if words not in said] == []
