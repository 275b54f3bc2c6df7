"""Print what the tracker of a pool wants to know, as Markdown: a program, expected and actual, versions, machine, stacks.

It is told of one cell of a stored run: of the newest Python, and of the first operation and start method; filters choose others.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from repro.cli.filters import add_filters

if TYPE_CHECKING:
    from repro.records.judged import JudgedCell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="SCENARIO", help="a name (repro list scenarios)")
    parser.add_argument(
        "--run",
        metavar="RUN",
        type=Path,
        default=Path("last"),
        help="a directory, results.jsonl, or last (the default)",
    )
    add_filters(parser, without=["scenario"])


def run(arguments: argparse.Namespace) -> int:
    from repro.cli.filters import of_runs
    from repro.observation import Fault, Observation
    from repro.plan import catalogue
    from repro.records import results
    from repro.records.judged import judged
    from repro.report import tracker
    from repro.report.literal import of_markup
    from repro.report.pictures import matrix, timeline_text
    from repro.report.pictures.timeline import timeline
    from repro.versions import release_of

    arguments.scenario = [arguments.name]
    arguments.pool = arguments.pool or ["multiprocessing.Pool"]
    (chosen,) = of_runs(arguments, [results.read(arguments.run)])
    cells = judged(chosen)
    newest = max(range(len(cells)), key=lambda place: (cells[place].has_run, release_of(cells[place].python), -place))
    cell, record = cells[newest], chosen.cells[newest]
    seen = Observation.from_record(record["observation"]) if record["observation"] else Observation()
    entry = catalogue.scenarios().get(cell.scenario)
    title, prose = (
        (entry.scenario.title, f"{entry.scenario.dies} {entry.scenario.sees}")
        if entry
        else (of_markup(cell.scenario), "")
    )
    drawn = timeline(cell.pool, "", Fault(**record["fault"]), seen, cell.judgement)
    picture = timeline_text.render(cell.name, [drawn], 100)
    made = matrix.matrix([one for one in cells if one.pool == cell.pool], {})
    sys.stdout.write(tracker.render(title, prose, *_program(cell), cell, seen, chosen.header, picture, made))
    return 0


def _program(cell: JudgedCell) -> tuple[str, str]:
    """The program that shows it, or why there is none."""
    from repro.errors import UsageError
    from repro.plan import catalogue
    from repro.plan.interpreters import Interpreter
    from repro.report import script

    scenario, pool = catalogue.scenarios().get(cell.scenario), catalogue.pools().get(cell.pool)
    if scenario is None or pool is None:
        return "", "this suite does not know the scenario, or the pool"
    try:
        python = Interpreter("", cell.python)
        return script.render(scenario, pool, cell.operation, cell.start_method or None, python), ""
    except UsageError as error:
        return "", str(error)
