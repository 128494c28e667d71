"""A view full screen: borrowed and brought back, played and stepped by keys, notes on the other screen, colours for everyone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_engine import FakeEngine
from fake_session import FakeSession, fake_services
from probe_views import CLASSES, Probe
from PySide6.QtCore import QRect, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPushButton, QSpinBox, QVBoxLayout, QWidget
from view_tools import families_of

from playground.engine import Lesson, Step, read_recipe
from playground.ui import app as app_module
from playground.ui import theme, views
from playground.ui.app import App
from playground.ui.main_window import MainWindow
from playground.ui.opening import FINE
from playground.ui.playing import Player
from playground.ui.presenter import screens
from playground.ui.presenter.keys import KEYS
from playground.ui.presenter.notes import clock_text
from playground.ui.services import Services
from playground.ui.settings import Settings
from playground.ui.shortcut_sheet import shortcut_sheet
from playground.ui.views import VIEWS
from playground.ui.widgets.play_bar import PlayBar


# ---------------------------------------------------------------- a window with views that play
class Film(Probe):
    """A view with something to play, a field to type into and a button."""

    name, title, hint = "samples", "Film", "Plays."

    def __init__(self) -> None:
        super().__init__()
        self.bar, self.field, self.number, self.button = PlayBar(), QLineEdit(), QSpinBox(), QPushButton("Press")
        self.number.setFixedWidth(90)
        self.themes: list[str] = []
        column = QVBoxLayout(self)
        for widget in (self.bar, self.field, self.number, self.button):
            column.addWidget(widget)
        self.bar.set_count(9)

    def player(self) -> Player | None:
        return self.bar

    def on_theme(self) -> None:
        self.themes.append(theme.current().name)


@pytest.fixture(scope="module")
def _light() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app_module, "ENGINE", "json")
        patch.setattr(app_module, "IDLE", ())
        patch.setattr(views, "VIEWS", {**CLASSES, "samples": Film})
        patch.setattr(views, "wire", lambda made: None, raising=False)
        yield


def start(qapp: QApplication, folder: Path) -> MainWindow:
    """The window of a started app, with settings of its own."""
    settings = Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
    app = App(qapp, fake_services(FakeSession(), write_picture=Services().write_picture), settings)
    app.start()
    until(lambda: app.ready)
    app.window.show_family("vae")
    app.window.tab.stage.show_view("samples")
    return app.window


def until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    """Turn the event loop until something is so; test machines may be busy."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        QApplication.processEvents()
        time.sleep(0.002)


def close(window: MainWindow) -> None:
    window.close()
    until(lambda: not window.isVisible())
    window.deleteLater()


