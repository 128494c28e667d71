"""Shared by the tests of views: make one, look at its pixels, move a mouse over it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication, QWidget

sys.path.insert(0, str(Path(__file__).parent))

from fake_engine import FakeEngine

from playground.engine import FAMILIES
from playground.ui import style, theme
from playground.ui.views import VIEWS
from playground.ui.widgets.pixels import array_of

Array = np.ndarray
SMALL, LARGE = (712, 590), (1268, 830)


def families_of(name: str, kind: str) -> list[str]:
    """Which families list a view for this kind of data."""
    return [f.name for f in FAMILIES.values() if name in f.views.get(kind, ())]


def make(
    qtbot: Any, name: str, kind: str = "image", d: int = 2, size: tuple[int, int] = SMALL, fill: bool = True, family: str = ""
) -> tuple[Any, FakeEngine]:
    """A view on screen with an engine behind it, filled; of ``family``, or the first that lists it."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    if theme.current().name != "dark" or not app.styleSheet():
        style.dress(app, theme.wear("dark"))
    view = VIEWS[name]()
    qtbot.addWidget(view)
    view.resize(*size)
    engine = FakeEngine(view, kind, d, family or families_of(name, kind)[0])
    view.show()
    app.processEvents()
    if fill:
        engine.fill()
        again(view, engine)
    return view, engine


def again(view: Any, engine: FakeEngine) -> None:
    """A second later: the view refreshes."""
    view._next.clear()
    engine.fill()
    QApplication.processEvents()


def shot(widget: QWidget) -> Array:
    """What is on screen, (H, W, 3)."""
    QApplication.processEvents()
    return array_of(widget.grab().toImage())


def move(qtbot: Any, widget: QWidget, pos: QPointF) -> None:
    """The mouse goes there, no button down."""
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    _mouse(widget, QEvent.Type.MouseMove, pos, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, QMouseEvent)


def drag(widget: QWidget, start: QPointF, end: QPointF) -> None:
    """Press, move, release with the left button."""
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    _mouse(widget, QEvent.Type.MouseButtonPress, start, left, left, QMouseEvent)
    for part in (0.5, 1.0):
        _mouse(widget, QEvent.Type.MouseMove, start + (end - start) * part, none, left, QMouseEvent)
    _mouse(widget, QEvent.Type.MouseButtonRelease, end, left, none, QMouseEvent)


def _mouse(widget: QWidget, kind: Any, pos: QPointF, button: Any, buttons: Any, event_type: Any) -> None:
    at = widget.mapToGlobal(QPoint(0, 0))
    event = event_type(kind, pos, pos + QPointF(at), button, buttons, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, event)


def near(a: Array, b: Array, tolerance: float = 1e-4) -> bool:
    return bool(np.allclose(a, b, atol=tolerance))
