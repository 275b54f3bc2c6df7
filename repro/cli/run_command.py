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
from typing import TYPE_CHECKING, NamedTuple

from repro.cli.demands import add_demands, fails, own_expectations, refused_verdicts
from repro.cli.ending import SIGNALLED, printed_if_possible, say
from repro.cli.formats import REPORTS, add_format, check_format
from repro.errors import AS_EXPECTED, DIFFERS, INCONCLUSIVE, NOTHING_RAN, SOFTWARE, ReproError, UsageError

#: So many cells that came to what was refused are named.
NAMED = 5

if TYPE_CHECKING:
    from repro.observer.run import Ran
    from repro.observer.scheduler import Scheduler
    from repro.plan.interpreters import Interpreter
    from repro.plan.matrix import Cell
    from repro.records.judged import JudgedCell
    from repro.records.results import Record, Run, Writer
    from repro.verdicts.expectations import Expectation
    from repro.verdicts.judge import Verdict

#: The watchdog's, in seconds, if none is given.
TIMEOUT = 5.0
#: The options that a run has from its beginning on.
ONLY_NEW = ("named", "scenario", "tag", "pool", "operation", "start_method", "python", "timeout", "repeat", "output")


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
        metavar="S",
        help=f"the watchdog's, in seconds; what is still going on then, has up to as long again; default {TIMEOUT:g}",
    )
    how.add_argument("--repeat", type=_count, metavar="N", help="run every cell N times; default 1")
    how.add_argument(
        "--jobs", type=_count, default=None, metavar="N", help="working cells at once; default: one for each core"
    )
    how.add_argument(
        "--resume",
        type=Path,
        metavar="RUN",
        help="run the cells that a run lacks which was cut short, and add them to it",
    )
    how.add_argument(
        "--output",
        type=Path,
        default=None,
        metavar="DIR",
        help="where the run is stored; default: the user's state folder (repro list runs)",
    )
    add_format(how, "run", " for the terminal's; of what is printed at the end")


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


class Job(NamedTuple):
    """A run to be carried out. run: its records so far. first: what is to be written before its cells."""

    cells: list[Cell]
    scheduler: Scheduler
    writer: Writer
    run: Run
    first: Record


def run(arguments: argparse.Namespace) -> int:
    from repro.observer.run import cell_record, footer, known_of, run_cells
    from repro.observer.signals import stopped_by_signals
    from repro.records.judged import JudgedCell, judged

    check_format("run", arguments.format)
    own, refused = own_expectations(arguments.expect), refused_verdicts(arguments.fail_on)
    job = _resumed(arguments) if arguments.resume else _new(arguments)
    scheduler, writer, run_ = job.scheduler, job.writer, job.run
    known = {id(cell): known_of(cell, own) for cell in job.cells}
    # what waits for its deadline goes first: the others run meanwhile
    job.cells.sort(key=lambda cell: _hangs(known[id(cell)]) and not cell.unsupported, reverse=True)
    seen = judged(run_, own)
    problem: ReproError | None = None
    with stopped_by_signals(scheduler) as received:
        try:
            writer.write(job.first)
            with closing(run_cells(scheduler)) as results:
                for ran in _with_progress(scheduler, results, seen):
                    record = cell_record(ran, known[id(ran.cell)])
                    run_.cells.append(record)
                    seen.append(JudgedCell.of(record, ran.judgement, known[id(ran.cell)]))
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
    with printed_if_possible(received):
        if seen:
            _print_report(run_, seen, arguments.format)
            beside = sys.stderr if arguments.format in REPORTS else sys.stdout  # what programs read is nothing but that
            print(_conclusion(seen, run_.header["planned"] - len(seen), scheduler.costs.wall, refused), file=beside)
            print(
                f"Stored in {writer.path.parent} (repro report last; why it hangs: repro show SCENARIO --run last).",
                file=beside,
            )
    if problem is not None:
        go_on = f"; once that is mended: repro run --resume {writer.path.parent}" if seen else ""
        raise ReproError(f"{problem}{go_on}") from problem
    if received:
        planned, place = run_.header["planned"], writer.path.parent
        say(f"interrupted after {len(seen)} of {planned} cells; the others: repro run --resume {place}")
        return SIGNALLED + received[0]
    return status_of(seen, refused)


def _new(arguments: argparse.Namespace) -> Job:
    from repro.observer.run import header
    from repro.plan import interpreters, matrix
    from repro.records import runs
    from repro.records.results import Run, Writer

    scenarios = matrix.pick_scenarios([*arguments.named, *arguments.scenario], arguments.tag)
    pools = matrix.pick_pools(arguments.pool)
    pythons = interpreters.select(arguments.python)
    repeat = arguments.repeat or 1
    cells = matrix.expand(scenarios, pools, arguments.operation, arguments.start_method, pythons, repeat)
    if not cells:
        raise UsageError("no cell is left: no pool that was asked for has that operation")
    scheduler = _scheduler(cells, arguments.timeout or TIMEOUT, arguments.jobs)
    directory = arguments.output or runs.fresh()
    writer = Writer(directory)
    runs.remember(directory)
    first = header(scheduler, pythons, repeat)
    return Job(cells, scheduler, writer, Run(first, [], None), first)


