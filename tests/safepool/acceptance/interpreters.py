"""The interpreters that the acceptance tests run on: the newest CPython here of each minor version.

`repro.plan.interpreters` finds them; the environment variable `REPRO_PYTHONS` names more. Which are absent is said by the
tests that skip for it.
"""

from __future__ import annotations

import functools
import sys

import pytest

from repro.plan import interpreters

MINORS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
THIS = f"{sys.version_info[0]}.{sys.version_info[1]}"


def interpreter(minor: str) -> str | None:
    """The path of CPython `minor` ("3.12"): this one for its own, else the newest here; None if there is none."""
    return sys.executable if minor == THIS else all_interpreters().get(minor)


def interpreter_or_skip(minor: str) -> str:
    """The same for a test, which is skipped where there is none."""
    python = interpreter(minor)
    if python is None:
        pytest.skip(f"no CPython {minor} here; REPRO_PYTHONS can name one")
    return python


@functools.lru_cache(maxsize=1)
def all_interpreters() -> dict[str, str]:
    usable = [
        found
        for found in interpreters.every()
        if not found.problem and found.implementation.lower() == "cpython" and not found.free_threaded
    ]
    return {found.short: found.path for found in sorted(usable, key=lambda found: found.release)}
