"""Charts of a report, as SVG that needs nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 460, 260
LEFT, RIGHT, TOP, BOTTOM = 62, 12, 12, 40
INK, FAINT = "#3b4149", "#dfe3e8"


@dataclass(frozen=True)
class Line:
    """A curve through points ``x``, ``y``; ``dash`` as in SVG, "" for none."""

    x: Sequence[float]
    y: Sequence[float]
    colour: str
    label: str = ""
    dash: str = ""
    thick: float = 1.6


def chart(lines: Sequence[Line], x_label: str, y_label: str, log_y: bool = True, log_x: bool = False) -> str:
    """Curves over one pair of axes; "" if there is nothing to draw. On log axes what is not positive is left out."""
    shown = [_clean(line, log_x, log_y) for line in lines]
    shown = [line for line in shown if line.x]
    if not shown:
        return ""
    fx, x_ticks = _scale([v for s in shown for v in s.x], LEFT, WIDTH - RIGHT, log_x)
    fy, y_ticks = _scale([v for s in shown for v in s.y], HEIGHT - BOTTOM, TOP, log_y)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(y_label)} against {escape(x_label)}" '
        f'font-family="inherit" font-size="11">'
    ]
    for value in x_ticks:
        x = fx(value)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="{FAINT}"/>')
        parts.append(_text(x, HEIGHT - BOTTOM + 15, _tick(value), "middle"))
    for value in y_ticks:
        y = fy(value)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{FAINT}"/>')
        parts.append(_text(LEFT - 6, y + 4, _tick(value), "end"))
    for line in shown:
        points = " ".join(f"{fx(a):.1f},{fy(b):.1f}" for a, b in zip(line.x, line.y, strict=True))
        dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
        title = f"<title>{escape(line.label)}</title>" if line.label else ""
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{line.colour}" stroke-width="{line.thick}" '
            f'stroke-linejoin="round"{dash}>{title}</polyline>'
        )
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, x_label, "middle"))
    parts.append(
        f'<text transform="translate(13 {(TOP + HEIGHT - BOTTOM) / 2:.0f}) rotate(-90)" text-anchor="middle" fill="{INK}">'
        f"{escape(y_label)}</text></svg>"
    )
    return "".join(parts)


def bars(names: Sequence[str], model: Sequence[float], true: Sequence[float], colour: str, real: str) -> str:
    """Shares of the model as bars, with a mark at the true share."""
    most = max([*model, *true, 1e-9])
    step = (WIDTH - LEFT - RIGHT) / max(len(names), 1)
    base, high = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="shares of modes" font-family="inherit" font-size="11">']
    for i, (name, share, truth) in enumerate(zip(names, model, true, strict=True)):
        x, top, mark = LEFT + i * step, base - high * share / most, base - high * truth / most
        parts.append(
            f'<rect x="{x + 0.15 * step:.1f}" y="{top:.1f}" width="{0.7 * step:.1f}" height="{base - top:.1f}" fill="{colour}">'
            f"<title>{escape(name)}: {share:.1%}, true {truth:.1%}</title></rect>"
            f'<line x1="{x + 0.05 * step:.1f}" x2="{x + 0.95 * step:.1f}" y1="{mark:.1f}" y2="{mark:.1f}" stroke="{real}" '
            'stroke-width="2"/>'
        )
        if len(names) <= 12:
            parts.append(_text(x + step / 2, base + 15, name, "middle"))
    parts.append(_text(LEFT - 6, TOP + 4, f"{most:.0%}", "end") + _text(LEFT - 6, base, "0", "end") + "</svg>")
    return "".join(parts)


def _clean(line: Line, log_x: bool, log_y: bool) -> Line:
    kept = [
        (a, b) for a, b in zip(line.x, line.y, strict=True)
        if math.isfinite(a) and math.isfinite(b) and not (log_x and a <= 0) and not (log_y and b <= 0)
    ]  # fmt: skip
    return Line([a for a, _ in kept], [b for _, b in kept], line.colour, line.label, line.dash, line.thick)


def _scale(values: Sequence[float], a: float, b: float, log: bool):  # type: ignore[no-untyped-def]
    """A function from values to pixels a .. b, and where ticks stand."""
    low, high = min(values), max(values)
    if log:
        low, high = low / 1.1, high * 1.1
        ticks = [t for t in _log_ticks(low, high) if low <= t <= high]
        span = math.log(high / low)
        return (lambda v: a + (b - a) * math.log(v / low) / span), ticks
    low = min(low, 0.0)
    high = high if high > low else low + 1
    step = _nice((high - low) / 5)
    ticks = [step * k for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
    return (lambda v: a + (b - a) * (v - low) / (high - low)), ticks


def _log_ticks(low: float, high: float) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    factors = (1,) if last - first > 4 else (1, 3) if last - first > 1 else (1, 2, 5)
    return [f * 10.0**k for k in range(first, last + 1) for f in factors]


def _nice(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(f * power for f in (1, 2, 5, 10) if f * power >= step)


def _tick(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}">{escape(text)}</text>'
