"""Run the scenarios in the pools, each in a process tree of its own under a watchdog, and print the comparison table.

Without filters it does the main job: this interpreter, the quick scenarios, the pools that are here, the platform's
default start method. Everything: --scenario '*' --operation '*' --start-method '*' --python all.
Filters take globs, can be repeated, and add up: --scenario 'sys-*' --scenario oom.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from repro.errors import AS_EXPECTED, DIFFERS, INCONCLUSIVE, SOFTWARE, ReproError, UsageError

if TYPE_CHECKING:
    from repro.interpreters import Interpreter
    from repro.matrix import Cell
    from repro.records import Record, Run, Writer
    from repro.report.tables import JudgedCell
    from repro.scheduler import Costs, Scheduler

RUNS = Path("reports/runs")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_argument_group("which cells")
    which.add_argument(
        "--scenario", action="append", default=[], metavar="NAME", help="default: the quick ones (repro list scenarios)"
    )
    which.add_argument("--tag", action="append", default=[], metavar="TAG", help="scenarios with one of these tags")
    which.add_argument(
        "--pool", action="append", default=[], metavar="NAME", help="default: the standard ones and safepool"
    )
    which.add_argument("--operation", action="append", default=[], metavar="NAME", help="default: each pool's first")
    which.add_argument("--start-method", action="append", default=[], metavar="NAME", help="default: the platform's")
    which.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="WHICH",
        help="all, a version (3.12, 3.1*), or a path; default: this one (repro list pythons)",
    )
    how = parser.add_argument_group("how")
    how.add_argument(
        "--timeout",
        type=_seconds,
        default=5.0,
        metavar="S",
        help="the watchdog's, in seconds; what is still going on then, has up to as long again; default 5",
    )
    how.add_argument("--repeat", type=_count, default=1, metavar="N", help="run every cell N times; default 1")
    how.add_argument(
        "--jobs", type=_count, default=None, metavar="N", help="working cells at once; default: one for each core"
    )
    how.add_argument(
        "--output", type=Path, default=None, metavar="DIR", help=f"where the run is stored; default: {RUNS}/TIME"
    )


def _seconds(text: str) -> float:
    value = float(text)
    if not 0.1 <= value <= 86400:
        raise argparse.ArgumentTypeError(f"{text} s is not between 0.1 and 86400")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value


def run(arguments: argparse.Namespace) -> int:
    import os

    from repro import interpreters, matrix
    from repro.records import Writer
    from repro.scheduler import Scheduler

    scenarios = matrix.pick_scenarios(arguments.scenario, arguments.tag)
    pools = matrix.pick_pools(arguments.pool)
    pythons = interpreters.select(arguments.python)
    cells = matrix.expand(scenarios, pools, arguments.operation, arguments.start_method, pythons, arguments.repeat)
    if not cells:
        raise UsageError("no cell is left: no pool that was asked for has that operation")
    cells.sort(key=_expected_to_hang, reverse=True)  # what waits for its deadline goes first: the others run meanwhile
    jobs = arguments.jobs or os.cpu_count() or 1
    directory = arguments.output or _fresh_directory()
    writer = Writer(directory)
    scheduler = Scheduler(cells, arguments.timeout, jobs)
    records: list[Record] = []
    problem: ReproError | None = None
    header = _header(arguments, jobs, pythons, cells)
    with stopped_by_signals(scheduler) as received:
        try:
            writer.write(header)
            _run_cells(scheduler, writer, records)
        except KeyboardInterrupt:
            pass
        except (ReproError, OSError) as error:
            problem = error if isinstance(error, ReproError) else ReproError(f"the run can't go on: {error}")
        footer = _footer(records, scheduler.stop, scheduler.costs)
        try:
            if problem is None:
                writer.write(footer)
        except ReproError as error:
            problem = error
        writer.close()
    interrupted = 128 + received[0] if received else None
    return _conclude(arguments, header, records, footer, scheduler.costs, directory, interrupted, problem)


@contextmanager
def stopped_by_signals(scheduler: Scheduler) -> Iterator[list[int]]:
    """Ctrl-C, and what service managers and closing terminals send, ask the run to stop; the second of them changes nothing.

    By default the first would raise in the middle of whatever is done, a start or a clean-up too, and the others would end
    this process at once: either leaves processes behind that wait for ever. Yields the signals that came.
    """
    received: list[int] = []

    def ask(number: int, _frame: object) -> None:
        received.append(number)
        scheduler.stop = True

    stopping = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    before = {number: signal.getsignal(number) for number in stopping if signal.getsignal(number) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, ask)
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _run_cells(scheduler: Scheduler, writer: Writer, records: list[Record]) -> None:
    from contextlib import closing

    from tqdm import tqdm

    from repro.expectations import expected
    from repro.judge import judge, unsupported
    from repro.records import cell_record

    with tqdm(total=len(scheduler.cells), unit="cell", disable=None, leave=False, dynamic_ncols=True) as bar:

        def progress(waiting: int, started: Cell) -> None:
            bar.set_description_str(str(started), refresh=False)
            bar.set_postfix_str(f"{waiting} hang or wait", refresh=True)

        scheduler.progress = progress
        with closing(scheduler.run()) as results:
            for cell, seen in results:
                known = expected(
                    cell.scenario.name, cell.pool.name, cell.operation, cell.start_method, cell.interpreter.version
                )
                verdicts = [str(verdict) for verdict in known.verdicts] if known else None
                if cell.unsupported:
                    record = cell_record(cell, None, unsupported(cell.unsupported), verdicts)
                else:
                    record = cell_record(cell, seen, judge(cell.fault, cell.operation, seen), verdicts)
                records.append(record)
                writer.write(record)
                bar.update()


def _conclude(
    arguments: argparse.Namespace,
    header: Record,
    records: list[Record],
    footer: Record,
    costs: Costs,
    directory: Path,
    interrupted: int | None,
    problem: ReproError | None,
) -> int:
    """Print what was measured, whatever happened, and say how it went. interrupted: the status that says by what, or None."""
    from repro.records import Run
    from repro.report import tables

    cells: list[JudgedCell] = []
    if records:
        run_ = Run(header, records, footer)
        cells = tables.judged(run_)
        _print_report(run_, cells)
        _print_costs(costs, arguments.timeout)
        print(f"Stored in {directory} (repro report {directory}).")
    if problem is not None:
        raise problem
    if interrupted is not None:
        print(f"repro: interrupted after {len(records)} of {header['planned']} cells", file=sys.stderr)
        return interrupted
    return status_of(cells)


def status_of(cells: list[JudgedCell]) -> int:
    """The exit status of a run: our own faults first, then news, then what could not be said."""
    from repro.judge import Verdict

    verdicts = {cell.judgement.verdict for cell in cells}
    if Verdict.HARNESS_ERROR in verdicts:
        return SOFTWARE
    if any(cell.is_news for cell in cells):
        return DIFFERS
    return INCONCLUSIVE if Verdict.INCONCLUSIVE in verdicts else AS_EXPECTED


def _print_report(run_: Run, cells: list[JudgedCell]) -> None:
    from repro.cli.output import terminal_style
    from repro.report.formats import render

    print(render("terminal", run_, cells, terminal_style()))


def _print_costs(costs: Costs, timeout: float) -> None:
    import os

    cores = os.cpu_count() or 1
    bound = 1.5 * costs.subjects_cpu / cores + timeout
    share = 100 * costs.observer_cpu / costs.subjects_cpu if costs.subjects_cpu else 0.0
    print(
        f"Wall time {costs.wall:.1f} s; CPU of the subjects {costs.subjects_cpu:.1f} s on {cores} cores, so that "
        f"1.5 x CPU / cores + one timeout = {bound:.1f} s; CPU of the observer {costs.observer_cpu:.1f} s "
        f"({share:.0f} % of theirs)."
    )


def _expected_to_hang(cell: Cell) -> bool:
    from repro.expectations import expected
    from repro.judge import Verdict

    known = expected(cell.scenario.name, cell.pool.name, cell.operation, cell.start_method, cell.interpreter.version)
    return known is not None and Verdict.HANG in known.verdicts and not cell.unsupported


def _fresh_directory() -> Path:
    """``reports/runs/TIME``, with a number behind it where a run of the same second is there."""
    name = time.strftime("%Y-%m-%dT%H-%M-%S")
    candidate, number = RUNS / name, 1
    while candidate.exists():
        number += 1
        candidate = RUNS / f"{name}-{number}"
    return candidate


def _header(arguments: argparse.Namespace, jobs: int, pythons: list[Interpreter], cells: list[Cell]) -> Record:
    import os
    import platform
    from datetime import datetime, timezone

    import psutil

    from repro.records import SCHEMA_VERSION
    from safepool._version import __version__

    pools: dict[str, dict[str, str | None]] = {}
    for cell in cells:
        one, adapter = cell.interpreter, cell.pool.adapter
        version = one.modules.get(adapter.requires) if adapter.requires else adapter.version()
        pools.setdefault(cell.pool.name, {})[one.version or one.path] = version
    return {
        "kind": "header",
        "schema": SCHEMA_VERSION,
        "tool": __version__,
        "started": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": {
            "system": platform.system(),
            "kernel": platform.release(),
            "architecture": platform.machine(),
            "cores": os.cpu_count() or 1,
            "memory_bytes": psutil.virtual_memory().total,
        },
        "interpreters": [
            {
                "version": one.version or one.path,
                "implementation": one.implementation,
                "build": one.build,
                "free_threaded": one.free_threaded,
            }
            for one in pythons
        ],
        "pools": pools,
        "timeout": arguments.timeout,
        "jobs": jobs,
        "repeat": arguments.repeat,
        "planned": len(cells),
    }


def _footer(records: list[Record], interrupted: bool, costs: Costs) -> Record:
    from collections import Counter

    return {
        "kind": "footer",
        "cells": len(records),
        "verdicts": dict(sorted(Counter(record["verdict"] for record in records).items())),
        "interrupted": interrupted,
        "wall_s": round(costs.wall, 3),
        "subjects_cpu_s": round(costs.subjects_cpu, 3),
        "observer_cpu_s": round(costs.observer_cpu, 3),
    }
