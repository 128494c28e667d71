"""Colours, type and spacing, in one place. ``theme.current()`` is what the window wears now.

One accent per family, used only for "the model"; real data is always blue; theory is always a dashed neutral line.
The same role has the same colour in plot, equation, legend and number. Text on any surface meets WCAG AA (4.5:1),
which a test computes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtGui import QColor, QFont

#: Distances in logical pixels. Use these, not numbers of your own.
SPACE_XS, SPACE_S, SPACE_M, SPACE_L, SPACE_XL = 4, 8, 12, 16, 24
RADIUS = 6
LINE_PX = 1.8  # of a curve, but for the presenter
CONTROL_HEIGHT = 30

#: What a platform gives, best first; the last ones are on every Linux.
SANS = (
    "Inter",
    "Segoe UI Variable",
    "Segoe UI",
    ".AppleSystemUIFont",
    "Helvetica Neue",
    "Noto Sans",
    "Ubuntu",
    "Cantarell",
    "DejaVu Sans",
    "sans-serif",
)
SERIF = ("STIX Two Text", "Cambria", "Times New Roman", "Noto Serif", "DejaVu Serif Condensed", "DejaVu Serif", "serif")
MONO = ("JetBrains Mono", "Cascadia Mono", "SF Mono", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace")

#: Ten class colours, found by search: the smallest OKLab distance between any two is > 0.09 with normal sight and
#: with full
#: protanopia, deuteranopia and tritanopia, and each has 3:1 on the dark surfaces on which pictures lie.
LABELS = ("#69c3ff", "#f0a569", "#87f0d2", "#f069a5", "#f0e100", "#693cff", "#a54b4b", "#a58700", "#8787ff", "#785aa5")


@dataclass(frozen=True)
class Theme:
    """All colours of one look, as "#rrggbb". Surfaces from back to front: window, panel, card, field, hover."""

    name: str
    title: str
    dark: bool
    window: str
    panel: str
    card: str
    field: str
    hover: str
    border: str
    outline: str  # of controls: 3:1 against the surface where it is the only sign of one
    text: str
    dim: str
    focus: str
    accents: dict[str, str]  # by family accent key: the model
    on_accent: str
    roles: dict[str, str]  # of Series, apart from those that follow the accent
    good: str
    warning: str
    danger: str
    on_danger: str
    warning_surface: str
    danger_surface: str
    scale: float = 1.0  # of type
    line_px: float = LINE_PX  # of curves
    labels: tuple[str, ...] = LABELS

    def accent(self, key: str = "vae") -> str:
        """The colour of a family's model; unknown keys get the neutral text colour."""
        return self.accents.get(key, self.text)

    def role(self, role: str, accent: str = "vae") -> str:
        """The colour of a Series role in a tab whose family has this accent."""
        return self.accent(accent) if role in ("model", "reconstruction") else self.roles.get(role, self.text)

    def label(self, index: int) -> str:
        """The colour of class ``index``."""
        return self.labels[int(index) % len(self.labels)]

    def stroke(self, width: float) -> float:
        """The width in pixels of a painted line that is ``width`` wide where curves have 1.8; the presenter's is thicker."""
        return width * self.line_px / LINE_PX

    def px(self, size: float) -> int:
        """A type size in logical pixels, scaled for this theme (the presenter's is large)."""
        return round(size * self.scale)


DARK = Theme(
    name="dark",
    title="Dark",
    dark=True,
    window="#13151a",
    panel="#1a1d24",
    card="#1f222a",
    field="#252a33",
    hover="#2e343f",
    border="#2a2f39",
    outline="#3d4450",
    text="#eef0f4",
    dim="#a3abba",
    focus="#7cc4ff",
    accents={"vae": "#2fb8a6", "gan": "#f0a13a", "diffusion": "#a79bff", "hybrids": "#ee7fae", "compare": "#c9ced8"},
    on_accent="#04211d",
    roles={
        "total": "#ffffff",
        "kl": "#f0a13a",
        "data": "#56b4e9",
        "theory": "#a3abba",
        "monitor": "#c6d84e",
        "neutral": "#eef0f4",
    },
    good="#5fd08a",
    warning="#f3c14b",
    danger="#ff8a80",
    on_danger="#3a0905",
    warning_surface="#322a14",
    danger_surface="#371b1b",
)

