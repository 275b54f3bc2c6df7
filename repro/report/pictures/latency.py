"""How long after a death the caller can know of it, by pool. Pure functions of judged cells."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from repro.records.judged import JudgedCell
from repro.verdicts.judge import Verdict


@dataclass(frozen=True)
class Latencies:
    """A pool. told: of the cells whose caller was told, how long after the death, in ms, the shortest first. never: how many
    callers waited for ever."""

    pool: str
    told: list[float]
    never: int

    @property
    def median(self) -> float | None:
        """Of those that were told, in ms."""
        return statistics.median(self.told) if self.told else None

    @property
    def in_words(self) -> str:
        """How many were told, how late, and how many never."""
        never = f"{self.never} never" if self.never else "none never"
        if not self.told:
            return f"none told, {never}"
        return f"{len(self.told)} told, half of them within {self.median:.1f} ms, the last after {self.told[-1]:.1f} ms; {never}"


def latencies(cells: Sequence[JudgedCell]) -> list[Latencies]:
    """A row for each pool, in the order of the run: the cells in which somebody died, or was to."""
    rows = []
    for pool in dict.fromkeys(cell.pool for cell in cells):
        mine = [cell.judgement for cell in cells if cell.pool == pool and cell.faulty]
        told = sorted(one.latency_ms for one in mine if one.latency_ms is not None)
        never = sum(one.verdict in (Verdict.HANG, Verdict.LIVELOCK) for one in mine)
        if told or never:
            rows.append(Latencies(pool, told, never))
    return rows
