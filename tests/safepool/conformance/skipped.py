"""Which of CPython's own tests are not run against safepool, each with its reason.

A reason is either an internal of the standard class that safepool does not have, or a behaviour that safepool
deviates from on purpose and that its documentation says. A test that fails for anything else is a defect.
"""
from __future__ import annotations

import fnmatch

INTERNAL = "looks at an internal of the standard class: "
HEALS = "demands a pool that stays broken after a death; safepool replaces the worker and goes on"

# Pattern of Class.test, start methods it holds for (empty: all), reason.
SKIPPED: tuple[tuple[str, tuple[str, ...], str], ...] = (
)


def reason_to_skip(name: str, start_method: str) -> str | None:
    """Why the test `name` (MODULE:Class.test) is not run with `start_method`; None if it is run."""
    short = name.partition(":")[2]
    for pattern, start_methods, reason in SKIPPED:
        if fnmatch.fnmatchcase(short, pattern) and (not start_methods or start_method in start_methods):
            return reason
    return None
