"""Find the scenarios whose stacks or errors say something: a place in the source, a function, an error.

repro find pool.py:765                      where your job hangs, as a traceback or py-spy has it
repro find _handle_results --run RUN        in a run of your choice; without --run in the last one
repro find "can't pickle"

Exit status: 0 found, 1 nothing says so, 64 wrong usage, or no such run.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from repro.cli.filters import add_filters
from repro.cli.formats import add_format, check_format
from repro.errors import AS_EXPECTED, DIFFERS

if TYPE_CHECKING:
    import re

    from repro.records.results import Record


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", metavar="TEXT", help="FILE:LINE, or a part of a line; in any case")
    parser.add_argument(
        "--run", metavar="RUN", type=Path, action="append", default=[], help="a stored run, or several; default: last"
    )
    add_format(parser, "find")
    add_filters(parser)


def run(arguments: argparse.Namespace) -> int:
    from repro.cli.output import print_table
    from repro.errors import UsageError
    from repro.report import search
    from repro.report.tables import ordered_versions

    if not arguments.text.strip():
        raise UsageError("what is to be found? an empty text is in every line")
    check_format("find", arguments.format)
    wanted = search.pattern(arguments.text)
    records = _records(arguments)
    hits = [(record, hit) for record in records if (hit := search.in_cell(record, wanted)) is not None]
    told = _told_of(wanted)
    for_programs = arguments.format in ("json", "csv")
    if hits or for_programs:
        print_table(search.table(hits, ordered_versions(one["python"] for one in records)), arguments.format)
    if for_programs:
        return AS_EXPECTED if hits else DIFFERS
    if told:
        print(("\n" if hits else "") + f"Texts of scenarios that say so: {', '.join(told)}.")
    if hits or told:
        print("\nMore of one: repro show SCENARIO" + (", with --run RUN --stacks what was seen of it" if hits else ""))
        return AS_EXPECTED
    near = search.nearest_lines(arguments.text, records)
    hint = f"; nearest: {', '.join(near)}" if near else ""
    print(f"repro: nothing says {arguments.text!r} in {len(records):,} cells{hint}", file=sys.stderr)
    return DIFFERS


def _records(arguments: argparse.Namespace) -> list[Record]:
    """The cells of the runs that were asked for; where none was and none is kept, none."""
    from repro.cli.filters import asked, of_runs
    from repro.errors import RecordError
    from repro.records import results, runs

    paths = arguments.run or [Path(runs.LAST)]
    try:
        read = [results.read(path) for path in paths]
    except RecordError as error:
        if arguments.run or asked(arguments):
            raise
        print(f"repro: only the texts of the scenarios are searched: {error}", file=sys.stderr)
        return []
    return [record for run in of_runs(arguments, read) for record in run.cells]


def _told_of(wanted: re.Pattern[str]) -> list[str]:
    """The scenarios whose own texts say it."""
    from repro.plan import catalogue

    return [
        name
        for name, entry in catalogue.scenarios().items()
        if any(
            wanted.search(getattr(entry.scenario, text))
            for text in ("title", "dies", "sees", "why", "where", "instead")
        )
    ]
