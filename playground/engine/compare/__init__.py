"""Comparisons: several models trained side by side on one clock, measured alike, and set beside what the textbook says."""

from __future__ import annotations

from playground.engine.compare.comparison import Comparison as Comparison
from playground.engine.compare.numbers import comparison_numbers as comparison_numbers
from playground.engine.compare.numbers import write_numbers as write_numbers
from playground.engine.compare.plan import ComparisonPlan as ComparisonPlan
from playground.engine.compare.plan import Contestant as Contestant
from playground.engine.compare.plan import default_plan as default_plan
from playground.engine.compare.report import write_report as write_report
from playground.engine.compare.store import ComparisonInfo as ComparisonInfo
from playground.engine.compare.store import comparisons_folder as comparisons_folder
from playground.engine.compare.store import list_comparisons as list_comparisons
