"""The checkout as its tests see it: every module of the two packages, and what each imports, read from the source (AST)."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("safepool", "repro")


class Import(NamedTuple):
    """One module that another imports. typing: whether only the type checker sees it (``if TYPE_CHECKING``)."""

    importer: str
    imported: str
    typing: bool


@functools.cache
def modules() -> dict[str, Path]:
    """Every module of the two packages by its full name; a package by its own."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if not all(part.isidentifier() for part in parts):  # nobody can import it: the program of a lesson
                continue
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@functools.cache
def imports() -> tuple[Import, ...]:
    """Every import of one module of ours by another, lazy ones too."""
    return tuple(one for name, path in modules().items() for one in imports_of(name, path))


def imports_of(name: str, path: Path) -> Iterator[Import]:
    """The imports of one module. name: its full name."""
    tree = ast.parse(path.read_text("utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree):
        for imported in _named(node, package):
            if imported.split(".")[0] in PACKAGES:
                yield Import(name, imported, id(node) in for_types)


def _named(node: ast.AST, package: str) -> list[str]:
    """The modules that an import statement names, in full; of ``from a import b``, ``a.b`` where that is a module of ours."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = node.module or ""
    if node.level:
        parts = package.split(".")
        base = ".".join(filter(None, [*parts[: len(parts) - node.level + 1], base]))
    return [f"{base}.{alias.name}" if f"{base}.{alias.name}" in modules() else base for alias in node.names]


def is_in(module: str, *rooms: str) -> bool:
    """Whether a module is one of these, or lies in one."""
    return any(module == room or module.startswith(room + ".") for room in rooms)
