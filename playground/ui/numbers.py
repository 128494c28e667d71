"""Numbers as people read them: true minus signs, few figures, units beside them."""

from __future__ import annotations

import math


def value_text(value: float) -> str:
    """A measured value: about four figures, a true minus, a dash where there is none."""
    if not math.isfinite(value):
        return "–"
    if value and abs(value) < 0.001:
        return f"{value:.1e}".replace("-", "−")
    digits = 1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f}".replace("-", "−")


def duration(seconds: float) -> str:
    """3 s, 2:05, 1:02:03."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def memory(megabytes: float) -> str:
    """512 MB, 1.4 GB."""
    return f"{megabytes / 1024:.1f} GB" if megabytes >= 1024 else f"{megabytes:.0f} MB"


def rate(steps_per_s: float) -> str:
    """86, 4.3 or 0.27 steps a second."""
    return f"{steps_per_s:,.0f}" if steps_per_s >= 10 else f"{steps_per_s:.2g}"
