"""Run the scenarios in the pools, each in a process tree of its own under a watchdog, and print the comparison table.

Without filters it does the main job: this interpreter, the quick scenarios, the pools that are here, the platform's
default start method. Everything: --scenario '*' --operation '*' --start-method '*' --python all.
Filters take globs, can be repeated, and add up: --scenario 'sys-*' --scenario oom; what stands without an option names scenarios.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from repro.cli.demands import add_demands, fails, own_expectations, refused_verdicts
from repro.errors import AS_EXPECTED, DIFFERS, INCONCLUSIVE, SOFTWARE, ReproError, UsageError

#: So many cells that came to what was refused are named.
NAMED = 5

if TYPE_CHECKING:
    from repro.observer.run import Ran
    from repro.observer.scheduler import Scheduler
    from repro.plan.matrix import Cell
    from repro.records.judged import JudgedCell
    from repro.records.results import Run
    from repro.verdicts.expectations import Expectation
    from repro.verdicts.judge import Verdict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_argument_group("which cells")
    which.add_argument(
        "named", metavar="SCENARIO", nargs="*", default=[], help="default: the quick ones (repro list scenarios)"
    )
    which.add_argument("--scenario", action="append", default=[], metavar="NAME", help="a scenario, too")
    which.add_argument("--tag", action="append", default=[], metavar="TAG", help="scenarios with one of these tags")
    which.add_argument(
        "--pool",
        action="append",
        default=[],
        metavar="NAME",
        help="or the file of an adapter; default: the standard ones and safepool",
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
    add_demands(parser)
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
        "--output",
        type=Path,
        default=None,
        metavar="DIR",
        help="where the run is stored; default: the user's state folder (repro list runs)",
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

    from repro.observer.run import cell_record, footer, header, known_of, run_cells
    from repro.observer.scheduler import Scheduler
    from repro.observer.signals import stopped_by_signals
    from repro.plan import interpreters, matrix
    from repro.records import runs
    from repro.records.judged import JudgedCell
    from repro.records.results import Run, Writer

    scenarios = matrix.pick_scenarios([*arguments.named, *arguments.scenario], arguments.tag)
    pools = matrix.pick_pools(arguments.pool)
    pythons = interpreters.select(arguments.python)
    cells = matrix.expand(scenarios, pools, arguments.operation, arguments.start_method, pythons, arguments.repeat)
    if not cells:
        raise UsageError("no cell is left: no pool that was asked for has that operation")
    own, refused = own_expectations(arguments.expect), refused_verdicts(arguments.fail_on)
    known = {id(cell): known_of(cell, own) for cell in cells}
    # what waits for its deadline goes first: the others run meanwhile
    cells.sort(key=lambda cell: _hangs(known[id(cell)]) and not cell.unsupported, reverse=True)
    directory = arguments.output or runs.fresh()
    writer = Writer(directory)
    runs.remember(directory)
    scheduler = Scheduler(cells, arguments.timeout, arguments.jobs or os.cpu_count() or 1)
    run_ = Run(header(scheduler, pythons, arguments.repeat), [], None)
    judged: list[JudgedCell] = []
    problem: ReproError | None = None
    with stopped_by_signals(scheduler) as received:
        try:
            writer.write(run_.header)
            with closing(run_cells(scheduler)) as results:
                for ran in _with_progress(scheduler, results):
                    record = cell_record(ran, known[id(ran.cell)])
                    run_.cells.append(record)
                    judged.append(JudgedCell.of(record, ran.judgement, known[id(ran.cell)]))
                    writer.write(record)
        except KeyboardInterrupt:
            pass
        except (ReproError, OSError) as error:
            problem = error if isinstance(error, ReproError) else ReproError(f"the run can't go on: {error}")
        run_ = replace(run_, footer=footer(run_.cells, scheduler))
        try:
            if problem is None and run_.footer is not None:
                writer.write(run_.footer)
        except ReproError as error:
            problem = error
        writer.close()
    if judged:
        _print_report(run_, judged)
        print(_conclusion(judged, scheduler.costs.wall, refused))
        print(f"Stored in {directory} (repro report last; why it hangs: repro show SCENARIO --run last).")
    if problem is not None:
        raise problem
    if received:
        print(f"repro: interrupted after {len(judged)} of {len(cells)} cells", file=sys.stderr)
        return 128 + received[0]
    return status_of(judged, refused)


def _with_progress(scheduler: Scheduler, results: Iterator[Ran]) -> Iterator[Ran]:
    """The same, with a bar on a terminal that tells what was started last, and how many wait for their deadline."""
    from tqdm import tqdm

    with tqdm(total=len(scheduler.cells), unit="cell", disable=None, leave=False, dynamic_ncols=True) as bar:

        def progress(waiting: int, started: Cell) -> None:
            bar.set_description_str(str(started), refresh=False)
            bar.set_postfix_str(f"{waiting} hang or wait", refresh=True)

        scheduler.progress = progress
        for ran in results:
            yield ran
            bar.update()


def status_of(cells: list[JudgedCell], refused: frozenset[Verdict] | None = None) -> int:
    """The exit status of a run: our own faults first, then news, or refused verdicts if there are such, then what could not be
    said."""
    from repro.verdicts.judge import Verdict

    verdicts = {cell.judgement.verdict for cell in cells}
    if Verdict.HARNESS_ERROR in verdicts:
        return SOFTWARE
    if fails(cells, refused):
        return DIFFERS
    return INCONCLUSIVE if Verdict.INCONCLUSIVE in verdicts else AS_EXPECTED


def _print_report(run_: Run, cells: list[JudgedCell]) -> None:
    from repro.cli.output import terminal_style
    from repro.report import tables
    from repro.report.formats import render

    print(render("terminal", run_, tables.in_order(cells), terminal_style()))


def _conclusion(cells: Sequence[JudgedCell], wall: float, refused: frozenset[Verdict] | None) -> str:
    """What a user wants to know at the end: was all as it is known, or demanded? wall: what the run took, in seconds."""
    from repro.report import news, tables

    failed = fails(cells, refused)
    if refused is not None:
        asked = " or ".join(sorted(refused))
        said = f"{len(failed) or 'none'} came to {asked}"
        said += "".join(f"; {cell.name}: {cell.judgement.verdict}" for cell in failed[:NAMED])
    else:
        said = f"{len(failed)} not as expected" if failed else news.nothing(cells).removeprefix("Nothing: ").rstrip(".")
    return f"{tables.counted(len(cells), 'cell')} in {wall:.0f} s: {said}."


def _hangs(known: Expectation | None) -> bool:
    from repro.verdicts.judge import Verdict

    return known is not None and Verdict.HANG in known.verdicts
