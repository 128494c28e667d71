"""The page on which several runs learn side by side, and the textbook's table is measured."""

from __future__ import annotations

from playground.ui.compare.tab import CompareTab

__all__ = ["CompareTab"]