def _resumed(arguments: argparse.Namespace) -> Job:
    """The rest of a run that was cut short. Raises UsageError where it can't be gone on with."""
    from repro.observer.run import resumed
    from repro.records import planned, runs
    from repro.records.results import Writer

    for name in ONLY_NEW:
        if getattr(arguments, name):
            option = "SCENARIO" if name == "named" else f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} is for a new run: one that is resumed goes on as it began; leave it out")
    so_far, writer = Writer.resume(arguments.resume)
    try:
        cells, pythons = _missing_cells(so_far)
        scheduler = _scheduler(cells, so_far.header["timeout"], arguments.jobs)
        first = resumed(scheduler, pythons)
        planned.check_same(so_far.header, first)
        writer.cut_to_whole_lines()
        runs.remember(writer.path.parent)
    except BaseException:
        writer.close()
        raise
    return Job(cells, scheduler, writer, replace(so_far, resumed=[*so_far.resumed, first]), first)


def _missing_cells(so_far: Run) -> tuple[list[Cell], list[Interpreter]]:
    """The cells that a run lacks, and the interpreters of all its cells. Raises UsageError where they can't be run here."""
    from collections import Counter

    from repro.observer.run import key_of_cell
    from repro.plan import interpreters, matrix
    from repro.records import planned

    header = so_far.header
    if not planned.is_cut_short(so_far):
        raise UsageError(f"{so_far.file} is whole: it has all of its {header['planned']} cells")
    left = Counter(planned.missing(so_far))
    if not left:
        raise UsageError(f"{so_far.file} can't be resumed: it does not say which cells it was to have")
    paths = [one.get("path", "") for one in header["interpreters"]]
    if len({one["version"] for one in header["interpreters"]}) < len(paths):
        raise UsageError(f"{so_far.file} can't be resumed: two of its Pythons have the same version")
    pythons = interpreters.select(paths)
    scenarios, pools, operations, start_methods, _, _ = (
        list(dict.fromkeys(names)) for names in zip(*left, strict=True)
    )
    wanted = [name for name in start_methods if name]
    there = matrix.expand(
        matrix.pick_scenarios(scenarios), matrix.pick_pools(pools), operations, wanted, pythons, header["repeat"]
    )
    cells = [cell for cell in there if key_of_cell(cell) in left]
    if gone := left - Counter(map(key_of_cell, cells)):
        raise UsageError(
            f"{so_far.file} can't be resumed: there is no cell {', '.join(map(str, next(iter(gone))))} any more"
        )
    return cells, pythons


def _scheduler(cells: list[Cell], timeout: float, jobs: int | None) -> Scheduler:
    import os

    from repro.observer.scheduler import Scheduler

    return Scheduler(cells, timeout, jobs or os.cpu_count() or 1)


def _with_progress(scheduler: Scheduler, results: Iterator[Ran], seen: Sequence[JudgedCell]) -> Iterator[Ran]:
    """The same, with a bar on a terminal that tells what was started last, and how many wait for their deadline; elsewhere a line
    now and then. seen: the cells that have ended, which grow."""
    import time

    from tqdm import tqdm

    from repro.progress import Lines

    if not sys.stderr.isatty():
        before = len(seen)
        lines = Lines(len(scheduler.cells), say, time.monotonic)
        scheduler.looked = lambda: lines.tell(len(seen) - before, lambda: sum(cell.is_news for cell in seen[before:]))

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

    if not any(cell.ran for cell in cells):
        return NOTHING_RAN
    verdicts = {cell.judgement.verdict for cell in cells}
    if Verdict.HARNESS_ERROR in verdicts:
        return SOFTWARE
    if fails(cells, refused):
        return DIFFERS
    return INCONCLUSIVE if Verdict.INCONCLUSIVE in verdicts else AS_EXPECTED


def _print_report(run_: Run, cells: list[JudgedCell], name: str) -> None:
    """The report as ``repro report`` has it. name: of its format."""
    from repro.cli.output import terminal_style
    from repro.records import shown
    from repro.report import tables
    from repro.report.formats import render

    if name in REPORTS:  # of the records themselves more is shown than of the judged cells
        run_ = replace(run_, header=shown.whole(run_.header), cells=shown.whole(run_.cells))
        sys.stdout.write(render(name, run_, tables.in_order(cells), terminal_style()))
    else:
        print(render(name, run_, tables.in_order(cells), terminal_style()))


def _conclusion(cells: Sequence[JudgedCell], missing: int, wall: float, refused: frozenset[Verdict] | None) -> str:
    """What a user wants to know at the end: was all as it is known, or demanded? missing: how many cells were not run. wall: what
    the run took, in seconds."""
    from repro.report import news, tables

    failed = fails(cells, refused)
    not_run = f"; {missing} were not run" * bool(missing)
    if refused is not None:
        asked = " or ".join(sorted(refused))
        said = f"{len(failed) or 'none'} came to {asked}{not_run}"
        said += "".join(f"; {cell.name}: {cell.judgement.verdict}" for cell in failed[:NAMED])
    elif failed:
        said = f"{len(failed)} not as expected{not_run}"
    else:
        said = news.nothing(cells, missing).removeprefix("Nothing: ").rstrip(".")
    return f"{tables.counted(len(cells), 'cell')} in {wall:.0f} s: {said}."


def _hangs(known: Expectation | None) -> bool:
    from repro.verdicts.judge import Verdict

    return known is not None and Verdict.HANG in known.verdicts