LIGHT = Theme(
    name="light",
    title="Light",
    dark=False,
    window="#f3f4f7",
    panel="#ffffff",
    card="#fbfbfd",
    field="#f0f1f5",
    hover="#e6e9ef",
    border="#dfe2e9",
    outline="#bfc5d0",
    text="#16191f",
    dim="#545c6b",
    focus="#0b63b5",
    accents={"vae": "#0a7264", "gan": "#8f5200", "diffusion": "#5a45c9", "hybrids": "#a8286a", "compare": "#4a5160"},
    on_accent="#ffffff",
    roles={
        "total": "#16191f",
        "kl": "#935400",
        "data": "#0a66a3",
        "theory": "#545c6b",
        "monitor": "#5c6600",
        "neutral": "#16191f",
    },
    good="#146c3a",
    warning="#7a5200",
    danger="#b3261e",
    on_danger="#ffffff",
    warning_surface="#fff3d6",
    danger_surface="#fde9e7",
)

#: For projectors: large type, thick lines, black on white. Found by search: whatever is drawn in one plot (a model, the data,
#: total, KL, what is monitored; the models of all families and the data) is at least 12 apart in CIEDE2000, with normal sight and
#: with full protanopia, deuteranopia and tritanopia; theory, which is also dashed, at least 10. All have 4.5:1 on every surface.
PRESENTER = Theme(
    name="presenter",
    title="Presenter",
    dark=False,
    window="#ffffff",
    panel="#ffffff",
    card="#ffffff",
    field="#f4f5f8",
    hover="#eceef3",
    border="#b9bfca",
    outline="#79808d",
    text="#000000",
    dim="#3a404b",
    focus="#0047a3",
    accents={"vae": "#187064", "gan": "#6f3b26", "diffusion": "#2c2896", "hybrids": "#c60466", "compare": "#333a47"},
    on_accent="#ffffff",
    roles={
        "total": "#000000",
        "kl": "#471000",
        "data": "#1553f9",
        "theory": "#473f3c",
        "monitor": "#776a0b",
        "neutral": "#000000",
    },
    good="#0c5a2e",
    warning="#664400",
    danger="#9c1a13",
    on_danger="#ffffff",
    warning_surface="#fff3d6",
    danger_surface="#fde9e7",
    scale=1.3,
    line_px=3.2,
)

THEMES: dict[str, Theme] = {t.name: t for t in (DARK, LIGHT, PRESENTER)}

_current: list[Theme] = [DARK]


def current() -> Theme:
    """The theme that the window wears now."""
    return _current[0]


def wear(name: str) -> Theme:
    """Make a theme the current one (the main window then repaints); unknown names give the dark one."""
    _current[0] = THEMES.get(name, DARK)
    return _current[0]


def stroke(width: float) -> float:
    """See :meth:`Theme.stroke`, of the theme that is worn now."""
    return current().stroke(width)


def put_on(look: Theme) -> Theme:
    """Make any look the current one: a theme in another size, for one."""
    _current[0] = look
    return look


def scaled(look: Theme, scale: float) -> Theme:
    """A theme in another size of type, its lines as much thicker; a name of its own, since what is painted is kept by name."""
    return replace(look, name=f"{look.name} {scale:.2f}", scale=scale, line_px=look.line_px * scale / look.scale)


def colour(text: str, alpha: float = 1.0) -> QColor:
    """A QColor of "#rrggbb", with opacity 0..1."""
    result = QColor(text)
    result.setAlphaF(alpha)
    return result


def font(size: float = 13, *, bold: bool = False, italic: bool = False, families: tuple[str, ...] = SANS) -> QFont:
    """A font of ``size`` logical pixels in the current theme's scale."""
    result = QFont()
    result.setFamilies(list(families))
    result.setPixelSize(current().px(size))
    result.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    result.setItalic(italic)
    return result


def contrast(foreground: str, background: str) -> float:
    """WCAG 2.1 contrast ratio of two colours, 1 to 21."""
    a, b = sorted((_luminance(foreground), _luminance(background)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def text_pairs(theme: Theme) -> list[tuple[str, str, str]]:
    """Every (what, text colour, surface colour) that the stylesheet or a painted widget puts together."""
    surfaces = {k: getattr(theme, k) for k in ("window", "panel", "card", "field", "hover")}
    words = {"text": theme.text, "dim": theme.dim, "good": theme.good, "warning": theme.warning, "danger": theme.danger}
    words |= {f"accent {k}": v for k, v in theme.accents.items()} | {f"role {k}": v for k, v in theme.roles.items()}
    pairs = [(f"{w} on {s}", a, b) for w, a in words.items() for s, b in surfaces.items()]
    pairs += [(f"on_accent on {k}", theme.on_accent, v) for k, v in theme.accents.items()]
    pairs.append(("on_danger on danger", theme.on_danger, theme.danger))
    for kind in ("warning", "danger"):
        surface = getattr(theme, f"{kind}_surface")
        pairs += [(f"{w} on {kind}_surface", getattr(theme, w), surface) for w in ("text", "dim", kind)]
    return pairs


def _luminance(text: str) -> float:
    """Relative luminance of sRGB (WCAG 2.1)."""
    parts = [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
