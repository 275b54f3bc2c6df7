"""Print what the tracker of a pool wants to know, as Markdown: a program, expected and actual, versions, machine, stacks.

It is told of one cell of a stored run: of the newest Python, and of the first operation and start method; filters choose others.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from repro.cli.filters import add_filters


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
    program = _program(cell.scenario, cell.pool, cell.operation, cell.start_method)
    sys.stdout.write(tracker.render(title, prose, program, cell, seen, chosen.header, picture, made))
    return 0


def _program(scenario: str, pool: str, operation: str, start_method: str) -> str | None:
    """The program that shows it, where there is one."""
    from repro.errors import UsageError
    from repro.plan import catalogue, interpreters
    from repro.report import script

    entries = catalogue.scenarios().get(scenario), catalogue.pools().get(pool)
    if entries[0] is None or entries[1] is None:
        return None
    try:
        return script.render(entries[0], entries[1], operation, start_method or None, interpreters.current())
    except UsageError:
        return None
