"""Is this checkout slower than another one? Pure: from the samples of both, taken in turns, to ratios and what they say.

What is compared are rounds. In each, both sides are measured right after one another, and begin in turns: what else the machine
does meanwhile hits both, and so does being the first. Each round gives one ratio, and the median of the ratios stands for the
row: a single disturbed round hardly moves it.

A median beyond the limit alone says little: where the ratios of rounds spread by 10 % (one standard deviation), the median of
ten is off by 3 % to the worse in 22 of 100 rows although nothing changed. So a row counts as slower only if the rounds agree,
too. That is a sign test, which supposes nothing of how noise is distributed: if nothing had changed, each round would be slower
or faster as a coin falls, and 9 of 10 (or all) fall on the worse side once in 93 rows. (8 of 10 do once in 18: of three runs
with 25 rows, two would have such a row.) The price is power: at a spread of 5 %, a row that is really 5 % slower is called so
by every second run, one that is 10 % slower by 98 of 100; at a spread of 2 %, nearly all of both. More rounds tell more, six at
least.

A run has two dozen rows, and one in four runs would have one that looks slower by chance, and as many one that looks faster. So
what looks different is measured as many rounds again, and must look so over all of them: chance makes that of one row in 490,
in one of 20 runs.

The same test held against the limit instead of 1 says that a row is the same within the limit. What neither says is within
noise.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from repro.bench.catalogue import Benchmark
from repro.bench.measure import Series

SLOWER, FASTER, SAME, NOISE, LOST = "slower", "faster", "the same", "within noise", "this side can't"

#: How often, at most, chance alone may make the rounds of a row agree.
ERROR = 0.02


def needed(rounds: int) -> int:
    """So many of that many rounds must agree; more than there are, where even all of them would say nothing."""
    chance = 0.0
    for number in range(rounds, 0, -1):
        chance += math.comb(rounds, number) / 2**rounds
        if chance > ERROR:
            return number + 1
    return 1


#: The fewest rounds that can tell anything.
FEWEST = next(rounds for rounds in range(1, 100) if needed(rounds) <= rounds)


@dataclass(frozen=True)
class Row:
    """One benchmark with one pool and start method, on both sides."""

    this: Series
    other: Series

    @property
    def benchmark(self) -> Benchmark:
        return self.this.benchmark

    @property
    def values(self) -> list[tuple[float, float]]:
        """This side's value and the other's, of each round that both have."""
        value = self.benchmark.value
        return [(value(mine), value(its)) for mine, its in zip(self.this.rounds, self.other.rounds, strict=False)]

    @property
    def ratios(self) -> list[float]:
        """Of each round: how many times better this side is, whatever the unit; under 1 it is slower."""
        least = self.benchmark.resolution
        pairs = [(max(mine, least), max(its, least)) for mine, its in self.values]
        return [mine / its if self.benchmark.higher else its / mine for mine, its in pairs]

    @property
    def ratio(self) -> float | None:
        """The median of the rounds' ratios; None where there is none."""
        return statistics.median(self.ratios) if self.ratios else None

    @property
    def middle_half(self) -> tuple[float, float]:
        """Half of the rounds' ratios lie between these."""
        if len(self.ratios) < 2:
            return self.ratios[0], self.ratios[0]
        low, _, high = statistics.quantiles(self.ratios, n=4, method="inclusive")
        return low, high

    def is_slower(self, percent: float) -> bool:
        """By the median alone."""
        return self.ratio is not None and self.ratio < 1 - percent / 100

    def verdict(self, percent: float) -> str:
        """What the rounds say at this limit; nothing where they say nothing."""
        if self.this.problem and not self.other.problem:
            return LOST
        if self.ratio is None:
            return ""
        worst, best = 1 - percent / 100, 1 / (1 - percent / 100)

        def agree(true: Sequence[bool]) -> bool:
            return sum(true) >= needed(len(self.ratios))

        if self.ratio < worst and agree([ratio < 1 for ratio in self.ratios]):
            return SLOWER
        if self.ratio > best and agree([ratio > 1 for ratio in self.ratios]):
            return FASTER
        inside = agree([ratio > worst for ratio in self.ratios]) and agree([ratio < best for ratio in self.ratios])
        return SAME if inside else NOISE

    def __str__(self) -> str:
        return f"{self.benchmark.name} with {self.this.pool} ({self.this.start_method})"


def rows(everything: Sequence[Series]) -> list[Row]:
    """Every row that a reader wants to see: not those that neither side can."""
    both: dict[tuple[str, str, str], dict[str, Series]] = {}
    for series in everything:
        both.setdefault((series.start_method, series.benchmark.name, series.pool), {})[series.side] = series
    every = [Row(sides["this"], sides["other"]) for sides in both.values()]
    return [row for row in every if not (row.this.unsupported and row.other.unsupported)]


def suspects(everything: Sequence[Series], percent: float) -> list[tuple[Series, Series]]:
    """Both sides' series of the rows that look slower or faster."""
    return [(row.this, row.other) for row in rows(everything) if row.verdict(percent) in (SLOWER, FASTER)]


def sentence(compared: Sequence[Row], percent: float) -> str:
    """All in one: how many are slower by the median, and what of that, and else, the rounds can tell."""
    measured = [row for row in compared if row.ratio is not None]
    slower = [
        f"{sum(row.is_slower(limit) for row in measured)} more than {limit:g} %" for limit in {percent: 0, 5.0: 0}
    ]
    verdicts: dict[str, list[Row]] = {}
    for row in compared:
        verdicts.setdefault(row.verdict(percent), []).append(row)
    named = [
        f"{verdict}: {', '.join(map(str, verdicts[verdict]))}"
        for verdict in (SLOWER, FASTER, LOST)
        if verdict in verdicts
    ]
    counted = [f"{verdict}: {len(verdicts[verdict])}" for verdict in (SAME, NOISE) if verdict in verdicts]
    text = f"Of {len(measured)} rows, by the median, {' and '.join(slower)} slower; as the rounds agree: "
    text += "; ".join([*(named or ["none slower, none faster"]), *counted]) + "."
    rounds = min((len(row.ratios) for row in measured), default=0)
    return text if rounds >= FEWEST else f"{text} Fewer than {FEWEST} rounds tell nothing from noise."
