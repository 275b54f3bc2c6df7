"""Measure process pools side by side: what does the fix cost?

Every benchmark with the standard pools and safepool's, each in a process of its own, in rounds interleaved over the pools.
Filters take globs, can be repeated, and add up: --benchmark 'map*' --benchmark submit.

Exit status: 0 measured (whatever the figures), 64 wrong usage, 70 a benchmark failed or did not end, 130 Ctrl-C (what was
measured until then is printed).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from repro.bench.catalogue import ALIASES, BENCHMARKS, POOLS
from repro.errors import AS_EXPECTED, SOFTWARE, ReproError, UsageError

if TYPE_CHECKING:
    from repro.bench.measure import Measuring, Plan, Series

#: The least and the most of each number that can be given.
LIMITS = {"rounds": (1, 10_000), "workers": (1, 10_000), "scale": (1e-6, 1e6), "timeout": (0.01, 86400)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_argument_group("which figures")
    which.add_argument(
        "--benchmark",
        action="append",
        default=[],
        metavar="NAME",
        help="default: all of " + ", ".join(benchmark.name for benchmark in BENCHMARKS),
    )
    which.add_argument(
        "--pool", action="append", default=[], metavar="NAME", help="default: all of " + ", ".join(POOLS)
    )
    which.add_argument("--start-method", action="append", default=[], metavar="NAME", help="default: fork")
    which.add_argument("--python", default=sys.executable, metavar="PATH", help="default: this one")
    how = parser.add_argument_group("how")
    how.add_argument("--rounds", type=int, default=5, metavar="N", help="default 5")
    how.add_argument("--workers", type=int, default=2, metavar="N", help="of each pool; default 2")
    how.add_argument("--scale", type=float, default=1.0, metavar="X", help="multiplies the number of tasks; default 1")
    how.add_argument(
        "--timeout",
        type=float,
        default=120.0,
        metavar="S",
        help="for one benchmark with one pool in one round, in seconds; default 120",
    )
    how.add_argument(
        "--format",
        default="simple",
        metavar="NAME",
        help="json, or a table format of tabulate (github, pipe, ...); default simple",
    )
    how.add_argument(
        "--output", type=Path, default=None, metavar="FILE", help="the JSON, with all samples, goes there, too"
    )


def run(arguments: argparse.Namespace) -> int:
    from repro.bench.measure import Measuring
    from repro.observer.signals import stopped_by_signals

    measuring = Measuring(make_plan(arguments), _progress)
    with stopped_by_signals(measuring) as received:
        measuring.run()
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    _print(measuring, arguments)
    failed = [series for series in measuring.series if series.failed]
    for series in failed:
        print(f"\n{series.benchmark.name} with {series.pool}: {series.problem}\n{series.detail}", file=sys.stderr)
    if received:
        done = min((len(series.rounds) for series in measuring.series if not series.problem), default=0)
        print(f"repro: interrupted in round {done + 1} of {measuring.plan.rounds}", file=sys.stderr)
        return 128 + received[0]
    return SOFTWARE if failed else AS_EXPECTED


def make_plan(arguments: argparse.Namespace) -> Plan:
    """The plan of these arguments. Raises UsageError."""
    import shutil

    from tabulate import tabulate_formats

    from repro.bench.measure import Plan
    from repro.plan.matrix import pick
    from repro.subject.adapter import START_METHODS

    names = pick("benchmark", arguments.benchmark or ["*"], [benchmark.name for benchmark in BENCHMARKS])
    arguments.format = pick("format", [arguments.format], ["json", *tabulate_formats])[0]
    for name, (least, most) in LIMITS.items():
        value = getattr(arguments, name)
        if not least <= value <= most:
            raise UsageError(f"--{name} {value:g}: not between {least:g} and {most:g}")
    if shutil.which(arguments.python) is None:
        raise UsageError(f"--python {arguments.python}: no program of that name")
    return Plan(
        [benchmark for benchmark in BENCHMARKS if benchmark.name in names],
        pick("pool", arguments.pool or ["*"], POOLS, ALIASES),
        pick("start method", arguments.start_method or ["fork"], START_METHODS),
        arguments.rounds,
        arguments.workers,
        arguments.scale,
        arguments.timeout,
        arguments.python,
    )


def _progress(series: Series, number: int) -> None:
    """What is measured now, on a terminal."""
    if sys.stderr.isatty():
        where = f"{series.benchmark.name}, {series.pool}, {series.start_method}"
        print(f"\r\033[Kround {number + 1}: {where}", end="", file=sys.stderr, flush=True)


def _print(measuring: Measuring, arguments: argparse.Namespace) -> None:
    """The figures on standard output, and in the file that was asked for."""
    from repro.bench import report

    if arguments.format == "json":
        print(report.as_json(measuring.plan, measuring.series), end="")
    else:
        print(report.table(measuring.plan, measuring.series, arguments.format))
    if arguments.output:
        try:
            arguments.output.write_text(report.as_json(measuring.plan, measuring.series))
        except OSError as error:
            raise ReproError(f"can't write {arguments.output}: {error.strerror}") from None
