"""What is known of each cell before it runs: kept apart from the scenarios, in ``expectations.json``.

A rule names what it is about by globs (``scenario``, ``pool``, ``operation``, ``start_method``, ``python``; what it does not
name may be anything), the verdicts that are known, and a reference or a note. The first rule that matches a cell holds.
"""

from __future__ import annotations

import fnmatch
import functools
import json
from dataclasses import dataclass
from pathlib import Path

from repro.judge import Verdict

_FILE = Path(__file__).with_name("expectations.json")


@dataclass(frozen=True)
class Expectation:
    """The verdicts that are known for some cells; several where a cell is intermittent."""

    verdicts: tuple[Verdict, ...]
    scenario: str = "*"
    pool: str = "*"
    operation: str = "*"
    start_method: str = "*"
    python: str = "*"
    reference: str = ""
    note: str = ""

    def covers(self, scenario: str, pool: str, operation: str, start_method: str, python: str) -> bool:
        return (
            fnmatch.fnmatchcase(scenario, self.scenario)
            and fnmatch.fnmatchcase(pool, self.pool)
            and fnmatch.fnmatchcase(operation, self.operation)
            and fnmatch.fnmatchcase(start_method, self.start_method)
            and fnmatch.fnmatchcase(python, self.python)
        )


def expected(scenario: str, pool: str, operation: str, start_method: str, python: str) -> Expectation | None:
    """The expectation of a cell, or None where nothing is known. python: the full version."""
    for rule in _rules():
        if rule.covers(scenario, pool, operation, start_method, python):
            return rule
    return None


def differs(verdict: Verdict, expectation: Expectation | None) -> bool:
    """Whether a verdict is news. Cells that could not be run, or whose fault left no evidence, say nothing either way."""
    if expectation is None or verdict in (Verdict.UNSUPPORTED, Verdict.INCONCLUSIVE):
        return False
    return verdict not in expectation.verdicts


@functools.cache
def _rules() -> tuple[Expectation, ...]:
    rules = json.loads(_FILE.read_text("utf-8"))
    return tuple(Expectation(**{**rule, "verdicts": tuple(map(Verdict, rule["verdicts"]))}) for rule in rules)
