"""Fixtures of the engine's tests."""

from __future__ import annotations

from engine_kit import small_data as small_data
