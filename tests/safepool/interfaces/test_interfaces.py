"""What stays different from the standard classes is listed once: in the docstring of the room. The README has the same rows."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.checkout import ROOT, modules
from tests.safepool.acceptance.conformance.skipped import ALL, Skip


def listed() -> dict[str, tuple[str, str]]:
    """The rows in the docstring: what is different, and the reason, by their keys."""
    docstring = ast.get_docstring(ast.parse(modules()["safepool.interfaces"].read_text("utf-8"))) or ""
    rows = re.findall(
        r"^([a-z-]+)\n((?:    .+\n)+)\n    Reason: ((?:.+\n)(?:    .+\n)*)", docstring + "\n", re.MULTILINE
    )
    assert len(rows) == docstring.count("Reason: ") == len({key for key, _, _ in rows})
    return {key: (words(different), words(reason)) for key, different, reason in rows}


def words(text: str) -> str:
    """On one line, and with Markdown's quotes."""
    return " ".join(text.split()).replace("``", "`")


def shown() -> dict[str, tuple[str, str]]:
    """The same rows in the README."""
    table = (ROOT / "README.md").read_text("utf-8").split("| what is different | why |\n", 1)[1].split("\n\n", 1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]
    return {key: (different, reason) for key, different, reason in rows}


def test_the_readme_has_the_same_rows() -> None:
    """All of them, in the same order, word for word."""
    assert list(shown().items()) == list(listed().items())
    assert len(listed()) > 10


@pytest.mark.parametrize("skip", ALL, ids=lambda skip: skip.pattern)
def test_what_conformance_skips_is_a_deviation_that_is_listed(skip: Skip) -> None:
    """A test of CPython's that is not run for anything else would hide a fault."""
    assert skip.deviation in listed()
