"""The report of a comparison: one page of HTML that needs no other file, to be read on a screen or printed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from html import escape
from pathlib import Path

import numpy as np

from playground.engine.compare.curves import QualityCurve
from playground.engine.compare.history import past_curve
from playground.engine.compare.numbers import past_view
from playground.engine.compare.report_charts import Line, bars, chart
from playground.engine.compare.report_pictures import box_of, data_uri, scatter, sheet
from playground.engine.compare.report_style import COLOURS, DASHES, REAL, STYLE
from playground.engine.compare.store import Record, Stored, load_comparison
from playground.engine.files import whole_file
from playground.engine.messages import ASPECTS, Cell, Figure, UnifiedView

Evidence = dict[str, np.ndarray]
NARROW = "–"  # stands where there is no number
GRID = 36  # pictures in a sheet


def write_report(folder: Path | str, out: Path) -> Path:
    """The comparison in ``folder`` as a page at ``out``, whole or not at all. Raises RunFileError, OSError."""
    stored = load_comparison(folder)
    page = Page(stored).html()
    with whole_file(out) as part:
        part.write_text(page, "utf-8")
    return out


class Page:
    """The parts of the page, in the order in which they are read."""

    def __init__(self, stored: Stored) -> None:
        self.stored = stored
        self.view: UnifiedView = past_view(stored)
        self.columns = self.view.columns
        self.curves = {r.run_id: past_curve(stored, r) for r in stored.records}
        self.first = [next((r for r in stored.records if r.column == i and r.numbers), None) for i in range(len(self.columns))]
        self.evidence: list[Evidence] = [stored.evidence(r) if r else {} for r in self.first]

    def html(self) -> str:
        title = f"{', '.join(c.title for c in self.columns)} on {self.stored.plan.data}"
        sections = (self._table, self._samples, self._curves, self._evidence, self._rules, self._recipes)
        parts = [self._head(title), *(section() for section in sections)]
        return (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>\n<body>'
            f"{''.join(parts)}</body></html>\n"
        )

    # ------------------------------------------------------------------ head
    def _head(self, title: str) -> str:
        plan, facts = self.stored.plan, self.stored.facts
        budget = f"{plan.seconds:g} s of training each" if plan.seconds else "all the steps of the recipes"
        seeds = f"{plan.seeds} seeds" if plan.seeds > 1 else "one seed"
        size = f", {plan.parameters:,} trained values each" if plan.parameters else ""
        machine = facts.get("machine", {})
        about = [
            f"Made {str(facts.get('created', ''))[:16].replace('T', ' ')} UTC", budget + size, seeds,
            ", ".join(str(machine[k]) for k in ("device", "system") if k in machine),
        ]  # fmt: skip
        notes = "".join(f"<li>{escape(n)}</li>" for n in self.view.notes)
        return (
            f"<header><h1>{escape(title)}</h1><p class=about>{escape(' · '.join(a for a in about if a))}</p></header>"
            f"<ul class=notes>{notes}</ul>"
        )

    # ------------------------------------------------------------------ the table
    def _table(self) -> str:
        named = [(self._colour(i), escape(c.title)) for i, c in enumerate(self.columns)]
        heads = "".join(f'<th scope=col style="--c:{colour}">{title}</th>' for colour, title in named)
        rows = "".join(self._row(aspect, name) for aspect, name in ASPECTS.items())
        meaning = "± is the spread over seeds" if self.stored.plan.seeds > 1 else "± is the standard error of the measurement"
        return (
            "<section><h2>The unified view, measured</h2><p class=legend>Grey: the textbook's word. Bold: the word that the "
            "figures earn by the rule further below. <b class=no>≠</b> where the two disagree. "
            f"{meaning}; “real” is what real items score, or the entropy of the data.</p>"
            f"<table class=unified><thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table></section>"
        )

    def _row(self, aspect: str, name: str) -> str:
        cells = "".join(self._cell(self.view.cell(aspect, c.key)) for c in self.columns)
        return f"<tr><th scope=row>{escape(name)}</th>{cells}</tr>"

    def _cell(self, cell: Cell | None) -> str:
        if cell is None:
            return "<td></td>"
        no, yes = " <b class=no title='measurement and textbook disagree'>≠</b>", " <span class=yes>=</span>"
        sign = {False: no, True: yes, None: " <span class=yes>|</span>" if cell.textbook and cell.measured else ""}
        word = f"<b>{escape(cell.measured)}</b>" if cell.measured else ""
        figures = "".join(f"<li>{figure_html(f)}</li>" for f in cell.figures)
        said = f"<span class=book>{escape(cell.textbook)}</span>{sign[cell.agrees]}"
        return f"<td><p class=words>{said} {word}</p><ul>{figures}</ul></td>"

    # ------------------------------------------------------------------ samples
    def _samples(self) -> str:
        real = next((e["real"] for e in self.evidence if "real" in e), None)
        if real is None:
            return ""
        shown = [("real", REAL, self._picture(real, None, real))]
        for i, (column, found) in enumerate(zip(self.columns, self.evidence, strict=True)):
            if "samples" in found:
                shown.append((column.title, self._colour(i), self._picture(found["samples"], self._colour(i), real)))
        figures = "".join(
            f'<figure><img src="{uri}" alt="samples: {escape(name)}"><figcaption style="--c:{colour}">{escape(name)}</figcaption>'
            "</figure>"
            for name, colour, uri in shown
        )
        said = "real points in blue below" if real.ndim == 2 else "every sheet has the same noise in the same place"
        return f"<section><h2>Samples</h2><p class=legend>Of the first seed; {said}.</p><div class=row>{figures}</div></section>"

    def _picture(self, x: np.ndarray, colour: str | None, real: np.ndarray) -> str:
        if real.ndim == 2:
            layers = [(real, REAL if colour is None else "#b8d9ee", 1.6)]
            return data_uri(scatter(layers + ([(x, colour, 1.6)] if colour else []), box_of(real)))
        return data_uri(sheet(x[:GRID], 6, 2 if x.shape[1] <= 40 else 1))

    # ------------------------------------------------------------------ curves
    def _curves(self) -> str:
        kinds: list[tuple[str, Callable[[QualityCurve, Record], list[float]]]] = [
            ("training time, s", lambda c, r: c.seconds),
            ("steps", lambda c, r: [float(s) for s in c.steps]),
            ("items seen", lambda c, r: [float(s * self._batch(r)) for s in c.steps]),
        ]
        unit = next((str(r.numbers.get("unit", "")) for r in self.first if r), "")
        label = f"energy distance{f', {unit}' if unit else ''}"
        charts = "".join(f"<figure>{self._race(x, of, label)}</figure>" for x, of in kinds)
        if "<svg" not in charts:
            return ""
        named = [(self._colour(i), escape(c.title)) for i, c in enumerate(self.columns)]
        legend = " ".join(f'<span class=key style="--c:{colour}">{title}</span>' for colour, title in named)
        return (
            f"<section><h2>Quality while training</h2><p class=legend>{legend} <span class=key style='--c:#777'>dashed: what real "
            f"items score</span> One line for each seed; lower is better.</p><div class=row>{charts}</div></section>"
        )

    def _race(self, x_label: str, of: Callable[[QualityCurve, Record], list[float]], y_label: str) -> str:
        lines = [
            Line(of(self.curves[r.run_id], r), self.curves[r.run_id].values, self._colour(r.column), self._seed_title(r),
                 self._dash(r.column))
            for r in self.stored.records
        ]  # fmt: skip
        reach = max((line.x[-1] for line in lines if len(line.x)), default=0.0)
        floor = next((c.floor for c in self.curves.values() if math.isfinite(c.floor)), math.nan)
        return chart([Line([0, reach], [floor, floor], "#777", "what real items score", "5 4"), *lines], x_label, y_label)

    def _batch(self, record: Record) -> int:
        return int(getattr(self.stored.recipes[record.column].config, "batch_size", 1))

    def _seed_title(self, record: Record) -> str:
        return f"{self.columns[record.column].title}, seed {record.seed + 1}"

    # ------------------------------------------------------------------ what stands behind figures
    def _evidence(self) -> str:
        blocks = [
            ("Shares of modes or classes", self._modes), ("Fine detail of pictures", self._spectra),
            ("Paths between codes", self._paths), ("Encoded and decoded", self._returned), ("Codes of held-out items", self._codes),
        ]  # fmt: skip
        out = []
        for title, make in blocks:
            figures = [(i, make(i, e)) for i, e in enumerate(self.evidence)]
            row = "".join(
                f'<figure>{body}<figcaption style="--c:{self._colour(i)}">{escape(self.columns[i].title)}</figcaption></figure>'
                for i, body in figures
                if body
            )
            if row:
                out.append(f"<h3>{escape(title)}</h3><div class=row>{row}</div>")
        return f"<section><h2>Evidence</h2><p class=legend>Of the first seed.</p>{''.join(out)}</section>" if out else ""

    def _modes(self, i: int, e: Evidence) -> str:
        record = self.first[i]
        if "mode_share" not in e or record is None:
            return ""
        names = [str(n) for n in record.numbers.get("mode_names") or range(len(e["mode_share"]))]
        return bars(names, e["mode_share"].tolist(), e["mode_true"].tolist(), self._colour(i), REAL)

    def _spectra(self, i: int, e: Evidence) -> str:
        if "spectrum_model" not in e:
            return ""
        f = e["spectrum_frequency"].tolist()
        real = Line(f, e["spectrum_real"].tolist(), REAL, "real")
        model = Line(f, e["spectrum_model"].tolist(), self._colour(i), self.columns[i].title)
        return chart([real, model], "spatial frequency, cycles/pixel", "power, intensity²")

    def _paths(self, i: int, e: Evidence) -> str:
        if "path_frames" not in e:
            return ""
        frames = e["path_frames"]
        if frames.ndim == 3:  # (P, F, 2) points
            real = e["real"]
            lines = [(p, self._colour(i)) for p in frames]
            return _img(data_uri(scatter([(real, "#b8d9ee", 1.6)], box_of(real), lines)), "paths")
        some = frames[:4]
        return _img(data_uri(sheet(some.reshape(-1, *some.shape[2:]), some.shape[1])), "paths", " class=wide")

    def _returned(self, i: int, e: Evidence) -> str:
        if "round_trip_x" not in e:
            return ""
        x, again = e["round_trip_x"], e["round_trip_again"]
        if x.ndim == 2:
            real = e["real"]
            lines = [(np.stack(pair), "#8a9099") for pair in zip(x, again, strict=True)]
            drawn = scatter([(x, REAL, 3.0), (again, self._colour(i), 3.0)], box_of(real), lines)
            return _img(data_uri(drawn), "items and what comes back")
        both = sheet(np.concatenate([x[:8], again[:8]]), 8, 2 if x.shape[1] <= 40 else 1)
        return _img(data_uri(both), "items, and below them what comes back")

    def _codes(self, i: int, e: Evidence) -> str:
        if "codes" not in e:
            return ""
        z, labels = e["codes"], e["codes_label"]
        spread = np.abs(z - np.median(z, 0)).max(1)
        kept = spread <= np.quantile(spread, 0.99)
        kinds = np.unique(labels)
        layers = [(z[kept & (labels == k)], _hue(j, len(kinds)), 2.0) for j, k in enumerate(kinds)]
        return _img(data_uri(scatter(layers, box_of(z[kept]))), "codes by class")

    # ------------------------------------------------------------------ fine print
    def _rules(self) -> str:
        rules = {cell.aspect: cell.rule for cell in self.view.cells}
        items = "".join(f"<dt>{escape(ASPECTS[a])}</dt><dd>{escape(r)}</dd>" for a, r in rules.items())
        helps = {f.label: f.help for cell in self.view.cells for f in cell.figures if f.help}
        terms = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in helps.items())
        return (
            f"<section><h2>Rules</h2><dl>{items}</dl></section><section><h2>Figures</h2><dl class=small>{terms}</dl></section>"
        )

    def _recipes(self) -> str:
        out = []
        for i, column in enumerate(self.columns):
            prepared = self.stored.prepared[i]
            probed = f"{prepared.parameters:,} trained values, {prepared.ms_per_step:.3g} ms a step when probed" if prepared else ""
            text = json.dumps(column.recipe, indent=1, ensure_ascii=False)
            out.append(f"<h3>{escape(column.title)}</h3><p class=legend>{escape(probed)}</p><pre>{escape(text)}</pre>")
        machine = ", ".join(f"{k}: {v}" for k, v in self.stored.facts.get("machine", {}).items())
        return f"<section class=recipes><h2>Recipes</h2>{''.join(out)}<p class=legend>{escape(machine)}</p></section>"

    # ------------------------------------------------------------------ colours
    def _colour(self, i: int) -> str:
        return COLOURS.get(self.columns[i].accent, "#555")

    def _dash(self, i: int) -> str:
        """Contestants of one colour are told apart by dashes."""
        before = sum(c.accent == self.columns[i].accent for c in self.columns[:i])
        return DASHES[before % len(DASHES)]


def figure_html(figure: Figure) -> str:
    """One figure: its label, its value with what belongs to it, and what real items score."""
    label = f"<span class=label>{escape(figure.label)}</span>"
    if figure.text:
        return f"{label} {escape(figure.text)}"
    error = figure.spread if math.isfinite(figure.spread) else figure.error
    around = f" ± {number(error, 2)}" if math.isfinite(error) else ""
    missing = sum(not math.isfinite(v) for v in figure.values)
    unit = f" {escape(figure.unit)}" if figure.unit else ""
    of = f" <span class=floor>({len(figure.values) - missing} of {len(figure.values)} runs)</span>" if missing else ""
    floor = ""
    if math.isfinite(figure.floor):
        sd = f" ± {number(figure.floor_sd, 2)}" if math.isfinite(figure.floor_sd) else ""
        floor = f" <span class=floor>real {number(figure.floor)}{sd}</span>"
    return f"{label} <span class=value>{number(figure.mean)}{around}{unit}</span>{of}{floor}"


def number(value: float, digits: int = 3) -> str:
    """``digits`` significant ones, whole numbers whole, a true minus sign."""
    if not math.isfinite(value):
        return NARROW
    if value == round(value) and abs(value) < 1e15:
        text = f"{value:,.0f}"
    else:
        text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:#.{digits}g}".rstrip(".")
        text = f"{value:.1e}" if abs(value) < 1e-4 else text
    return text.replace("-", "−")


def _img(uri: str, alt: str, more: str = "") -> str:
    return f'<img{more} src="{uri}" alt="{escape(alt)}">'


def _hue(j: int, of: int) -> str:
    return f"hsl({360 * j / max(of, 1):.0f}, 65%, 45%)"

