"""The figures of the unified view: which number of a report card stands in which row, and what it means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.engine.messages import Figure

ROUNDING = 1e-12  # relative: a spread as small as that is none
Numbers = dict[str, Any]  # of one run, as measured; of a failed one nothing


@dataclass(frozen=True)
class Spec:
    """Where a figure comes from: ``key`` in the numbers, ``key``_error, ``key``_floor and ``key``_floor_sd beside it, unless named
    otherwise. ``scale``: times the number as it is measured. ``kind``: of the data, "" for all.
    """

    key: str
    label: str
    better: str = ""
    unit: str = ""
    help: str = ""
    evidence: tuple[str, ...] = ()
    kind: str = ""
    floor: str = ""
    scale: float = 1.0

    def figure(self, runs: Sequence[Numbers]) -> Figure | None:
        """Over runs of one recipe, one a seed; None if none of them has the number."""
        values = tuple(_number(run, self.key) * self.scale for run in runs)
        if not any(math.isfinite(v) for v in values):
            return None
        floor = self.floor or f"{self.key}_floor"
        unit = self.unit if self.unit != "x" else next((str(r["unit"]) for r in runs if "unit" in r), "")
        return Figure(
            self.key, self.label, unit, self.better, values, _mean(values), _spread(values),
            error=_mean([_number(r, f"{self.key}_error") * self.scale for r in runs]),
            floor=_mean([_number(r, floor) * self.scale for r in runs]),
            floor_sd=_mean([_number(r, f"{self.key}_floor_sd") * self.scale for r in runs]), help=self.help, evidence=self.evidence,
        )  # fmt: skip


def _number(run: Numbers, key: str) -> float:
    value = run.get(key)
    return float(value) if isinstance(value, (int, float)) and value is not None else math.nan


def _mean(values: Sequence[float]) -> float:
    finite = [v for v in values if math.isfinite(v)]
    return float(np.mean(finite)) if finite else math.nan


def _spread(values: Sequence[float]) -> float:
    finite = [v for v in values if math.isfinite(v)]
    if len(finite) < 2:
        return math.nan
    found = float(np.std(finite, ddof=1))
    return found if found > ROUNDING * abs(float(np.mean(finite))) else 0.0


BOTH = ("samples", "real")
QUALITY_CURVE = ("quality_curve",)
ENERGY = (
    "2 E|x − y| − E|x − x'| − E|y − y'| of samples x and real items y (Székely & Rizzo 2013); the floor is what real items score "
    "against other real items. Smaller is better."
)

FIGURES: dict[str, tuple[Spec, ...]] = {
    "objective": (),
    "training": (
        Spec(
            "quality", "energy distance at the end", "low", "x", evidence=QUALITY_CURVE,
            help=ENERGY + " Its spread over seeds tells how far training repeats.",
        ),
        Spec(
            "failed", "failed runs", "low", "%", scale=100,
            help="Share of the runs that ended in numbers that are not finite or could not be measured.",
        ),
        Spec(
            "setback", "largest setback", "low", "%", evidence=QUALITY_CURVE, scale=100,
            help="How far the energy distance rose above its best so far, in the last three quarters of the time, as a share of "
            "what separates one Gaussian from real items.",
        ),
        Spec(
            "stall", "longest stretch without improvement", "low", "% of the time", evidence=QUALITY_CURVE, scale=100,
            help="Between two looks that were better than all before by more than chance; time spent at the floor does not "
            "count.",
        ),
        Spec(
            "seconds", "training time", "", "s",
            help="Seconds in which this run trained, others waiting.",
        ),
        Spec(
            "step", "steps",
            help="Updates of the optimizer.",
        ),
    ),
    "quality": (
        Spec(
            "js", "JS(data, model)", "low", "nats", evidence=BOTH, floor="zero",
            help="Jensen–Shannon divergence of the densities, at most ln 2 = 0.693: E[g] over items of both, g = ½ (u ln u + (2 "
            "− u) ln(2 − u)), u = p/m, m = (p + q)/2. A perfect model has 0.",
        ),
        Spec(
            "kl_data_model", "KL(data ‖ model)", "low", "nats", evidence=("nll", "nll_data"), floor="zero",
            help="E[log p(x) − log q(x)] over data: what is missed costs most. A perfect model has 0.",
        ),
        Spec(
            "energy", "energy distance", "low", "x", evidence=BOTH,
            help=ENERGY,
        ),
        Spec(
            "on_data", "samples where data are", "high", "%", evidence=BOTH, scale=100,
            help="Share of samples in the smallest region that holds 98.9 % of the data.",
        ),
        Spec(
            "modes", "modes covered", "high", evidence=("mode_share", "mode_true"),
            help="Modes or classes with at least one sample (points: within 3 standard deviations; Lin et al. 2018).",
        ),
        Spec(
            "high_quality", "high quality", "high", "%", evidence=BOTH, scale=100,
            help="Share of samples within 3 standard deviations of a mode (Lin et al. 2018). Above the floor modes are too "
            "narrow.",
        ),
        Spec(
            "reverse_kl", "KL(shares of modes ‖ true shares)", "low", "nats", evidence=("mode_share", "mode_true"),
            help="How unevenly samples spread over the modes or classes.",
        ),
        Spec(
            "frechet", "Fréchet distance", "low", evidence=BOTH,
            help="Of Gaussian fits to features (Heusel et al. 2017, eq. 6). Compare with the floor: it falls with the number of "
            "pictures.",
        ),
        Spec(
            "kernel", "kernel distance", "low", evidence=BOTH,
            help="Unbiased MMD² with a cubic kernel on features (Bińkowski et al. 2018).",
        ),
        Spec(
            "precision", "precision", "high", evidence=BOTH,
            help="Share of samples within the manifold of real pictures, k = 5 (Kynkäänniemi et al. 2019).",
        ),
        Spec(
            "recall", "recall", "high", evidence=BOTH,
            help="Share of real pictures within the manifold of samples (Kynkäänniemi et al. 2019).",
        ),
        Spec(
            "density", "density", "high", evidence=BOTH,
            help="Real pictures' balls that a sample lies in, by k (Naeem et al. 2020).",
        ),
        Spec(
            "coverage", "coverage", "high", evidence=BOTH,
            help="Share of real pictures with a sample in their ball (Naeem et al. 2020).",
        ),
        Spec(
            "sharpness", "fine detail", "", "of real", evidence=("spectrum_frequency", "spectrum_model", "spectrum_real"),
            help="Share of the power above a quarter of the sampling frequency, over that of real pictures: below 1 is blurred, "
            "above 1 noisy.",
        ),
        Spec(
            "c2st", "told from real by a classifier", "low", "%", evidence=BOTH, scale=100,
            help="Accuracy of a small network on items not trained on: 50 % is chance. So small a one sees coarse differences "
            "only (Lopez-Paz & Oquab 2017).",
        ),
    ),
    "likelihood": (
        Spec(
            "nll", "−log p(x)", "low", "nats", evidence=("nll", "nll_data"), floor="entropy",
            help="Mean over held-out items. The floor is the entropy of the data, where it is known.",
        ),
        Spec(
            "bits_per_dim", "−log p(x) a pixel and colour", "low", "bits/dim", evidence=("nll",),
            help="−log p(x) over ln 2 and the number of pixels and colours.",
        ),
    ),
    "latent": (
        Spec(
            "purity", "neighbours of the same class", "high", "%", evidence=("codes", "codes_label"), floor="purity_items",
            scale=100,
            help="Of the 10 nearest codes, the share of the item's own class. The floor is what the items themselves score.",
        ),
        Spec(
            "purity_chance", "... by chance", "", "%", scale=100,
            help="What codes that know nothing of the class score.",
        ),
        Spec(
            "mig", "mutual information gap", "high", evidence=("mig_by_factor", "information"),
            help="Does each factor have a latent of its own (Chen et al. 2018, eq. 6)? The floor is the bias of the estimate.",
        ),
        Spec(
            "round_trip", "error of encode and decode", "low", "of spread", evidence=("round_trip_x", "round_trip_again"),
            help="Root mean squared error of items made again of their codes, over the spread of the items: 0 is perfect, 1 no "
            "better than the mean.",
        ),
        Spec(
            "path_stretch", "length of paths", "low", "of straight", evidence=("path_frames", "path_stretch"),
            help="Of interpolations between two draws of the prior, over the distance of their ends, median: 1 is straight.",
        ),
        Spec(
            "path_unevenness", "unevenness of paths", "low", evidence=("path_frames",),
            help="Standard deviation of the step lengths over their mean, median: 0 is an even pace.",
        ),
    ),
    "speed": (
        Spec(
            "ms_per_1000", "time for 1,000 samples", "low", "ms",
            help="Median over drawings, on one core of this machine unless its device says otherwise.",
        ),
        Spec(
            "nfe", "network evaluations a sample", "low",
        ),
        Spec(
            "parameters", "trained values", "low",
        ),
        Spec(
            "memory_mb", "weights in memory", "low", "MB",
            help="All that the model which samples is made of.",
        ),
        Spec(
            "seconds_to_quality", "training time to the stated quality", "low", "s", evidence=QUALITY_CURVE,
            help="Until the energy distance has come nine tenths of the way from one Gaussian to real items; not reached where "
            "no number stands.",
        ),
    ),
}  # fmt: skip
