"""Measure process pools side by side: what does the fix cost?

Every benchmark with the standard pools and safepool's (others by --pool NAME, all by --pool '*'), each in a process of its own,
in rounds interleaved over the pools.
Filters take globs, can be repeated, and add up: --benchmark 'map*' --benchmark submit.

With --against, the question is another one: is this checkout's safepool slower than that of another checkout, or of a commit?
Both are measured in turns by this checkout's benchmarks; the standard pools only if --pool names them. A row is called slower
when its median is, by more than the limit, and so many rounds agree that it is hardly chance: 9 of 10, then 16 of 20.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from repro.bench.catalogue import ALIASES, BENCHMARKS, OURS, POOLS, RIVALS
from repro.cli.ending import SIGNALLED, printed_if_possible, say
from repro.cli.formats import add_format, check_format
from repro.errors import AS_EXPECTED, DIFFERS, INCONCLUSIVE, SOFTWARE, NothingRan, ReproError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.bench.measure import Measuring, Plan, Series
    from repro.bench.packages import Side

#: The least and the most of each number that can be given.
LIMITS = {
    "rounds": (1, 10_000),
    "workers": (1, 10_000),
    "scale": (1e-6, 1e6),
    "timeout": (0.01, 86400),
    "slower": (0.1, 90),
}

#: The rounds where none are asked for: a figure needs fewer than a comparison that is to tell a few per cent from noise.
ROUNDS, ROUNDS_AGAINST = 5, 10
#: The limit of a comparison, in per cent.
SLOWER = 3.0


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
        "--pool",
        action="append",
        default=[],
        metavar="NAME",
        help=f"default: {', '.join(POOLS)}; others: {', '.join(RIVALS)}",
    )
    which.add_argument("--start-method", action="append", default=[], metavar="NAME", help="default: fork")
    which.add_argument(
        "--python", default="current", metavar="WHICH", help="one: a version, or a path; default: this one"
    )
    which.add_argument(
        "--against",
        metavar="CHECKOUT",
        help="compare with the safepool of another checkout: its folder, or a commit of this repository",
    )
    how = parser.add_argument_group("how")
    how.add_argument(
        "--rounds",
        type=int,
        metavar="N",
        help=f"default {ROUNDS}, with --against {ROUNDS_AGAINST} (6 are the fewest that tell)",
    )
    how.add_argument(
        "--slower",
        type=float,
        metavar="PERCENT",
        help=f"the limit of --against; default {SLOWER:g}: nothing may be slower by more",
    )
    how.add_argument("--workers", type=int, default=2, metavar="N", help="of each pool; default 2")
    how.add_argument("--scale", type=float, default=1.0, metavar="X", help="multiplies the number of tasks; default 1")
    how.add_argument(
        "--timeout",
        type=float,
        default=120.0,
        metavar="S",
        help="for one benchmark with one pool in one round, in seconds; default 120",
    )
    add_format(how, "bench")
    how.add_argument(
        "--output", type=Path, default=None, metavar="FILE", help="the JSON, with all samples, goes there, too"
    )


def run(arguments: argparse.Namespace) -> int:
    from repro.bench.against import suspects
    from repro.bench.measure import Measuring
    from repro.bench.packages import staged
    from repro.observer.signals import stopped_by_signals

    measuring = Measuring(make_plan(arguments), _progress)
    with stopped_by_signals(measuring) as received, staged(arguments.against) as sides:
        measuring.run(sides)
        if arguments.against:
            measuring.again(suspects(measuring.series, arguments.slower))
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if not received or any(series.rounds for series in measuring.series):  # a table of dashes is no answer
        with printed_if_possible(received):
            _print(measuring, sides, arguments)
    failed = [series for series in measuring.series if series.failed]
    for series in failed:
        print(f"\n{series}: {series.problem}\n{series.detail}", file=sys.stderr)
    if received:
        done = min((len(series.rounds) for series in measuring.series if not series.problem), default=0)
        say(f"interrupted after {done} of {measuring.plan.rounds} rounds")
        return SIGNALLED + received[0]
    if failed:
        return SOFTWARE
    if arguments.against:
        return _status_against(measuring, arguments.slower)
    if all(series.unsupported for series in measuring.series):
        raise NothingRan(f"nothing was measured: {measuring.series[0]}: {measuring.series[0].problem}")
    return AS_EXPECTED


def _status_against(measuring: Measuring, percent: float) -> int:
    """Raises NothingRan where nothing was compared: that nothing is slower would be said of nothing."""
    from repro.bench import against

    rows = against.rows(measuring.series)
    if not any(row.ratios for row in rows):
        raise NothingRan("nothing was compared: none of these pools can do any of these benchmarks")
    if any(row.verdict(percent) in (against.SLOWER, against.LOST) for row in rows):
        return DIFFERS
    return INCONCLUSIVE if measuring.plan.rounds < against.FEWEST else AS_EXPECTED


def make_plan(arguments: argparse.Namespace) -> Plan:
    """The plan of these arguments; those that were left out get their defaults. Raises UsageError."""
    from repro.bench.measure import Plan
    from repro.plan.matrix import pick
    from repro.subject.adapter import START_METHODS

    if arguments.slower is not None and not arguments.against:
        raise UsageError("--slower is the limit of --against, and needs it")
    if arguments.slower is None:
        arguments.slower = SLOWER
    if arguments.rounds is None:
        arguments.rounds = ROUNDS_AGAINST if arguments.against else ROUNDS
    for name, (least, most) in LIMITS.items():
        value = getattr(arguments, name)
        if not least <= value <= most:
            raise UsageError(f"--{name} {value:g}: not between {least:g} and {most:g}")
    python = _interpreter(arguments.python)
    check_format("bench", arguments.format)
    names = pick("benchmark", arguments.benchmark or ["*"], [benchmark.name for benchmark in BENCHMARKS])
    pools = pick("pool", arguments.pool or (OURS if arguments.against else POOLS), [*POOLS, *RIVALS], ALIASES)
    return Plan(
        [benchmark for benchmark in BENCHMARKS if benchmark.name in names],
        pools,
        pick("start method", arguments.start_method or ["fork"], START_METHODS),
        arguments.rounds,
        arguments.workers,
        arguments.scale,
        arguments.timeout,
        python,
        _homes(python, [pool for pool in pools if pool in RIVALS]),
    )


def _interpreter(asked: str) -> str:
    """The path of the interpreter that is to be measured. Raises UsageError where it is none, or several; NothingRan where it is
    broken."""
    import os
    import shutil

    from repro.plan import interpreters

    found = interpreters.select([shutil.which(asked) or asked])
    if len(found) > 1:
        raise UsageError(f"--python {asked}: one at a time, not {', '.join(one.version for one in found)}")
    if found[0].problem:
        raise NothingRan(f"--python {asked}: {found[0].problem}")
    return os.path.abspath(found[0].path)  # it is started in another folder


def _homes(python: str, rivals: Sequence[str]) -> dict[str, str]:
    """Of pools that this interpreter does not have and that ``repro pools install`` has put into an environment of its own: the
    interpreter there."""
    from repro.plan import catalogue, environments, interpreters

    if not rivals:
        return {}
    (here,) = interpreters.select([python])
    homes = {pool: environments.home(here, catalogue.pools()[pool].adapter) for pool in rivals}
    return {pool: home.path for pool, home in homes.items() if home is not here}


def _progress(series: Series, number: int) -> None:
    """What is measured now, on a terminal."""
    if sys.stderr.isatty():
        which = f"round {number + 1}" if number >= 0 else "warm-up"
        print(f"\r\033[K{which}: {series}", end="", file=sys.stderr, flush=True)


def _print(measuring: Measuring, sides: Sequence[Side], arguments: argparse.Namespace) -> None:
    """The figures on standard output, and in the file that was asked for."""
    from repro.bench import report
    from repro.cli.output import terminal_style

    style = terminal_style(table_format="pipe" if arguments.format == "markdown" else arguments.format)
    if arguments.format == "json":
        print(report.as_json(measuring, sides, arguments.slower), end="")
    elif arguments.against:
        print(report.table_against(measuring, sides, arguments.slower, style))
    else:
        print(report.table(measuring.plan, measuring.series, style))
    if arguments.output:
        try:
            arguments.output.write_text(report.as_json(measuring, sides, arguments.slower), "utf-8")
        except OSError as error:
            raise ReproError(f"can't write {arguments.output}: {error.strerror}") from None
