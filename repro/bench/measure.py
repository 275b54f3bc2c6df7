"""Runs the measured programs: a fresh process each, rounds interleaved over the pools.

Interleaved, because a machine's speed drifts: what one pool meets in a round the others meet, too.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from repro.bench.catalogue import Benchmark

ROOT = Path(__file__).resolve().parents[2]

#: Seconds after which a wait for a measured program looks whether it is to stop. Looking costs the machine time, too.
LOOK = 0.5


@dataclass
class Series:
    """All samples of one benchmark with one pool and start method, round by round; or why there are none."""

    benchmark: Benchmark
    pool: str
    start_method: str
    rounds: list[list[float]] = field(default_factory=list)
    problem: str = ""  # one line
    detail: str = ""  # the traceback or the output behind it

    @property
    def value(self) -> float | None:
        """The value that stands for it; None if there is none."""
        samples = [sample for one in self.rounds for sample in one]
        return self.benchmark.value(samples) if samples else None

    @property
    def failed(self) -> bool:
        """Whether something went wrong, other than that the pool can't do it."""
        return bool(self.problem) and not self.problem.startswith("unsupported")


@dataclass(frozen=True)
class Plan:
    """What to run. `timeout` is in seconds, for one benchmark with one pool in one round."""

    benchmarks: Sequence[Benchmark]
    pools: Sequence[str]
    start_methods: Sequence[str]
    rounds: int
    workers: int
    scale: float
    timeout: float
    python: str

    def series(self) -> Iterator[Series]:
        for start_method in self.start_methods:
            for benchmark in self.benchmarks:
                for pool in self.pools:
                    yield Series(benchmark, pool, start_method)


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
        self.series = list(plan.series())
        self.stop = False

    def run(self) -> None:
        for number in range(self.plan.rounds):
            for series in self.series:
                if self.stop:
                    return
                if not series.problem:
                    self.progress(series, number)
                    self._measure(series)

    def _measure(self, series: Series) -> None:
        """One round of one series: adds its samples, or notes what went wrong."""
        with tempfile.TemporaryDirectory(prefix="repro-bench-", ignore_cleanup_errors=True) as folder:
            ended = self._run_program(series, Path(folder))
        if ended is not None:
            take_answer(series, ended, self.plan.timeout)

    def _run_program(self, series: Series, folder: Path) -> Ended | None:
        """How the program of one round ended; None where it was stopped."""
        answer_file, output_file = folder / "answer.json", folder / "output.txt"
        with output_file.open("wb") as output:
            process = subprocess.Popen(
                self._command(series, answer_file),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
                },
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

    def _command(self, series: Series, answer_file: Path) -> list[str]:
        plan = self.plan
        return [
            plan.python,
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
            str(plan.scale),
            "--answer",
            str(answer_file),
        ]


def take_answer(series: Series, ended: Ended, timeout: float) -> None:
    """Add the samples of a program that ended to its series, or why there are none."""
    answer = ended.answer
    if ended.timed_out:
        when = "after its answer" if answer else "without an answer"
        series.problem, series.detail = f"did not end within {timeout:g} s, {when}", ended.output
    elif "unsupported" in answer:
        series.problem = "unsupported: " + answer["unsupported"]
    elif "samples" in answer and ended.status == 0:
        series.rounds.append(answer["samples"])
    else:
        detail = answer.get("failed", ended.output)
        last = detail.strip().splitlines()[-1] if detail.strip() else "no output"
        series.problem, series.detail = f"failed (exit status {ended.status}): {last}", detail
