"""Each package's docstring is its map: every module has its line, and every line its module."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.checkout import ROOT, modules

#: Packages whose files are all of one kind, found by looking into the folder: their docstring says which.
OF_ONE_KIND = {
    "repro.cli",
    "repro.report.formats",
    "repro.lessons.forms",
    "repro.subject.scenarios",
    "repro.subject.pools",
    "repro.subject.checks",
    "repro.bench.subject",
    "repro.bench.subject.measurements",
}

#: Begins with an underscore, or is the way in, and is no room: needs no line.
UNNAMED = re.compile(r"_")

MAPS = [name for name, path in modules().items() if path.name == "__init__.py" and name not in OF_ONE_KIND]


def rows(docstring: str) -> list[str]:
    """The first column of the table between the lines of ``=``."""
    table = re.split(r"^=[= ]+$", docstring, flags=re.MULTILINE)
    return re.findall(r"^``(\w+)``  ", table[1], flags=re.MULTILINE) if len(table) == 3 else []


def inside(package: Path) -> set[str]:
    """The modules and packages that lie in a folder."""
    files = {path.stem for path in package.glob("*.py")}
    folders = {path.parent.name for path in package.glob("*/__init__.py")}
    return {name for name in files | folders if not UNNAMED.match(name)}


@pytest.mark.parametrize("package", MAPS)
def test_a_map_is_true(package: str) -> None:
    """Every module named, none missing, none twice."""
    path = modules()[package]
    named = rows(ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "")
    assert sorted(named) == sorted(inside(path.parent))


@pytest.mark.parametrize("package", sorted(OF_ONE_KIND))
def test_a_folder_of_one_kind_says_which(package: str) -> None:
    """It has a docstring, and files."""
    path = modules()[package]
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert inside(path.parent)


def test_every_module_says_what_it_is() -> None:
    """A docstring in each; scenarios say it in their prose."""
    silent = [
        str(path.relative_to(ROOT))
        for name, path in modules().items()
        if not ast.get_docstring(ast.parse(path.read_text("utf-8"))) and not name.startswith("repro.subject.scenarios.")
    ]
    assert not silent
