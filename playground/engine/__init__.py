"""The door of the engine: what a window or a command line may use. Nothing else is public.

Names resolve when first used (PEP 562): ``from playground.engine import messages`` costs milliseconds, only
``Session`` and what trains pull torch in. So a window is painted before torch is loaded. No Qt, anywhere below.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playground.engine import config as config
    from playground.engine import dirac as dirac
    from playground.engine import messages as messages
    from playground.engine import schedules as schedules
    from playground.engine.compare import Comparison as Comparison
    from playground.engine.compare import ComparisonInfo as ComparisonInfo
    from playground.engine.compare import ComparisonPlan as ComparisonPlan
    from playground.engine.compare import Contestant as Contestant
    from playground.engine.compare import comparison_numbers as comparison_numbers
    from playground.engine.compare import comparisons_folder as comparisons_folder
    from playground.engine.compare import default_plan as default_plan
    from playground.engine.compare import list_comparisons as list_comparisons
    from playground.engine.compare import write_numbers as write_numbers
    from playground.engine.compare import write_report as write_report
    from playground.engine.config import Config as Config
    from playground.engine.config import ConfigError as ConfigError
    from playground.engine.config import Param as Param
    from playground.engine.config import field_types as field_types
    from playground.engine.config import params as params
    from playground.engine.datasets import DATASETS as DATASETS
    from playground.engine.datasets import describe as describe
    from playground.engine.datasets import load_data as load_data
    from playground.engine.datasets.errors import DataError as DataError
    from playground.engine.datasets.npy import items_key as items_key
    from playground.engine.datasets.npy import read_arrays as read_arrays
    from playground.engine.datasets.preview import preview as preview
    from playground.engine.devices import list_devices as list_devices
    from playground.engine.export import enlarge as enlarge
    from playground.engine.export import scale_for as scale_for
    from playground.engine.export import tile as tile
    from playground.engine.export import write_animation as write_animation
    from playground.engine.export import write_picture as write_picture
    from playground.engine.families import FAMILIES as FAMILIES
    from playground.engine.files import whole_file as whole_file
    from playground.engine.lesson_files import LESSON_FORMAT as LESSON_FORMAT
    from playground.engine.lesson_files import LESSON_LIMITS as LESSON_LIMITS
    from playground.engine.lesson_files import lesson_values as lesson_values
    from playground.engine.lesson_files import recipe_values as recipe_values
    from playground.engine.lesson_files import save_lesson as save_lesson
    from playground.engine.lesson_files import step_of as step_of
    from playground.engine.lessons import FORM_PARTS as FORM_PARTS
    from playground.engine.lessons import Goal as Goal
    from playground.engine.lessons import Lesson as Lesson
    from playground.engine.lessons import LessonError as LessonError
    from playground.engine.lessons import Question as Question
    from playground.engine.lessons import Step as Step
    from playground.engine.lessons import lesson_of as lesson_of
    from playground.engine.lessons import lessons_on_board as lessons_on_board
    from playground.engine.lessons import read_lesson as read_lesson
    from playground.engine.on_board import ModelOnBoard as ModelOnBoard
    from playground.engine.on_board import ModelQuality as ModelQuality
    from playground.engine.on_board import model_on_board as model_on_board
    from playground.engine.on_board import models_on_board as models_on_board
    from playground.engine.recipe import Compute as Compute
    from playground.engine.recipe import Recipe as Recipe
    from playground.engine.recipe_files import read_recipe as read_recipe
    from playground.engine.run_file import pack_run as pack_run
    from playground.engine.run_file import unpack_run as unpack_run
    from playground.engine.runs import RunFileError as RunFileError
    from playground.engine.runs import delete_run as delete_run
    from playground.engine.runs import list_runs as list_runs
    from playground.engine.runs import load_run as load_run
    from playground.engine.runs import rename_run as rename_run
    from playground.engine.runs import runs_folder as runs_folder
    from playground.engine.session import Session as Session

_WHERE = {
    "Config": "config", "ConfigError": "config", "Param": "config", "params": "config", "field_types": "config",
    "DATASETS": "datasets", "describe": "datasets", "load_data": "datasets", "DataError": "datasets.errors",
    "FAMILIES": "families", "Recipe": "recipe", "Compute": "recipe", "Session": "session",
    "list_devices": "devices", "RunFileError": "runs", "list_runs": "runs", "load_run": "runs", "rename_run": "runs",
    "delete_run": "runs", "runs_folder": "runs",
    "write_picture": "export", "write_animation": "export", "tile": "export", "enlarge": "export", "scale_for": "export",
    "read_recipe": "recipe_files", "preview": "datasets.preview", "read_arrays": "datasets.npy", "items_key": "datasets.npy",
    "whole_file": "files", "Comparison": "compare", "ComparisonInfo": "compare", "ComparisonPlan": "compare",
    "Contestant": "compare", "comparisons_folder": "compare", "default_plan": "compare", "list_comparisons": "compare",
    "comparison_numbers": "compare", "write_numbers": "compare", "write_report": "compare",
    "Lesson": "lessons", "LessonError": "lessons", "Question": "lessons", "Step": "lessons", "lessons_on_board": "lessons",
    "read_lesson": "lessons", "lesson_of": "lessons", "Goal": "lessons", "FORM_PARTS": "lessons",
    "LESSON_LIMITS": "lesson_files", "lesson_values": "lesson_files", "recipe_values": "lesson_files",
    "save_lesson": "lesson_files", "step_of": "lesson_files", "LESSON_FORMAT": "lesson_files",
    "ModelOnBoard": "on_board", "ModelQuality": "on_board", "model_on_board": "on_board", "models_on_board": "on_board",
    "pack_run": "run_file", "unpack_run": "run_file",
}  # fmt: skip
_MODULES = ("config", "dirac", "messages", "schedules")

__all__ = sorted((*_WHERE, *_MODULES))


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _WHERE:
        return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
