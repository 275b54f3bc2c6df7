"""Runs the measured programs: a fresh process each, rounds interleaved over the pools, and over the sides where two are compared.

Interleaved, because a machine's speed drifts: what one pool meets in a round the others meet, too. The sides follow each other
immediately, and begin in turns. A round before the first, small, is discarded: in it, all that is imported gets compiled.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from repro.bench.catalogue import OURS, Benchmark
from repro.bench.packages import Side

#: The number of the round that is discarded, and the scale that it needs at most.
WARM_UP, WARM_UP_SCALE = -1, 0.01

#: Seconds after which a wait for a measured program looks whether it is to stop. Looking costs the machine time, too.
LOOK = 0.5


@dataclass
class Series:
    """All samples of one benchmark with one pool and start method, round by round; or why there are none. side: whose safepool,
    "this" checkout's or the "other"."""

    benchmark: Benchmark
    pool: str
    start_method: str
    rounds: list[list[float]] = field(default_factory=list)
    problem: str = ""  # one line
    detail: str = ""  # the traceback or the output behind it
    side: str = "this"

    @property
    def value(self) -> float | None:
        """The value that stands for it; None if there is none."""
        samples = [sample for one in self.rounds for sample in one]
        return self.benchmark.value(samples) if samples else None

    @property
    def spread(self) -> float | None:
        """How far the rounds' own values are from the middle of them, as a share of it: half of them are nearer. None of a single
        round."""
        values = [self.benchmark.value(one) for one in self.rounds]
        middle = statistics.median(values) if values else 0.0
        if len(values) < 2 or not middle:
            return None
        return statistics.median(abs(value - middle) for value in values) / abs(middle)

    @property
    def unsupported(self) -> bool:
        """Whether the pool can't do it."""
        return self.problem.startswith("unsupported")

    @property
    def failed(self) -> bool:
        """Whether something else went wrong."""
        return bool(self.problem) and not self.unsupported

    def __str__(self) -> str:
        other = "" if self.side == "this" else f", the {self.side} side"
        return f"{self.benchmark.name}, {self.pool}, {self.start_method}{other}"


@dataclass(frozen=True)
class Plan:
    """What to run. `timeout` is in seconds, for one benchmark with one pool in one round. `homes`: the interpreters of pools that
    `python` does not have."""

    benchmarks: Sequence[Benchmark]
    pools: Sequence[str]
    start_methods: Sequence[str]
    rounds: int
    workers: int
    scale: float
    timeout: float
    python: str
    homes: Mapping[str, str] = field(default_factory=dict)

    def series(self, sides: Sequence[str] = ("this",)) -> Iterator[list[Series]]:
        """What is measured together in a round: a series of each side."""
        for start_method in self.start_methods:
            for benchmark in self.benchmarks:
                for pool in self.pools:
                    yield [Series(benchmark, pool, start_method, side=side) for side in sides]


class Ended(NamedTuple):
    """How a measured program ended. timed_out: whether it had to be ended. answer: what it wrote of what it measured."""

    status: int
    timed_out: bool
    answer: dict[str, Any]
    output: str


class Measuring:
    """Measures all series of a plan, round by round. `progress` is told what comes next.

    `stop` ends it early: the program that runs then is killed with its workers and its samples are dropped; what was measured
    before stays in `series`.
    """

    def __init__(self, plan: Plan, progress: Callable[[Series, int], None]) -> None:
        self.plan = plan
        self.progress = progress
        self.series: list[Series] = []
        self.stop = False
        self._sides: dict[str, Side] = {}

    def run(self, sides: Sequence[Side]) -> None:
        """Measure these sides: one, or two in turns."""
        self._sides = {side.name: side for side in sides}
        together = list(self.plan.series(list(self._sides)))
        self.series = [series for several in together for series in several]
        self._measure_rounds(together, range(WARM_UP, self.plan.rounds))

    def again(self, together: Sequence[Sequence[Series]]) -> None:
        """As many rounds again for some of the series, those of both sides together."""
        self._measure_rounds(together, range(self.plan.rounds, 2 * self.plan.rounds))

    def _measure_rounds(self, together: Sequence[Sequence[Series]], numbers: range) -> None:
        for number in numbers:
            for several in together:
                for series in several if number % 2 == 0 else reversed(several):
                    if self.stop:
                        return
                    if not any(one.problem for one in several) or number == WARM_UP:
                        self.progress(series, number)
                        self._measure(series, self._sides[series.side], number)

    def _measure(self, series: Series, side: Side, number: int) -> None:
        """One round of one series: adds its samples, or notes what went wrong."""
        scale = min(self.plan.scale, WARM_UP_SCALE) if number == WARM_UP else self.plan.scale
        with tempfile.TemporaryDirectory(prefix="repro-bench-", ignore_cleanup_errors=True) as folder:
            ended = self._run_program(self._command(series, scale), side, Path(folder))
        if ended is None:
            return
        samples = take_answer(series, side, ended, self.plan.timeout)
        if samples and number != WARM_UP:
            series.rounds.append(samples)

    def _run_program(self, command: Sequence[str], side: Side, folder: Path) -> Ended | None:
        """How the program of one round ended; None where it was stopped."""
        answer_file, output_file = folder / "answer.json", folder / "output.txt"
        environment = side.environment() | {
            "TMPDIR": str(folder)
        }  # what is killed removes no temporary folder of its own
        with output_file.open("wb") as output:
            process = subprocess.Popen(
                [*command, "--answer", answer_file],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=folder,
                start_new_session=True,
            )
        try:
            in_time = self._wait(process)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # the workers of a program that hung or was stopped
            process.wait()
        if self.stop:
            return None
        answer = json.loads(answer_file.read_text()) if answer_file.exists() else {}
        return Ended(process.returncode, not in_time, answer, output_file.read_text(errors="replace"))

    def _wait(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether the process ended within the timeout; waits no longer once it is to stop."""
        deadline = time.monotonic() + self.plan.timeout
        while not self.stop and (left := deadline - time.monotonic()) > 0:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(min(LOOK, left))
                return True
        return False

    def _command(self, series: Series, scale: float) -> list[str]:
        plan = self.plan
        return [
            plan.homes.get(series.pool, plan.python),
            "-m",
            "repro.bench.subject.program",
            "--benchmark",
            series.benchmark.name,
            "--pool",
            series.pool,
            "--start-method",
            series.start_method,
            "--workers",
            str(plan.workers),
            "--scale",
            str(scale),
        ]


def take_answer(series: Series, side: Side, ended: Ended, timeout: float) -> list[float]:
    """The samples of a program that ended; none where its series then says why."""
    answer = ended.answer
    if ended.timed_out:
        when = "after its answer" if answer else "without an answer"
        series.problem, series.detail = f"did not end within {timeout:g} s, {when}", ended.output
    elif "unsupported" in answer:
        series.problem = "unsupported: " + answer["unsupported"]
    elif "samples" in answer and ended.status == 0:
        series.problem = side.refusal(answer.get("safepool")) if series.pool in OURS else ""
        samples: list[float] = answer["samples"]
        return [] if series.problem else samples
    else:
        detail = answer.get("failed", ended.output)
        last = detail.strip().splitlines()[-1] if detail.strip() else "no output"
        series.problem, series.detail = f"failed (exit status {ended.status}): {last}", detail
    return []
