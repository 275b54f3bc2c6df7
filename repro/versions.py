"""Python versions as numbers."""

from __future__ import annotations

import functools
import re

#: What is added to the version of each implementation that is looked for.
SUFFIXES = {"CPython": "", "PyPy": "-pypy"}
#: What is added to the version of a free-threaded build.
FREE_THREADED = "t"


def build_of(version: str) -> str:
    """What kind of build a version, as interpreters are told apart by, is of: "" for CPython as it is built by default, ``t`` for
    a free-threaded one, ``-pypy`` for PyPy."""
    if version.endswith(SUFFIXES["PyPy"]):
        return SUFFIXES["PyPy"]
    return FREE_THREADED if version.endswith(FREE_THREADED) else ""


@functools.lru_cache(1000)
def release_of(version: str) -> tuple[int, ...]:
    """A version's numbers, for sorting: ``3.15.0b4`` -> (3, 15, 0), ``3.9.16-pypy`` -> (3, 9, 16)."""
    return tuple(int(number) for number in re.findall(r"(?:^|\.)(\d+)", version))
