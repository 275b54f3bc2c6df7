"""Threads of safepool are made in one place: ``threading.Thread.start()`` may wait for ever (``protocol/threads``)."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.checkout import ROOT

THREADS = ROOT / "safepool" / "protocol" / "threads.py"


def makes(path: Path) -> list[str]:
    """Where this module calls threading's own class."""
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("threading.Thread", "threading.Timer")
    ]


def test_nobody_else_makes_a_thread_of_threading() -> None:
    """Nor a Timer, which is one.."""
    modules = sorted((ROOT / "safepool").rglob("*.py"))
    assert "threading.Thread._bootstrap" in THREADS.read_text()
    assert THREADS in modules
    assert [where for path in modules for where in makes(path)] == []


def test_the_look_finds_one() -> None:
    """Of each kind."""
    module = ROOT / "tests" / "safepool" / "protocol" / "test_bell.py"
    assert len(makes(module)) >= 2
