"""Benchmark figures side by side: how many times as good as ``multiprocessing.Pool`` each pool is. Pure functions of records."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: What the others are compared with.
REFERENCE = "multiprocessing.Pool"


@dataclass(frozen=True)
class Mark:
    """A pool in a benchmark. middle, low, high: of the rounds' ratios to the reference's median; over 1 it is the better one.
    value: its own median, in the benchmark's unit."""

    pool: str
    middle: float
    low: float
    high: float
    value: float


@dataclass(frozen=True)
class Row:
    """A benchmark. title, unit: as tables call it. reference: the median of Pool, in that unit."""

    title: str
    unit: str
    reference: float
    marks: list[Mark]

    @property
    def in_words(self) -> str:
        """Each pool's ratio."""
        return f"{self.title}: " + ", ".join(f"{mark.pool} {times(mark.middle)}" for mark in self.marks)


def rows(series: Sequence[Mapping[str, Any]], higher: Mapping[str, bool]) -> list[Row]:
    """A row for each benchmark that was measured in the reference and in another pool. series: as ``repro bench`` stores them.
    higher: of each benchmark, by its name, whether more is better. Raises KeyError, TypeError or ValueError for what is none."""
    made = []
    for key in dict.fromkeys((str(one["benchmark"]), str(one["start_method"])) for one in series):
        mine = [one for one in series if (one["benchmark"], one["start_method"]) == key and any(one["rounds"])]
        more = higher.get(key[0], True)
        found = {str(one["pool"]): _each_round(one, more) for one in mine}
        reference = statistics.median(found[REFERENCE]) if REFERENCE in found else 0.0
        others = {pool: values for pool, values in found.items() if pool != REFERENCE}
        if reference > 0 and others and all(min(values) > 0 for values in others.values()):
            marks = [_mark(pool, values, reference, more) for pool, values in others.items()]
            made.append(Row(str(mine[0]["title"]), str(mine[0]["unit"]), reference, marks))
    return made


def _each_round(one: Mapping[str, Any], more: bool) -> list[float]:
    """One value for each round, as the benchmark's own statistic makes it."""
    pick = statistics.median if one["statistic"] == "median" else max if more else min
    return [float(pick(samples)) for samples in one["rounds"] if samples]


def _mark(pool: str, values: Sequence[float], reference: float, more: bool) -> Mark:
    ratios = sorted(value / reference if more else reference / value for value in values)
    return Mark(pool, statistics.median(ratios), ratios[0], ratios[-1], statistics.median(values))


def times(ratio: float) -> str:
    """3.4x."""
    return f"{ratio:.1f}x" if ratio >= 9.95 or ratio < 0.1 else f"{ratio:.2f}x"


def measure(value: float) -> str:
    """Three digits, or all of them before the point, with thousands separated: 38,786 or 5.52."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
