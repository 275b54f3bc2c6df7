"""Judge a stored run again, from its recorded facts, and print its tables. Nothing is run.

RUN is a run's directory or its results.jsonl, its name among those that `repro list runs` has, or last.

Exit status: 0; with --expect or --fail-on, 1 where the run falls short of what is demanded; 64 wrong usage, or no such run.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from repro.cli.demands import add_demands, fails, own_expectations, refused_verdicts
from repro.cli.filters import add_filters
from repro.cli.formats import add_format, check_format
from repro.errors import AS_EXPECTED, DIFFERS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", metavar="RUN", type=Path, help="a run's directory, its results.jsonl, or last")
    add_format(parser, "report", " for the terminal's")
    parser.add_argument(
        "--details",
        action="store_true",
        help="on a terminal and in Markdown: a row for each scenario, and where versions and start methods differ, however long "
        "it gets",
    )
    add_filters(parser)
    add_demands(parser)


def run(arguments: argparse.Namespace) -> int:
    from repro.cli.filters import of_runs
    from repro.cli.output import terminal_style
    from repro.records import results
    from repro.report import tables
    from repro.report.formats import render

    check_format("report", arguments.format)
    own, refused = own_expectations(arguments.expect), refused_verdicts(arguments.fail_on)
    stored = results.read(arguments.directory)
    (chosen,) = of_runs(arguments, [stored])
    cells = tables.judged(chosen, own)
    sys.stdout.write(render(arguments.format, chosen, cells, terminal_style(details=arguments.details)))
    demanded = arguments.expect is not None or refused is not None
    return DIFFERS if demanded and fails(cells, refused) else AS_EXPECTED
