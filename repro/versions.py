"""Python versions as numbers; and what 3.10, the oldest that the suite runs on, does not have yet."""

from __future__ import annotations

import functools
import re
import sys

if sys.version_info >= (3, 11):
    from enum import StrEnum as StrEnum
else:  # the suite runs on 3.10, too
    from enum import Enum

    class StrEnum(str, Enum):
        __str__ = str.__str__


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
