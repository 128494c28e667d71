"""Faces: friendly cartoon portraits in colour, from ten known factors (the drawing is in face_drawing)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from playground.engine.datasets.base import Dataset
from playground.engine.datasets.cache import Arrays, Progress
from playground.engine.datasets.face_drawing import draw_face
from playground.engine.datasets.face_hair import HAIR_STYLES
from playground.engine.datasets.face_pen import HAIRS, IRISES, SCENES, SKINS, Face
from playground.engine.datasets.generated import generated_images

VERSION = 1  # raise it when the drawing changes: old caches are then left aside
MAX_TURN = 25.0  # degrees
GLASSES = 0.35  # share of faces that wear them

LABEL_NAMES = {
    "label": tuple(HAIR_STYLES),
    "skin": ("porcelain", "light", "tan", "olive", "brown", "deep"),
    "hair_colour": ("black", "brown", "red", "blond", "silver", "pink"),
    "eye_colour": ("brown", "green", "blue", "grey"),
    "glasses": ("without", "with"),
    "background": ("sky", "sand", "mint", "rose", "lilac", "mist"),
}


def load_faces(name: str, *, size: int, n: int, seed: int, progress: Progress | None = None) -> Dataset:
    """``n`` pictures (3, size, size). Labels: label (the hair style) and the other factors of :func:`face_factors`."""
    factors = face_factors(n, seed)
    data = generated_images(name, VERSION, {"size": size, "n": n, "seed": seed}, factors, render_faces, progress)
    data.label_names = dict(LABEL_NAMES)
    data.note = "Drawn by this program from ten known factors. No picture of a real person was used."
    return data


def face_factors(n: int, seed: int) -> Arrays:
    """Independent factors (n,). Whole numbers: label, skin, hair_colour, eye_colour, glasses, background.

    Continuous, float32: eye_size in [0.8, 1.2], mouth from -1 (frown) to 1 (open smile), brows from -1 (worried) to
    1 (stern), turn in degrees, -25 to 25, positive to the right of the picture.
    """
    rng = np.random.default_rng(seed)
    return {
        "label": rng.integers(len(HAIR_STYLES), size=n),
        "skin": rng.integers(len(SKINS), size=n),
        "hair_colour": rng.integers(len(HAIRS), size=n),
        "eye_colour": rng.integers(len(IRISES), size=n),
        "eye_size": rng.uniform(0.8, 1.2, n).astype(np.float32),
        "mouth": rng.uniform(-1, 1, n).astype(np.float32),
        "brows": rng.uniform(-1, 1, n).astype(np.float32),
        "glasses": (rng.random(n) < GLASSES).astype(np.int64),
        "turn": rng.uniform(-MAX_TURN, MAX_TURN, n).astype(np.float32),
        "background": rng.integers(len(SCENES), size=n),
    }


def render_faces(factors: Mapping[str, np.ndarray], size: int) -> np.ndarray:
    """Pictures uint8 (n, 3, size, size) of the factors of :func:`face_factors`: also for theory beside a model."""
    pictures = [np.asarray(draw_face(face, size)) for face in _faces(factors)]
    return np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2))


def _faces(factors: Mapping[str, np.ndarray]) -> list[Face]:
    plain = {name: values.tolist() for name, values in factors.items()}
    return [
        Face(
            style=plain["label"][i], skin=plain["skin"][i], hair=plain["hair_colour"][i], iris=plain["eye_colour"][i],
            eye_size=plain["eye_size"][i], mouth=plain["mouth"][i], brows=plain["brows"][i],
            glasses=bool(plain["glasses"][i]), turn=plain["turn"][i], scene=plain["background"][i],
        )
        for i in range(len(plain["label"]))
    ]  # fmt: skip
