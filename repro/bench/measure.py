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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from repro.bench.catalogue import Benchmark

ROOT = Path(__file__).resolve().parents[2]


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


def run(plan: Plan, progress: Callable[[Series, int], None]) -> list[Series]:
    """Measure all series of `plan`, round by round; `progress` is told what comes next.

    Ctrl-C ends the measuring, and what was measured is returned.
    """
    everything = list(plan.series())
    with contextlib.suppress(KeyboardInterrupt):
        for number in range(plan.rounds):
            for series in everything:
                if not series.problem:
                    progress(series, number)
                    measure_once(plan, series)
    return everything


def measure_once(plan: Plan, series: Series) -> None:
    """One round of one series: adds its samples, or notes what went wrong."""
    with tempfile.TemporaryDirectory(prefix="repro-bench-") as folder:
        answer_file, output_file = Path(folder, "answer.json"), Path(folder, "output.txt")
        command = [
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
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        }
        with output_file.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=folder,
                start_new_session=True,
            )
        try:
            process.wait(plan.timeout)
            timed_out = False
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # the workers of a program that hung or was interrupted
            process.wait()
        take_answer(
            series,
            answer_file,
            output_file.read_text(errors="replace"),
            process.returncode,
            plan.timeout if timed_out else None,
        )


def take_answer(series: Series, answer_file: Path, output: str, status: int, timed_out: float | None) -> None:
    answer: dict[str, Any] = {}
    if answer_file.exists():
        answer = json.loads(answer_file.read_text())
    if timed_out is not None:
        when = "after its answer" if answer else "without an answer"
        series.problem, series.detail = f"did not end within {timed_out:g} s, {when}", output
    elif "unsupported" in answer:
        series.problem = "unsupported: " + answer["unsupported"]
    elif "samples" in answer and status == 0:
        series.rounds.append(answer["samples"])
    else:
        detail = answer.get("failed", output)
        last = detail.strip().splitlines()[-1] if detail.strip() else "no output"
        series.problem, series.detail = f"failed (exit status {status}): {last}", detail
