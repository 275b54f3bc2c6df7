"""Judge a stored run again, from its recorded facts, and print its tables. Nothing is run.

RUN is a run's directory or its results.jsonl, its name among those that `repro list runs` has, or last.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from repro.cli.filters import add_filters


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", metavar="RUN", type=Path, help="a run's directory, its results.jsonl, or last")
    parser.add_argument(
        "--format",
        default="terminal",
        metavar="FORMAT",
        help="terminal, markdown, csv, json; or a table format of tabulate (grid, github, html, ...) for the terminal's",
    )
    parser.add_argument(
        "--details",
        action="store_true",
        help="on a terminal: a row for each scenario, and where versions and start methods differ, however long it gets",
    )
    add_filters(parser)


def run(arguments: argparse.Namespace) -> int:
    from repro.cli.filters import of_runs
    from repro.cli.output import terminal_style
    from repro.records import results
    from repro.report import tables
    from repro.report.formats import check, render

    check(arguments.format)
    stored = results.read(arguments.directory)
    (chosen,) = of_runs(arguments, [stored])
    sys.stdout.write(render(arguments.format, chosen, tables.judged(chosen), terminal_style(details=arguments.details)))
    if stored.footer is None:
        done, planned = len(stored.cells), stored.header["planned"]
        print(f"repro: this run was cut off: it has {done} of {planned} cells, and no footer", file=sys.stderr)
    return 0
