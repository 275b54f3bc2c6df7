"""Judged cells made by hand, for whoever reports of cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from repro.records.judged import JudgedCell
from repro.records.series import Series
from repro.verdicts.expectations import expected
from repro.verdicts.judge import Judgement, Verdict

POOL, EXECUTOR = "multiprocessing.Pool", "concurrent.futures.ProcessPoolExecutor"
ERROR = {"type": "BrokenProcessPool", "message": "abruptly"}


def cell(verdict: Verdict, scenario: str = "sigkill", pool: str = POOL, **changes: Any) -> JudgedCell:
    """A cell of one scenario and pool. changes: of where it ran, and of what the judge found."""
    judgement = Judgement(
        verdict,
        "reason",
        latency_ms=changes.pop("latency", None),
        error=ERROR if verdict is Verdict.RAISED else None,
        simulated=changes.pop("simulated", False),
        leftovers=changes.pop("leftovers", None),
        others=7,
        waits=changes.pop("waits", ()),
        explanation=changes.pop("explanation", ()),
    )
    known = {"operation": "map", "start_method": "fork", "python": "3.12.1", "repetition": 1, "exit_status": 0}
    where = {**known, **changes}
    rule = expected(scenario, pool, where["operation"], where["start_method"], where["python"])
    return JudgedCell(
        scenario, pool, judgement=judgement, **{"faulty": True, "stored": str(verdict), "known": rule, **where}
    )


def series_of(*runs: Sequence[JudgedCell]) -> Series:
    """The series of several runs, each with a start of its own."""
    made = Series([], {})
    for number, cells in enumerate(runs):
        made = made.and_run({"started": str(number), "machine": {}, "timeout": 5.0}, cells)
    return made
