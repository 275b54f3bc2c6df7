"""`repro bench`: arguments, progress, output."""

from __future__ import annotations

import argparse
import difflib
import fnmatch
import sys
from collections.abc import Sequence
from pathlib import Path

from repro.bench import report
from repro.bench.catalogue import BENCHMARKS, POOLS
from repro.bench.measure import Plan, Series
from repro.bench.measure import run as measure

EXIT_USAGE, EXIT_FAULT = 64, 70
EPILOG = """examples:
  repro bench                                     every benchmark, the standard pools beside safepool, fork
  repro bench --benchmark submit --rounds 10
  repro bench --start-method spawn --format json --output bench.json

exit status: 0 measured (whatever the figures); 64 usage; 70 a benchmark failed or did not end
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``repro bench`` to `parser`."""
    parser.description = "Measure process pools side by side: what does the fix cost?"
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "--benchmark",
        action="append",
        metavar="NAME",
        help="only these (repeatable, globs): " + ", ".join(benchmark.name for benchmark in BENCHMARKS),
    )
    parser.add_argument(
        "--pool", action="append", metavar="NAME", help="only these (repeatable, globs): " + ", ".join(POOLS)
    )
    parser.add_argument(
        "--start-method", action="append", choices=["fork", "spawn", "forkserver"], help="repeatable; default fork"
    )
    parser.add_argument(
        "--rounds", type=int, default=5, metavar="N", help="rounds, interleaved over the pools (default 5)"
    )
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="workers per pool (default 2)")
    parser.add_argument(
        "--scale", type=float, default=1.0, metavar="X", help="multiply the number of tasks (default 1)"
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=120.0,
        metavar="SECONDS",
        help="for one benchmark with one pool in one round (default 120)",
    )
    parser.add_argument(
        "--python", default=sys.executable, metavar="PATH", help="interpreter to measure (default: this)"
    )
    parser.add_argument(
        "--format",
        default="simple",
        metavar="FORMAT",
        help="json, or a table format of tabulate: simple (default), github, pipe, ...",
    )
    parser.add_argument(
        "--output", metavar="FILE", help="write the JSON with all raw values to FILE, beside what is printed"
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; returns the exit status."""
    try:
        plan = make_plan(arguments)
    except ValueError as error:
        print(f"repro bench: {error}", file=sys.stderr)
        return EXIT_USAGE
    everything = measure(plan, show_progress if sys.stderr.isatty() else lambda series, number: None)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if arguments.output:
        try:
            Path(arguments.output).write_text(report.as_json(plan, everything))
        except OSError as error:
            print(f"repro bench: cannot write {arguments.output}: {error.strerror}", file=sys.stderr)
            return EXIT_FAULT
    if arguments.format == "json":
        print(report.as_json(plan, everything), end="")
    else:
        print(report.table(plan, everything, arguments.format))
    failed = [series for series in everything if series.problem and not series.problem.startswith("unsupported")]
    for series in failed:
        print(f"\n{series.benchmark.name} with {series.pool}: {series.problem}\n{series.detail}", file=sys.stderr)
    return EXIT_FAULT if failed else 0


def make_plan(arguments: argparse.Namespace) -> Plan:
    """The plan of these arguments; ValueError says what is wrong with them."""
    from tabulate import tabulate_formats

    names = choose("benchmark", arguments.benchmark, [benchmark.name for benchmark in BENCHMARKS])
    choose("format", [arguments.format], ["json", *tabulate_formats])
    for name in ("rounds", "workers", "scale", "timeout"):
        if getattr(arguments, name) <= 0:
            raise ValueError(f"--{name} must be greater than 0, not {getattr(arguments, name)}")
    return Plan(
        [benchmark for benchmark in BENCHMARKS if benchmark.name in names],
        choose("pool", arguments.pool, POOLS),
        list(dict.fromkeys(arguments.start_method or ["fork"])),
        arguments.rounds,
        arguments.workers,
        arguments.scale,
        arguments.timeout,
        arguments.python,
    )


def choose(what: str, patterns: Sequence[str] | None, known: Sequence[str]) -> list[str]:
    """The known names that match, in their order; ValueError names the nearest if a pattern matches none."""
    if not patterns:
        return list(known)
    for pattern in patterns:
        if not fnmatch.filter(known, pattern):
            nearest = difflib.get_close_matches(pattern, known, n=3, cutoff=0.4) or known
            raise ValueError(f"there is no {what} {pattern!r}; the nearest: {', '.join(nearest)}")
    return [name for name in known if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]


def show_progress(series: Series, number: int) -> None:
    print(
        f"\r\033[Kround {number + 1}: {series.benchmark.name}, {series.pool}, {series.start_method}",
        end="",
        file=sys.stderr,
        flush=True,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """``python -m repro.bench``."""
    parser = argparse.ArgumentParser(prog="repro bench")
    add_arguments(parser)
    return run(parser.parse_args(argv))
