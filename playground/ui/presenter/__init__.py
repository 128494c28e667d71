"""A view full screen, in the window's theme or for an audience: large type, thick lines, keys that play and step, notes."""

from playground.ui.presenter.presenter import Presenter

__all__ = ["Presenter"]
