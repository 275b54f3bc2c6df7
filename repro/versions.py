"""Python versions as numbers."""

from __future__ import annotations

import re

#: What is added to the version of each implementation that is looked for.
SUFFIXES = {"CPython": "", "PyPy": "-pypy"}


def is_cpython(version: str) -> bool:
    """Whether a version, as interpreters are told apart by, is one of CPython."""
    return not version.endswith(SUFFIXES["PyPy"])


def release_of(version: str) -> tuple[int, ...]:
    """A version's numbers, for sorting: ``3.15.0b4`` -> (3, 15, 0), ``3.9.16-pypy`` -> (3, 9, 16)."""
    return tuple(int(number) for number in re.findall(r"(?:^|\.)(\d+)", version))
