"""What time it is, whatever a test suite has done to the time."""

from __future__ import annotations

import ast
import inspect
import time

import pytest

from safepool.protocol import clock


def test_the_clock_is_the_monotonic_one() -> None:
    """Seconds on the scale of ``time.monotonic()``, in which workers note when they began."""
    before = time.monotonic()
    now = clock.now()
    assert before <= now <= time.monotonic()


def test_no_patch_of_the_time_module_reaches_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frozen, mocked to raise, replaced in every module that has a name for it: the clock goes on, and a pause pauses."""
    began = clock.now()

    def broken(*_: object) -> float:
        raise AssertionError("patched")

    for name in ("time", "monotonic", "sleep", "clock_gettime", "clock_gettime_ns", "monotonic_ns", "perf_counter"):
        monkeypatch.setattr(time, name, broken)
    clock.pause(0.002)
    assert clock.now() >= began + 0.002
    assert clock.now_ns() >= began * 1e9


def test_a_search_of_the_namespace_finds_no_function_of_time() -> None:
    """That is how freezegun finds what it replaces: by the values of modules' names."""
    real = [
        getattr(time, name)
        for name in ("time", "monotonic", "monotonic_ns", "sleep", "clock_gettime", "clock_gettime_ns", "localtime")
    ]
    assert [name for name, value in vars(clock).items() if any(value is one for one in real)] == []


def test_nobody_asks_another_clock() -> None:
    """No module of the package imports one, in whichever process it runs."""
    from tests.house.checkout import modules

    asked = []
    for name, path in modules().items():
        if name.startswith("safepool.") and name != clock.__name__:
            tree = ast.parse(path.read_text("utf-8"))
            asked += [
                name
                for node in ast.walk(tree)
                if (isinstance(node, ast.Import) and any(alias.name == "time" for alias in node.names))
                or (isinstance(node, ast.ImportFrom) and node.module == "time")
            ]
    assert asked == []
    assert "time.clock_gettime" in inspect.getsource(clock)


def test_a_clock_that_is_patched_when_it_is_looked_up_is_not_kept() -> None:
    """The package is imported for the first time while the time stands still."""
    assert clock._nanoseconds(lambda: 5)() >= clock.now_ns() - 10**9
