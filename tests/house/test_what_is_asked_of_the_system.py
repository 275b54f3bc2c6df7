"""What safepool asks of the system it asks where no mock of a program's tests is: the rule of ``safepool.protocol.originals``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from safepool.protocol.originals import System
from tests.house.checkout import modules

#: What a test suite may replace, and what a pool would fail of.
ASKED = ("os", "posix", "select", "signal", "_signal", "socket", "_socket", "fcntl", "mmap", "resource")
#: These say which thread this is; ``Thread``, ``Event`` and the locks are the program's, and so gevent's where that is.
THREADS = ("current_thread", "get_ident", "get_native_id", "enumerate", "active_count", "main_thread")
#: What only computes.
COMPUTES = {"os": ("fsdecode", "fsencode", "strerror", "path"), "signal": ("Signals",)}
PATHS = ("abspath", "dirname")

#: Who may ask otherwise, and why.
EXCEPT = {
    "safepool._suite": "no part of a pool: the console script that starts the suite",
    "safepool.protocol.originals": "where they are held",
    "safepool.protocol.clock": "holds select.select, as a default argument",
}
#: These know their threads as objects, as ``threading`` lists them.
KNOW_THREADS = ("safepool.engine.callbacks", "safepool.engine.crew")
ALSO = {
    ("safepool.interfaces.common", "os.cpu_count"): "how many workers there shall be is what the program's says",
    ("safepool.worker.strangers", "os._exit"): "what the program has put there has its say; then it is asked of System",
}


def asked(tree: ast.AST) -> Iterator[str]:
    """What a module takes from those modules by their names, but constants and types (in annotations, as a base class)."""
    types = {
        id(inner)
        for node in ast.walk(tree)
        for part in (
            [getattr(node, "annotation", None), getattr(node, "returns", None)]
            + (list(node.bases) if isinstance(node, ast.ClassDef) else [])
        )
        if part is not None
        for inner in ast.walk(part)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and id(node) not in types:
            module, name = node.value.id, node.attr
            if (module in ASKED and not name.isupper() and name not in COMPUTES.get(module, ())) or (
                module == "threading" and name in THREADS
            ):
                yield f"{module}.{name}"
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "os.path" and node.attr not in PATHS:
            yield f"os.path.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module in (*ASKED, "time", "os.path"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
            yield "open"


def test_it_is_asked_where_no_mock_is() -> None:
    """No room of safepool calls, or hands on, a function of the system by the name that a test may replace."""
    found = {
        (name, what)
        for name, path in modules().items()
        if name.startswith("safepool") and name not in EXCEPT
        for what in asked(ast.parse(path.read_text("utf-8")))
        if not (name in KNOW_THREADS and what.startswith("threading."))
    }
    assert found - ALSO.keys() == set()
    assert ALSO.keys() - found == set(), "no exception any more"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("os.kill(1, 2)", ["os.kill"]),
        ("note(book, os.dup, 1)", ["os.dup"]),
        ("from os import kill", ["os.kill"]),
        ("from select import poll as p", ["select.poll"]),
        ("os.path.exists('/')", ["os.path.exists"]),
        ("open('/')", ["open"]),
        ("mmap.mmap(1, 2)", ["mmap.mmap"]),
        ("threading.get_ident()", ["threading.get_ident"]),
        ("class R(mmap.mmap): ...", []),
        ("def f(one: mmap.mmap) -> socket.socket: ...", []),
        ("System.kill(1, signal.SIGKILL)", []),
        ("os.path.dirname(os.fsdecode(x))", []),
        ("threading.RLock()", []),
    ],
)
def test_what_breaks_the_rule_is_noticed(line: str, what: list[str]) -> None:
    """By whichever way it is asked; and nothing else is."""
    assert list(asked(ast.parse(line))) == what


def test_what_is_held_is_the_systems() -> None:
    """Here all that is held is there, and is C code."""
    held = {name: value for name, value in vars(System).items() if not name.startswith("_")}
    assert {name for name, value in held.items() if hasattr(value, "__code__")} == set()
    assert len(held) > 30
