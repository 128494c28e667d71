"""Lessons in the window: text with formulas, a question to predict, a goal to reach, and the window set for every step."""

from __future__ import annotations

from playground.ui.lessons.editor import LessonEditor
from playground.ui.lessons.lessons import Lessons

__all__ = ["LessonEditor", "Lessons"]
