"""What is remembered between two sessions: geometry, theme, last data and recipe. A thin typed skin over QSettings."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import QByteArray, QSettings


class Settings:
    """Plain values by name, as JSON text, so that a foreign or damaged entry reads as "not there" and never raises."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store or QSettings()

    def get(self, name: str, default: Any = None) -> Any:
        """The value kept under ``name`` if it can be read and has the default's type, else ``default``."""
        try:
            value = json.loads(str(self._store.value(name, "")))
        except ValueError:
            return default
        return value if default is None or isinstance(value, type(default)) else default

    def put(self, name: str, value: Any) -> None:
        """Keep a value that JSON can hold."""
        self._store.setValue(name, json.dumps(value))

    def get_bytes(self, name: str) -> QByteArray:
        """Geometry and the like; empty where there is none."""
        return QByteArray.fromBase64(QByteArray(str(self.get(name, "")).encode()))

    def put_bytes(self, name: str, value: QByteArray) -> None:
        self.put(name, bytes(value.toBase64().data()).decode())

    def sync(self) -> None:
        """Write to disk now."""
        self._store.sync()
