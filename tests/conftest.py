"""What every test gets: folders of its own, one thread, a guard against leaked threads and logged trouble."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator

import pytest

# Before torch is imported anywhere: the machine is shared, and equal bits need an equal number of threads.
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

OURS = ("trainer", "explorer")  # names of the engine's threads begin so


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "allow_log: this test may log warnings and errors")
    try:
        from hypothesis import HealthCheck, settings
    except ImportError:  # the window's tests run without it
        return
    calm = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    settings.register_profile("playground", deadline=None, max_examples=60, suppress_health_check=calm)
    settings.load_profile("playground")


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Runs and caches of the tests never meet those of the person who runs them."""
    before = {name: os.environ.get(name) for name in ("PLAYGROUND_RUNS", "PLAYGROUND_CACHE")}
    for name in before:
        os.environ[name] = str(tmp_path_factory.mktemp(name.lower()))
    yield
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


class _Trouble(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = f" ({record.exc_info[1]!r})" if record.exc_info else ""
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}{error}")


@pytest.fixture(autouse=True)
def _guard(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that leaves a training or explorer thread behind, or logs WARNING or worse, has failed."""
    before = {t.ident for t in threading.enumerate()}
    trouble = _Trouble()
    logging.getLogger().addHandler(trouble)
    yield
    logging.getLogger().removeHandler(trouble)
    deadline = time.monotonic() + 5
    while (leaked := _leaked(before)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not leaked, f"threads left behind: {leaked}"
    if request.node.get_closest_marker("allow_log") is None:
        assert not trouble.lines, f"logged: {trouble.lines}"


def _leaked(before: set[int | None]) -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith(OURS) and t.ident not in before]
