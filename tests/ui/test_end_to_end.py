"""One flow through the real window and the real engine: train, pause, drag on the map, interpolate, export, close, reopen."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("PySide6")

from PIL import Image
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from playground.engine import list_runs, read_recipe
from playground.ui import app as app_module
from playground.ui.services import Services
from playground.ui.settings import Settings
from playground.ui.views.export import ExportButton


def wait(qapp: QApplication, until: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it did not happen in time"
        qapp.processEvents()
        time.sleep(0.004)


def mouse(widget: QWidget, kind: QEvent.Type, place: QPointF, held: Qt.MouseButton) -> None:
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
    event = QMouseEvent(kind, place, widget.mapToGlobal(place), button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, event)


def open_window(qapp: QApplication, settings: Settings) -> app_module.App:
    application = app_module.App(qapp, Services(), settings)
    application.window.resize(1280, 800)
    application.start()
    wait(qapp, lambda: application.ready)
    return application


def close_window(qapp: QApplication, application: app_module.App) -> None:
    window = application.window
    window.close()
    wait(qapp, lambda: not window.isVisible())
    window.deleteLater()


def test_train_pause_drag_interpolate_export_close_reopen(
    qapp: QApplication, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_RUNS", str(tmp_path / "runs"))
    application = open_window(qapp, settings)
    tab = application.window.tabs["vae"]
    tab.train()
    wait(qapp, lambda: tab.status.step > 15 and tab.stage.context is not None)
    tab.pause_or_resume()
    wait(qapp, lambda: tab.status.state == "paused")
    paused_at = tab.status.step

    tab.stage.show_view("latent_map")
    view = tab.stage.view()
    wait(qapp, lambda: view.picks.both and view.codes is not None)
    before = view.picks.ends["A"].copy()
    canvas = view.canvas
    start = QPointF(*map(float, canvas.to_px(view.where.to_map(before))[0]))
    mouse(canvas, QEvent.Type.MouseButtonPress, start, Qt.MouseButton.LeftButton)
    mouse(canvas, QEvent.Type.MouseMove, start + QPointF(30, -40), Qt.MouseButton.LeftButton)
    mouse(canvas, QEvent.Type.MouseButtonRelease, start + QPointF(30, -40), Qt.MouseButton.NoButton)
    moved = view.picks.ends["A"] - before
    assert moved[0] > 0.1 and moved[1] > 0.1  # right and up on the screen is more of both latents

    tab.stage.show_view("interpolate")
    film = tab.stage.view()
    button = film.findChild(ExportButton)
    wait(qapp, lambda: film._material() is not None)
    picture = tmp_path / "strip.png"
    assert button.export_to(picture)
    wait(qapp, picture.exists)
    wait(qapp, lambda: button.button.isVisibleTo(button))
    with Image.open(picture) as image:
        assert image.width > 5 * 28 and image.getextrema() != (0, 0)
    assert read_recipe(picture).to_dict() == tab.running.to_dict()
    assert tab.status.step == paused_at  # nothing trained meanwhile
    close_window(qapp, application)

    [run] = list_runs()
    assert run.step == paused_at and run.status == "paused"
    again = open_window(qapp, settings)
    tab = again.window.tabs["vae"]
    tab.open_run(run.folder)
    wait(qapp, lambda: tab.status.state == "paused" and tab.status.step == paused_at)
    tab.step()
    wait(qapp, lambda: tab.status.step == paused_at + 1)
    close_window(qapp, again)
