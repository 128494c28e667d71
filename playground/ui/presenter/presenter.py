"""Enters and leaves full screen: borrows the view in front, follows the window while it changes, acts on keys, keeps the notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from playground.ui import theme
from playground.ui.presenter import screens
from playground.ui.presenter.keys import HINT
from playground.ui.presenter.line import run_of, what_of
from playground.ui.presenter.sizes import Sizes
from playground.ui.theme import Theme

if TYPE_CHECKING:
    from playground.ui.main_window import MainWindow
    from playground.ui.presenter.notes import NotesWindow
    from playground.ui.presenter.surface import Surface

SCREEN = "presenter screen"  # the setting that keeps the audience's
PLAIN_HINT = "Esc: back to the window · F1: all keys"
NOTHING = "Nothing plays here, and no run can be paused. T starts training."


class Presenter(QObject):
    """Of one window. ``surface`` and ``notes`` are there only while a view is full screen; views are moved, never made anew."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.surface: Surface | None = None
        self.notes: NotesWindow | None = None
        self._page: Any = None  # whose view is borrowed
        self._sizes: Sizes | None = None
        self._before: Theme = theme.current()
        self._focus: QWidget | None = None
        self._at = ""  # the name of the audience's screen: objects of screens may die with a window that was on them
        window.lessons.stepped.connect(lambda *_: self._show_step())

    @property
    def active(self) -> bool:
        return self.surface is not None

    @property
    def presenting(self) -> bool:
        return self.surface is not None and self.surface.presenting

    # ------------------------------------------------------------ in and out
    def toggle(self, presenting: bool) -> None:
        """Into presenter mode (or plain full screen), or out of it; from one of them into the other."""
        before = self.surface.presenting if self.surface is not None else None
        self.leave()
        if before is not presenting:
            self.enter(presenting)

    def enter(self, presenting: bool) -> None:
        """Put the view in front full screen."""
        from playground.ui.presenter.surface import HINT_MS, Surface

        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        self._before, self._focus = theme.current(), QApplication.focusWidget()
        surface = self.surface = Surface(self._window.background, presenting)
        surface.pressed.connect(self.press)
        surface.typed.connect(self._typed)
        surface.closed.connect(self.leave)
        surface.addActions(self._window.actions())
        self._at = self._choose_screen().name()
        if presenting:
            theme.put_on(theme.scaled(theme.PRESENTER, screens.scale_for(self._screen)))
        self._borrow(self._window.page)
        self._place()
        self._show_step()  # of a lesson that was open before
        if presenting and self._notes_screen() is not None:
            self.show_notes()
        surface.activateWindow()
        surface.take_keyboard()
        surface.say(HINT if presenting else PLAIN_HINT, HINT_MS)
        app.screenAdded.connect(self._screens_changed)
        app.screenRemoved.connect(self._screens_changed)

    def leave(self) -> None:
        """Everything back to its place, as it was before."""
        surface, self.surface = self.surface, None
        if surface is None:
            return
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.screenAdded.disconnect(self._screens_changed)
        app.screenRemoved.disconnect(self._screens_changed)
        was_presenting = surface.presenting
        theme.put_on(self._before)
        self._give_back(surface, was_presenting)
        self.hide_notes()
        surface.hide()
        surface.deleteLater()
        self._window.activateWindow()
        if self._focus is not None and shiboken6.isValid(self._focus) and self._focus.isVisible():
            self._focus.setFocus(Qt.FocusReason.OtherFocusReason)
        self._focus = None
        if was_presenting:
            for page in self._window.pages:  # what happened meanwhile was drawn in the presenter's colours
                QTimer.singleShot(0, page, page.retheme)
            QTimer.singleShot(0, self._window.lessons, self._window.lessons.retheme)

    # ------------------------------------------------------------ the view
    def follow(self, page: Any) -> None:
        """Another page has come to the front."""
        surface = self.surface
        if surface is not None and page is not self._page:
            self._give_back(surface, surface.presenting)
            self._borrow(page)
            self._show_step()

    def _borrow(self, page: Any) -> None:
        surface, stage = self.surface, page.stage
        assert surface is not None
        self._page = page
        surface.dress(page.accent)
        playing = _playing(stage.front.page)  # a film stops where it is hidden
        stage.front.lend()
        stage.front.turned.connect(self._turn)
        surface.host(stage.banner, getattr(stage, "health", None))
        stage.banner.retheme()
        self._hold(playing)

    def _turn(self, _: QWidget) -> None:
        """The stage wants another page in front."""
        if self.surface is not None:
            self._return_sizes()
            self._hold()
            self._show_step()

    def _hold(self, playing: bool = False) -> None:
        surface, front = self.surface, self._page.stage.front
        assert surface is not None
        view = front.take()
        if surface.presenting:
            self._sizes = Sizes(view)
            self._sizes.scale(theme.current().scale / self._before.scale)
        surface.hold(view)
        self._wear(view, playing)
        self.show_status()

    def _give_back(self, surface: Surface, rewear: bool) -> None:
        stage, view = self._page.stage, surface.view
        playing = _playing(view)
        self._return_sizes()
        surface.view = None
        stage.front.turned.disconnect(self._turn)
        stage.front.end()
        stage.take_back_messages()
        if rewear:
            stage.banner.retheme()
            self._wear(view, playing)
        elif playing and not _playing(view):
            view.play_pause()
        self._page = None

    def _wear(self, view: Any, playing: bool) -> None:
        """The colours and sizes of now for what is painted by hand; a film that was running runs on."""
        if self.surface is None or self.surface.presenting:
            on_theme = getattr(view, "on_theme", None)
            if on_theme is not None:
                on_theme()
        if playing and not _playing(view):
            view.play_pause()

    def _return_sizes(self) -> None:
        if self._sizes is not None:
            self._sizes.restore()
            self._sizes = None

    # ------------------------------------------------------------ screens
    @property
    def _screen(self) -> Any:
        """The audience's."""
        return next((s for s in self._all_screens() if s.name() == self._at), QGuiApplication.primaryScreen())

    def _all_screens(self) -> list[Any]:
        return list(QGuiApplication.screens())

    def _choose_screen(self) -> Any:
        assert self.surface is not None
        if not self.surface.presenting:
            return self._window.screen()
        kept = str(self._window.settings.get(SCREEN, ""))
        return screens.audience(self._all_screens(), QGuiApplication.primaryScreen(), self._window.screen(), kept)

    def _notes_screen(self) -> Any:
        return screens.for_notes(self._all_screens(), QGuiApplication.primaryScreen(), self._screen)

    def _place(self) -> None:
        """Fill the audience's screen."""
        surface = self.surface
        assert surface is not None
        screen = self._screen
        surface.setScreen(screen)
        surface.setGeometry(screen.geometry())
        surface.showFullScreen()

    def move_to(self, index: int) -> None:
        """Show the view on this screen, from now on."""
        if self.surface is None or not 0 <= index < len(self._all_screens()):
            return
        self._at = self._all_screens()[index].name()
        if self.surface.presenting:
            self._window.settings.put(SCREEN, self._at)
        self._rescale()

    def _rescale(self) -> None:
        """The screen is another one: other room, other type; the notes go where there is room for them."""
        surface = self.surface
        assert surface is not None
        surface.hide()
        if surface.presenting:
            theme.put_on(theme.scaled(theme.PRESENTER, screens.scale_for(self._screen)))
            surface.dress(self._page.accent)
            if self._sizes is not None:
                self._sizes.scale(theme.current().scale / self._before.scale)
            self._wear(surface.view, False)
        self._place()
        if self.notes is not None:
            self.hide_notes()
            self.show_notes()
        surface.activateWindow()
        surface.take_keyboard()

    def _screens_changed(self, _: Any) -> None:
        """A projector was plugged in or out."""
        if self.surface is not None:
            self._at = self._choose_screen().name()
            self._rescale()

    # ------------------------------------------------------------ notes
    def show_notes(self) -> None:
        """Filling the other screen, or as an ordinary window where there is none."""
        from playground.ui.presenter.notes import NotesWindow

        notes = self.notes = NotesWindow(self._window.background)
        notes.pressed.connect(self.press)
        notes.typed.connect(self._typed)
        notes.screen_chosen.connect(self.move_to)
        notes.addActions(self._window.actions())
        notes.dress(self._page.accent)
        notes.show_screens(self._all_screens(), self._screen)
        screen = self._notes_screen()
        if screen is not None:
            notes.setScreen(screen)
            notes.setGeometry(screen.availableGeometry())
            notes.showMaximized()
        else:
            room = self._screen.availableGeometry()
            notes.resize(round(room.width() * 0.6), round(room.height() * 0.7))
            notes.show()
            notes.activateWindow()
        self._show_step()  # in the type of a window that is shown

    def hide_notes(self) -> None:
        notes, self.notes = self.notes, None
        if notes is not None:
            notes.hide()
            notes.deleteLater()

    # ------------------------------------------------------------ keys
    def press(self, action: str) -> None:
        """Do what a key of the table means."""
        surface = self.surface
        if surface is None:
            return
        if surface.blanked and action not in ("notes", "leave"):
            surface.set_blank(False)
            return
        getattr(self, f"_{action}")()

    def _typed(self, event: QKeyEvent) -> None:
        """Digits choose a view; other plain keys are the window's."""
        if self.surface is not None and self.surface.blanked:
            self.surface.set_blank(False)
        else:
            self._window.keyPressEvent(event)

    def _play(self) -> None:
        view, status = self._page.stage.view(), self._page.status
        if view is not None and view.play_pause():
            return
        if status.active or status.state in ("stopped", "finished", "failed"):
            self._page.pause_or_resume()
            self.show_status()
        else:
            self.say(NOTHING)

    def _on(self) -> None:
        self._step(1)

    def _back(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        view = self._page.stage.view()
        if view is None or not view.step(by):
            self._walk(by)

    def _forward(self) -> None:
        self._walk(1)

    def _backward(self) -> None:
        self._walk(-1)

    def _walk(self, by: int) -> None:
        """Through the lesson, which does not end by itself here; without one through the views."""
        player = self._window.lessons.player
        if player is None or player.lesson is None:
            self._page.stage.turn(by)
        elif not 0 <= player.index + by < len(player.lesson.steps):
            self.say("This is the last step of the lesson." if by > 0 else "This is the first step of the lesson.")
        else:
            self._window.lessons.turn(by)

    def _next_view(self) -> None:
        self._page.stage.turn(1)

    def _previous_view(self) -> None:
        self._page.stage.turn(-1)

    def _train(self) -> None:
        if self._page.status.active:
            self.say("A run is on stage. Space pauses and resumes it; Ctrl+Return starts anew.")
        else:
            self._page.do("train")

    def _lesson(self) -> None:
        assert self.surface is not None
        if self._window.lessons.step is None:
            self.say("No lesson is open. F4 lists them.")
        else:
            self.surface.sheet.setVisible(self.surface.sheet.isHidden())
            self.surface.sheet.fit(self.surface.width())

    def _notes(self) -> None:
        self.hide_notes() if self.notes is not None else self.show_notes()

    def _blank(self) -> None:
        assert self.surface is not None
        self.surface.set_blank(True)

    def _line(self) -> None:
        assert self.surface is not None
        self.surface.line.setVisible(self.surface.line.isHidden())

    def _screen_on(self) -> None:
        found = self._all_screens()
        if len(found) < 2:
            self.say("There is only this screen.")
        else:
            self.move_to((screens.index_of(found, self._screen) + 1) % len(found))

    def _leave(self) -> None:
        """Esc, one thing at a time: light, keyboard, message, then the end."""
        surface = self.surface
        assert surface is not None
        banner = self._page.stage.banner
        holder = surface.focusWidget() if self.notes is None or not self.notes.isActiveWindow() else None
        if surface.blanked:
            surface.set_blank(False)
        elif surface.presenting and holder not in (None, surface, surface.view) and surface.isAncestorOf(holder):
            surface.take_keyboard()
        elif not banner.isHidden():
            self._page.dismiss()
        else:
            self.leave()

    # ------------------------------------------------------------ what is said
    def say(self, words: str) -> None:
        if self.surface is not None:
            self.surface.say(words)

    def show_status(self) -> None:
        """The line and the notes, a few times a second."""
        surface, lessons = self.surface, self._window.lessons
        if surface is None or self._page is None:
            return
        player = lessons.player
        lesson = player.lesson if player is not None else None
        place = f"{lesson.title}, {player.index + 1} of {len(lesson.steps)}" if lesson is not None else ""
        surface.line.show_page(self._page, place)
        if lesson is not None and lessons.step is not None and lessons.step.goal is not None:
            surface.sheet.show_goal(lessons.step.goal.words, player.progress.reached(lesson.key, player.index))
        if self.notes is not None:
            self.notes.tick(run_of(self._page), surface.blanked)

    def _show_step(self) -> None:
        """The lesson's step, or the view where there is no lesson, to both sides."""
        surface, player = self.surface, self._window.lessons.player
        if surface is None or self._page is None:
            return
        accent = self._page.accent
        lesson = player.lesson if player is not None else None
        if lesson is None:
            surface.sheet.hide()
            if self.notes is not None:
                self.notes.show_step(*self._view_words(), accent)
        else:
            steps, i = lesson.steps, player.index
            surface.sheet.show_step(lesson, i, accent)
            if self.notes is not None:
                following = steps[i + 1].title if i + 1 < len(steps) else ""
                where = f"{lesson.title} · {i + 1} of {len(steps)}"
                self.notes.show_step(where, steps[i].title, steps[i].notes, following, accent)
        self.show_status()

    def _view_words(self) -> tuple[str, str, str, str]:
        """Where, title, notes and what is next, of the view on screen."""
        switch = self._page.stage.switch
        keys, titles = switch.keys, switch.titles
        at = keys.index(switch.key()) if switch.key() in keys else 0
        view = self._page.stage.view()
        where = " · ".join(part for part in what_of(self._page)[:2] if part).replace("<b>", "").replace("</b>", "")
        return where, titles[at], view.hint if view is not None else "", titles[(at + 1) % len(titles)]


def _playing(view: Any) -> bool:
    """Something moves by itself in a page of the stage."""
    playing = getattr(view, "playing", None)
    return bool(playing()) if callable(playing) else False
