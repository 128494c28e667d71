"""Markdown with formulas, as a page to read: $...$ within a line, $$...$$ on a line of its own."""

from __future__ import annotations

import html
import math
import re
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QCursor, QResizeEvent, QTextDocument
from PySide6.QtWidgets import QFrame, QTextBrowser, QToolTip, QWidget

from playground.ui import theme
from playground.ui.background import Background
from playground.ui.lessons.typeset import Drawing, picture, typeset
from playground.ui.symbols import definitions, dyed_tex, in_tex

FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)
MARK = "\u2063m{}\u2063"  # stands for a formula while the rest becomes HTML; the sign is invisible and nobody types it
TEXT_PX = 14
MARGIN_PX = 14  # that the page keeps at its sides
INDENT_PX = 11  # of a list, which Qt indents twice
GAP_PX = 5  # above and below a paragraph


class MathText(QTextBrowser):
    """Read only; the symbols of a formula are explained where the mouse rests on it."""

    def __init__(self, background: Background, parent: QWidget | None = None, *, whole: bool = False) -> None:
        """``whole``: as high as its text, for a column that scrolls by itself."""
        super().__init__(parent)
        self._background, self._whole = background, whole
        self._source, self._accent = "", "vae"
        self._formulas: list[str] = []
        self._drawn: dict[tuple[str, float, str], Drawing | None] = {}
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.highlighted.connect(self._explain)
        if whole:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._refit = QTimer(self, singleShot=True, interval=0)
        self._refit.timeout.connect(self._fill)

    def set_text(self, source: str, accent: str = "vae") -> None:
        """Show Markdown; formulas that were never drawn appear a moment later."""
        self._source, self._accent = source, accent
        self._formulas = [a or b for a, b in FORMULA.findall(source)]
        keys = [self._key(tex) for tex in self._formulas]
        missing = [key for key in dict.fromkeys(keys) if key not in self._drawn]
        self._fill()
        if missing:
            self._background.run(lambda: [(k, typeset(*k)) for k in missing], self._take, key=f"typeset {id(self)}", owner=self)

    def retheme(self) -> None:
        self.set_text(self._source, self._accent)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Wide formulas take the new width: soon, since a page must not change while it is being laid out."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width() and (self._formulas or self._whole):
            self._refit.start()

    def _key(self, tex: str) -> tuple[str, float, str]:
        look = theme.current()
        return dyed_tex(tex.strip(), look, self._accent), float(look.px(TEXT_PX + 1)), look.text

    def _take(self, drawn: list[Any]) -> None:
        self._drawn |= dict(drawn)
        self._fill()

    def _fill(self) -> None:
        """Markdown to HTML by Qt, then a picture in the place of each mark."""
        number = iter(range(len(self._formulas)))

        def mark(found: re.Match[str]) -> str:
            sign = MARK.format(next(number))
            return f"\n\n{sign}\n\n" if found.group(1) else sign

        marked = FORMULA.sub(mark, self._source)
        document = QTextDocument()
        document.setDefaultFont(self.font())
        kind = QTextDocument.MarkdownFeature  # GitHub's dialect has tables
        document.setMarkdown(marked, kind.MarkdownDialectGitHub | kind.MarkdownNoHTML)
        page = document.toHtml().replace("margin-top:0px; margin-bottom:0px;", f"margin-top:{GAP_PX}px; margin-bottom:{GAP_PX}px;")
        self.document().clear()
        for index, tex in enumerate(self._formulas):
            page = page.replace(MARK.format(index), self._shown(index, tex))
        look = theme.current()
        self.document().setDefaultStyleSheet(f"a {{ text-decoration: none; color: {look.text}; }}")
        self.document().setIndentWidth(INDENT_PX)
        self.setHtml(page)
        if self._whole:
            self.setFixedHeight(max(1, math.ceil(self.document().size().height())))

    def _shown(self, index: int, tex: str) -> str:
        """The formula's picture, or its source until it is drawn (or where it cannot be)."""
        drawing = self._drawn.get(self._key(tex))
        if drawing is None:
            return f"<code>{html.escape(tex)}</code>"
        image = picture(drawing, self.devicePixelRatioF(), max(MARGIN_PX, self.viewport().width() - MARGIN_PX))
        url = QUrl(f"formula:{index}")
        self.document().addResource(QTextDocument.ResourceType.ImageResource, url, image)
        size = image.deviceIndependentSize()
        tag = f'<img src="formula:{index}" width="{size.width():.0f}" height="{size.height():.0f}" style="vertical-align: middle;">'
        return f'<a href="formula:{index}">{tag}</a>'

    def _explain(self, url: QUrl) -> None:
        """The mouse rests on a formula, or has left it."""
        name = url.toString()
        if not name.startswith("formula:"):
            QToolTip.hideText()
            return
        tex = self._formulas[int(name.partition(":")[2])]
        words = definitions(in_tex(tex), theme.current(), self._accent)
        if words:
            QToolTip.showText(QCursor.pos() + QPoint(12, 16), words, self)
