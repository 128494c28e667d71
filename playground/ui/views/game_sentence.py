"""The sentence that explains the picture. Its underlined words are switches: each turns a layer on or off, by mouse or keyboard."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from playground.ui import theme
from playground.ui.flow import FlowLayout
from playground.ui.widgets.ink import ink


@dataclass(frozen=True)
class Switch:
    """A word that turns ``layer`` on and off, in the colour of ``role``."""

    layer: str
    words: str
    role: str
    help: str


FIELD = Switch("field", "paints the plane", "text", "the colours of D(x) on the large map")
REAL = Switch("real", "real points", "data", "items of the data")
FAKE = Switch("fake", "generated points", "model", "items that G makes of fixed noise z")
PUSH = Switch("push", "arrows", "text", "minus the gradient of G's loss at each generated point: where G is told to carry it")
STAR = Switch("d_star", "D*", "text", "the best possible discriminator, p(data) / (p(data) + p(generated))")
DIFFERENCE = Switch("difference", "difference", "text", "D − D*: what D has not learned")

SENTENCE: tuple[str | Switch, ...] = (
    "<b>D</b>", FIELD, "from", "<amber>generated</amber>", "to", "<blue>real</blue>;", REAL, "and", FAKE, "lie on it.",
    "The", PUSH, "show where D's gradient sends each generated point. Beside it: the best possible", STAR, "and the", DIFFERENCE,
)  # fmt: skip
LAYERS = tuple(part.layer for part in SENTENCE if isinstance(part, Switch))


class WordButton(QPushButton):
    """A word in bold type, no wider than it is."""

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(theme.font(13, bold=True))
        return QSize(int(metrics.horizontalAdvance(self.text())) + 3, int(metrics.height()) + 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class Sentence(QWidget):
    """``switched`` when a layer was turned on or off; ``on`` holds those that are."""

    switched = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.accent = "gan"
        self.buttons: dict[str, QPushButton] = {}
        self.labels: list[tuple[QLabel, str]] = []
        flow = FlowLayout(4, 2)
        for part in SENTENCE:
            if isinstance(part, Switch):
                flow.addWidget(self._switch(part))
            else:
                for word in part.split():
                    flow.addWidget(self._word(word))
        self.setLayout(flow)
        self.redraw()

    @property
    def on(self) -> set[str]:
        """The layers that are shown."""
        return {layer for layer, button in self.buttons.items() if button.isChecked()}

    def reset(self, accent: str) -> None:
        """A new run, in its family's colour. What was switched off stays so."""
        self.accent = accent
        self.redraw()

    def allow(self, layers: set[str], why_not: str) -> None:
        """Only these layers can be shown now; the others say why not."""
        for part in SENTENCE:
            if isinstance(part, Switch):
                button = self.buttons[part.layer]
                button.setEnabled(part.layer in layers)
                button.setToolTip(f"Show or hide {part.help}." if part.layer in layers else why_not)

    def _switch(self, part: Switch) -> QPushButton:
        button = WordButton(part.words)
        button.setCheckable(True)
        button.setChecked(True)
        button.setAutoDefault(False)
        button.setToolTip(f"Show or hide {part.help}.")
        button.setProperty("look", "word")
        button.setProperty("role", part.role)
        button.toggled.connect(lambda _: self.switched.emit())
        self.buttons[part.layer] = button
        return button

    def _word(self, text: str) -> QLabel:
        label = QLabel(text)
        self.labels.append((label, text))
        return label

    def redraw(self) -> None:
        """Words are underlined: a full line in their own colour when on, a dotted dim one when off."""
        look, model = theme.current(), ink(self.accent).name()
        colours = {"text": look.text, "data": ink("data").name(), "model": model}
        word = 'QPushButton[look="word"]'
        rules = [
            f"{word} {{ background: transparent; border: none; border-bottom: 1px solid {look.text}; border-radius: 0;"
            f" padding: 0; margin: 0; min-height: 0; font-weight: 600; }}",
            *(f'{word}[role="{k}"] {{ color: {v}; border-bottom-color: {v}; }}' for k, v in colours.items()),
            f"{word}:hover {{ background: {look.hover}; }}",
            f"{word}:!checked {{ color: {look.dim}; border-bottom: 1px dotted {look.dim}; font-weight: 400; }}",
            f"{word}:disabled {{ color: {look.dim}; border-bottom: none; font-weight: 400; }}",
            f"{word}:focus {{ border: none; border-bottom: 2px solid {look.focus}; padding: 0; }}",
        ]
        self.setStyleSheet("\n".join(rules))
        for label, text in self.labels:
            for tag, colour in (("amber", model), ("blue", colours["data"])):
                text = text.replace(f"<{tag}>", f"<span style='color:{colour}'>").replace(f"</{tag}>", "</span>")
            label.setText(text)