@pytest.fixture(scope="module")
def _shared(_light: None, qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    """One window for many tests: to start it takes longer than all that they do."""
    window = start(qapp, tmp_path_factory.mktemp("presenter"))
    yield window
    close(window)


@pytest.fixture
def window(_shared: MainWindow) -> Iterator[MainWindow]:
    _shared.show_family("vae")
    _shared.tab.stage.show_view("samples")
    yield _shared
    _shared.presenter.leave()
    if _shared.lessons.player is not None:
        _shared.lessons.player.close()
    for tab in _shared.tabs.values():
        tab.stop()
    until(lambda: not any(tab.status.active for tab in _shared.tabs.values()))
    _shared.show_family("vae")  # a page that comes into sight starts its clocks
    _shared.tab.stage.banner.dismiss()
    _shared.settings.put("presenter screen", "")


@pytest.fixture
def fresh(_light: None, qapp: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    """A window of its own, in which nothing has been trained."""
    window = start(qapp, tmp_path)
    yield window
    close(window)


def rest(window: MainWindow) -> MainWindow:
    """A run on stage, paused."""
    window.tab.train()
    until(lambda: window.tab.stage.context is not None and window.tab.status.step > 0)
    window.tab.pause_or_resume()
    until(lambda: window.tab.status.state == "paused")
    return window


@pytest.fixture
def trained(window: MainWindow) -> MainWindow:
    return rest(window)


def calls(window: MainWindow, name: str) -> int:
    """How often the session was asked for something."""
    return len(window.tab.session.called(name))


def press(window: MainWindow, *keys: Qt.Key) -> None:
    """Where the keyboard is in the window that the audience sees."""
    surface = window.presenter.surface
    assert surface is not None
    for key in keys:
        QTest.keyClick(surface.focusWidget() or surface, key)


def home(window: MainWindow) -> bool:
    """Whether the stage shows its view in its place."""
    stage = window.tab.stage
    view = stage.view() or stage.empty
    return bool(stage.stack.currentWidget() is view and view.window() is window and stage.banner.parent() is stage)


def lesson(*notes: str, page: str = "") -> Lesson:
    steps = tuple(Step(f"Step {i}", f"Text {i}", page, notes=n) for i, n in enumerate(notes))
    return Lesson("k", "A lesson", "About it", 5, steps)


# ---------------------------------------------------------------- in and out
@pytest.mark.parametrize("action", ["presenter", "view_full_screen"])
def test_the_same_view_goes_out_and_comes_back(trained: MainWindow, action: str) -> None:
    view, stage = trained.tab.stage.view(), trained.tab.stage
    button = trained.tab.transport.pause_button
    button.setFocus()
    before, state, sizes = theme.current(), trained.windowState(), trained.tab.columns.sizes()
    trained.do(action)
    surface = trained.presenter.surface
    assert surface is not None and view.window() is surface and surface.isFullScreen() and view.isVisible()
    assert stage.view() is view, "it is still the one in front"
    assert theme.current().name.startswith("presenter") == (action == "presenter")
    trained.do(action)
    assert trained.presenter.surface is None and home(trained) and stage.view() is view
    assert theme.current() is before and trained.windowState() == state and trained.tab.columns.sizes() == sizes
    assert button.hasFocus() or trained.focusWidget() is button
    assert stage.layout().indexOf(stage.banner) == 0 and stage.layout().indexOf(stage.health) == stage.layout().count() - 1


def test_escape_leaves_and_the_other_mode_is_one_key_away(trained: MainWindow) -> None:
    trained.do("view_full_screen")
    assert not trained.presenter.presenting
    trained.do("presenter")
    assert trained.presenter.presenting
    press(trained, Qt.Key.Key_Escape)
    assert not trained.presenter.active and home(trained)


def test_the_button_beside_the_switch_shows_the_view_full_screen(trained: MainWindow) -> None:
    trained.tab.stage.enlarge.click()
    assert trained.presenter.active and not trained.presenter.presenting


def test_type_lines_and_fixed_widths_grow_and_shrink_back(trained: MainWindow) -> None:
    view: Any = trained.tab.stage.view()
    trained.do("presenter")
    look = theme.current()
    assert look.scale > 1 and look.line_px > 1.5 * theme.LINE_PX and theme.stroke(2.0) > 3.0
    assert view.number.width() == round(90 * look.scale) and view.themes[-1] == look.name
    trained.do("presenter")
    assert view.number.maximumWidth() == 90 and view.themes[-1] == "dark" and theme.stroke(2.0) == 2.0


def test_a_switch_of_theme_ends_it(trained: MainWindow) -> None:
    trained.do("presenter")
    trained.do("theme")
    assert not trained.presenter.active and theme.current().name == "light" and trained.settings.get("theme", "") == "light"
    trained.wear("dark")


def test_closing_the_window_brings_the_view_back_first(fresh: MainWindow) -> None:
    rest(fresh).do("presenter")
    fresh.close()
    assert not fresh.presenter.active and home(fresh)
    until(lambda: not fresh.isVisible())
    assert fresh.settings.get("theme", "") == "dark", "the look of the presentation is not kept"


def test_closing_the_audiences_window_is_leaving(trained: MainWindow) -> None:
    trained.do("presenter")
    assert trained.presenter.surface is not None
    trained.presenter.surface.close()
    assert not trained.presenter.active and home(trained)


def test_an_empty_stage_can_be_shown_and_trained_from(fresh: MainWindow) -> None:
    window = fresh
    window.do("presenter")
    press(window, Qt.Key.Key_Space)
    assert not calls(window, "start") and "T starts training" in window.presenter.surface.hint.text()  # type: ignore[union-attr]
    surface = window.presenter.surface
    assert surface is not None and surface.view is window.tab.stage.empty
    press(window, Qt.Key.Key_T)
    until(lambda: window.tab.stage.context is not None)
    assert calls(window, "start") == 1 and surface.view is window.tab.stage.view() and isinstance(surface.view, Film)
    press(window, Qt.Key.Key_T)
    assert calls(window, "start") == 1 and "Space" in surface.hint.text(), "a run on stage is not replaced by a key"
    window.do("presenter")
    assert home(window)


def test_another_run_view_or_family_is_followed_and_all_comes_home(trained: MainWindow) -> None:
    first = trained.tab
    trained.do("presenter")
    surface: Any = trained.presenter.surface
    first.train()
    until(lambda: first.stage.context is not None)
    assert surface.view is first.stage.view()
    trained.tab.stage.show_view("latent_map")
    assert surface.view is first.stage.view() and surface.view.name == "latent_map" and surface.view.window() is surface
    trained.show_family("gan")
    second = trained.tab
    assert second is not first and surface.view is (second.stage.view() or second.stage.empty)
    assert all(v.window() is trained for v in (*first.stage._views.values(), first.stage.banner))
    trained.do("presenter")
    assert home(trained)
    trained.show_family("vae")
    assert home(trained) and first.stage.view().name == "latent_map"


def test_only_the_view_on_screen_is_refreshed(trained: MainWindow) -> None:
    trained.do("presenter")
    view: Any = trained.tab.stage.view()
    view.log.clear()
    trained.tab.stage.refresh()
    assert view.seen("refresh"), "it goes on living elsewhere"


# ---------------------------------------------------------------- keys
def test_space_and_arrows_play_and_step_what_the_view_plays(trained: MainWindow) -> None:
    trained.do("presenter")
    view: Any = trained.tab.stage.view()
    session: Any = trained.tab.session
    before = len(session.calls)
    press(trained, Qt.Key.Key_Space)
    assert view.bar.playing
    at = view.bar.frame
    press(trained, Qt.Key.Key_Right)
    assert not view.bar.playing and view.bar.frame == at + 1
    press(trained, Qt.Key.Key_Left, Qt.Key.Key_Left)
    assert view.bar.frame == at - 1
    assert session.calls[before:] == [], "the run is left alone"


def test_where_nothing_plays_space_resumes_and_pauses_the_training(trained: MainWindow) -> None:
    before = calls(trained, "resume"), calls(trained, "pause")
    trained.tab.stage.show_view("reconstruct")
    trained.do("presenter")
    press(trained, Qt.Key.Key_Space)
    assert calls(trained, "resume") == before[0] + 1
    until(lambda: trained.tab.status.state == "training")
    press(trained, Qt.Key.Key_Space)
    assert calls(trained, "pause") == before[1] + 1


def test_up_and_down_turn_the_views_and_arrows_where_nothing_steps(trained: MainWindow) -> None:
    stage = trained.tab.stage
    trained.do("presenter")
    press(trained, Qt.Key.Key_Down)
    assert stage.switch.key() == stage.switch.keys[(stage.switch.keys.index("samples") + 1) % len(stage.switch.keys)]
    second = stage.switch.key()
    press(trained, Qt.Key.Key_Right)
    assert stage.switch.key() != second, "it plays nothing, so the arrow turns on"
    press(trained, Qt.Key.Key_Up, Qt.Key.Key_Up)
    assert stage.switch.key() == "samples"
    press(trained, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp, Qt.Key.Key_3)
    assert stage.switch.key() == stage.switch.keys[2]


def test_page_keys_walk_a_lesson_and_never_end_it(trained: MainWindow) -> None:
    trained.lessons.open(lesson("one", "two"))
    trained.do("presenter")
    press(trained, Qt.Key.Key_PageDown)
    assert trained.lessons.player.index == 1
    press(trained, Qt.Key.Key_PageDown)
    surface: Any = trained.presenter.surface
    assert trained.lessons.player.lesson is not None and "last step" in surface.hint.text()
    press(trained, Qt.Key.Key_PageUp)
    assert trained.lessons.player.index == 0
    assert "1 of 2" in surface.line.what.text()


def test_l_shows_the_lessons_text_beside_the_view(trained: MainWindow) -> None:
    trained.do("presenter")
    surface: Any = trained.presenter.surface
    press(trained, Qt.Key.Key_L)
    assert surface.sheet.isHidden() and "F4" in surface.hint.text()
    trained.lessons.open(lesson("one", "two"))
    press(trained, Qt.Key.Key_L)
    assert surface.sheet.isVisible() and surface.sheet.title.text() == "Step 0" and "Text 0" in surface.sheet.text.toPlainText()
    press(trained, Qt.Key.Key_PageDown)
    assert surface.sheet.title.text() == "Step 1"
    press(trained, Qt.Key.Key_L)
    assert surface.sheet.isHidden()


def test_a_lesson_that_was_open_before_is_on_its_sheet(trained: MainWindow) -> None:
    trained.lessons.open(lesson("one", "two"))
    trained.do("presenter")
    surface: Any = trained.presenter.surface
    assert "A lesson" in surface.sheet.where.text() and surface.sheet.title.text() == "Step 0"


def test_a_lesson_may_go_to_another_page_meanwhile(trained: MainWindow) -> None:
    steps = (Step("Here", "a", "vae", "samples"), Step("There", "b", "gan", "samples"))
    trained.lessons.open(Lesson("pages", "Two pages", "", 5, steps))
    trained.do("presenter")
    press(trained, Qt.Key.Key_PageDown)
    surface: Any = trained.presenter.surface
    assert trained.tab.family.name == "gan" and surface.view is (trained.tab.stage.view() or trained.tab.stage.empty)
    trained.do("presenter")
    assert home(trained)


def test_b_blanks_and_any_key_lights_up_without_doing_more(trained: MainWindow) -> None:
    trained.do("presenter")
    surface: Any = trained.presenter.surface
    press(trained, Qt.Key.Key_B)
    assert surface.blanked and surface.blank.geometry() == surface.rect()
    key = trained.tab.stage.switch.key()
    press(trained, Qt.Key.Key_Down)
    assert not surface.blanked and trained.tab.stage.switch.key() == key
    press(trained, Qt.Key.Key_Period, Qt.Key.Key_Escape)
    assert not surface.blanked and trained.presenter.active


def test_the_line_says_what_is_shown_and_can_go(trained: MainWindow) -> None:
    trained.do("presenter")
    line: Any = trained.presenter.surface.line  # type: ignore[union-attr]
    status = trained.tab.status
    assert "VAE" in line.what.text() and "Film" in line.what.text()
    assert f"{status.step:,} / {status.total_steps:,}" in line.run.text() and "paused" in line.run.text()
    press(trained, Qt.Key.Key_I)
    assert line.isHidden()


def test_controls_reached_by_tab_have_their_keys_and_escape_gives_them_back(trained: MainWindow) -> None:
    trained.do("presenter")
    surface, view = trained.presenter.surface, trained.tab.stage.view()
    assert surface is not None and surface.focusWidget() in (surface, None)
    pressed: list[int] = []
    view.button.clicked.connect(lambda: pressed.append(1))
    view.button.setFocus(Qt.FocusReason.TabFocusReason)
    press(trained, Qt.Key.Key_Space)
    assert pressed and not view.bar.playing
    view.field.setFocus()
    QTest.keyClicks(view.field, "tbln")
    assert view.field.text() == "tbln" and not surface.blanked
    press(trained, Qt.Key.Key_Escape)
    assert trained.presenter.active and surface.focusWidget() is surface
    press(trained, Qt.Key.Key_Space)
    assert view.bar.playing
    view.bar.stop()


def test_a_film_that_runs_runs_on_through_both_changes(trained: MainWindow) -> None:
    view: Any = trained.tab.stage.view()
    view.bar.toggle()
    trained.do("presenter")
    assert view.bar.playing
    trained.do("presenter")
    assert view.bar.playing
    view.bar.stop()


def test_every_key_is_told_and_does_something(trained: MainWindow) -> None:
    sheet = shortcut_sheet(full_screen=True)
    page = sheet.findChildren(QWidget)
    text = next(w.toPlainText() for w in page if hasattr(w, "toPlainText"))
    sheet.deleteLater()
    assert all(key.help in text for key in KEYS) and text.index("full screen") < text.index("Save recipe")
    for key in KEYS:
        assert callable(getattr(trained.presenter, f"_{key.action}"))
    assert len({name for key in KEYS for name in key.names}) == sum(len(key.names) for key in KEYS)


# ---------------------------------------------------------------- notes and screens
def screen(name: str, x: int = 0, width: int = 1280, height: int = 800) -> Any:
    return SimpleNamespace(name=lambda: name, geometry=lambda: QRect(x, 0, width, height))


def test_which_screen_the_audience_sees() -> None:
    laptop, projector, third = screen("laptop"), screen("projector", 1280), screen("third", 3200)
    both = [laptop, projector]
    assert screens.audience([laptop], laptop, laptop) is laptop
    assert screens.for_notes([laptop], laptop, laptop) is None
    assert screens.audience(both, laptop, laptop) is projector, "the outer one"
    assert screens.audience(both, laptop, projector) is projector, "wherever the window is"
    assert screens.audience([*both, third], laptop, third) is third, "of two outer ones, the window's"
    assert screens.audience(both, laptop, laptop, kept="laptop") is laptop, "unless another was chosen"
    assert screens.audience(both, laptop, laptop, kept="gone") is projector
    assert screens.for_notes(both, laptop, projector) is laptop and screens.for_notes(both, laptop, laptop) is projector
    assert screens.index_of(both, screen("projector", 1280)) == 1, "whatever object stands for it"
    assert screens.index_of(both, third) == -1 and screens.audience(both, screen("laptop"), laptop) is projector


def test_type_grows_with_the_screen() -> None:
    sizes = [(1024, 768), (1280, 800), (1920, 1080), (3840, 2160)]
    scales = [screens.scale_for(screen("s", 0, *size)) for size in sizes]
    assert scales == sorted(scales) and len(set(scales)) == 4 and scales[0] >= 1.15 and scales[-1] == 3.0
    for (w, h), scale in zip(sizes[1:3], scales[1:3], strict=True):  # a view has as much room as on the smallest stage
        assert (w - screens.TAKEN[0]) / scale >= screens.ROOM[0] and (h - screens.TAKEN[1]) / scale >= screens.ROOM[1] - 1


def test_notes_on_one_screen_are_a_window_with_the_same_keys(trained: MainWindow) -> None:
    trained.lessons.open(lesson("Say **this**.", ""))
    trained.do("presenter")
    assert trained.presenter.notes is None
    press(trained, Qt.Key.Key_N)
    notes: Any = trained.presenter.notes
    assert notes is not None and "Say this." in notes.text.toPlainText() and notes.title.text() == "Step 0"
    assert "Step 1" in notes.next_title.text() and not notes.screens.isEnabled()
    QTest.keyClick(notes, Qt.Key.Key_PageDown)
    assert trained.lessons.player.index == 1 and "no notes" in notes.text.toPlainText() and "end" in notes.next_title.text()
    notes.buttons["blank"].click()
    assert trained.presenter.surface.blanked  # type: ignore[union-attr]
    notes.buttons["blank"].click()
    assert not trained.presenter.surface.blanked  # type: ignore[union-attr]
    notes.close()
    assert trained.presenter.notes is None and trained.presenter.active
    press(trained, Qt.Key.Key_N)
    trained.do("presenter")
    assert trained.presenter.notes is None


def test_without_a_lesson_the_notes_tell_of_the_view(trained: MainWindow) -> None:
    trained.do("presenter")
    press(trained, Qt.Key.Key_N)
    notes: Any = trained.presenter.notes
    assert notes.title.text() == "Film" and "Plays." in notes.text.toPlainText()
    press(trained, Qt.Key.Key_Down)
    assert notes.title.text() == trained.tab.stage.view().title


def test_the_clock() -> None:
    assert [clock_text(s) for s in (0, 59.9, 61, 3599, 3723)] == ["0:00", "0:59", "1:01", "59:59", "1:02:03"]


TWO_SCREENS = """
import sys
sys.path[:0] = {path!r}
import test_presenter as t
from PySide6.QtWidgets import QApplication
from PySide6.QtCore import QSettings
qt = QApplication([])
t.app_module.ENGINE, t.app_module.IDLE, t.views.VIEWS = "json", (), {{**t.CLASSES, "samples": t.Film}}
t.views.wire = lambda made: None
session = t.FakeSession()
settings = t.Settings(QSettings({ini!r}, QSettings.Format.IniFormat))
app = t.App(qt, t.fake_services(session), settings)
app.start()
while not app.ready:
    qt.processEvents()
w = app.window
w.show_family("vae")
def where(window):
    qt.processEvents()
    return window.screen().name(), window.geometry().getRect()
w.do("presenter")
p = w.presenter
laptop, projector = ("laptop", (0, 0, 1280, 800)), ("projector", (1280, 0, 1920, 1080))
assert where(p.surface) == projector, where(p.surface)
assert where(p.notes)[0] == "laptop" and p.notes.isMaximized(), where(p.notes)
large = t.theme.current().scale
p.press("screen_on")
assert where(p.surface) == laptop and where(p.notes)[0] == "projector" and t.theme.current().scale < large
assert settings.get("presenter screen", "") == "laptop"
w.do("presenter"); w.do("presenter")
assert where(p.surface) == laptop, "as it was chosen"
p.notes.screen_chosen.emit(1)
assert where(p.surface) == projector and where(p.notes)[0] == "laptop"
w.do("presenter"); w.do("view_full_screen")
assert where(p.surface)[0] == w.screen().name() and p.notes is None, "plain full screen stays where the window is"
w.do("view_full_screen")
assert t.home(w)
w.close()
while w.isVisible():
    qt.processEvents()
print("two screens: well")
"""


def test_two_screens_for_real(tmp_path: Path) -> None:
    """Qt's own screens, made by a file of the offscreen platform, in a process of their own."""
    sizes = [("laptop", 0, 1280, 800), ("projector", 1280, 1920, 1080)]
    same = {"y": 0, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    made = [{"name": n, "x": x, "width": w, "height": h, **same} for n, x, w, h in sizes]
    config = tmp_path / "screens.json"
    config.write_text(json.dumps({"screens": made}))
    here = Path(__file__).parent
    script = TWO_SCREENS.format(path=[str(here), str(here.parents[1])], ini=str(tmp_path / "s.ini"))
    env = {**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={config}"}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, timeout=120)
    assert "two screens: well" in done.stdout, done.stderr[-2000:]


# ---------------------------------------------------------------- pictures
def test_a_view_is_saved_as_a_picture_while_it_is_full_screen(
    trained: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trained.do("presenter")
    view: Any = trained.tab.stage.view()
    for kind, factor in (("Picture (*.png)", 1), (FINE, 2)):
        target, size = tmp_path / f"{factor}.png", view.size() * factor
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, t=target, k=kind: (str(t), k))
        trained.do("export")
        until(lambda t=target: t.name in trained.tab.stage.banner.label.text())
        assert read_recipe(target).family == "vae"
        assert _png_size(target) == (size.width(), size.height())
        assert trained.tab.stage.banner.window() is trained.presenter.surface, "and it is said where one looks"


def _png_size(path: Path) -> tuple[int, int]:
    head = path.read_bytes()[16:24]
    return int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")


# ---------------------------------------------------------------- never long
@pytest.mark.parametrize(("name", "kind"), [("chain", "points"), ("samples", "image"), ("latent_map", "points")])
def test_entering_and_leaving_cost_little(window: MainWindow, name: str, kind: str) -> None:
    """With a real view, in the processor time of the window's thread (others work on a test machine too)."""
    view = VIEWS[name]()
    FakeEngine(view, kind, family=families_of(name, kind)[0]).fill()
    stage = window.tab.stage
    stage.stack.addWidget(view)
    stage.front.show(view)
    QApplication.processEvents()
    took = []
    for _ in range(6):
        start = time.thread_time()
        window.do("presenter")
        took.append(time.thread_time() - start)
        QApplication.processEvents()
    stage.show_view("samples")
    stage.stack.removeWidget(view)
    view.deleteLater()
    assert min(took[0::2]) < 0.1 and min(took[1::2]) < 0.1, took
