"""Judge a stored run again, from its recorded facts, and print its tables. Nothing is run.

RUN is a run's directory or its results.jsonl, its name among those that `repro list runs` has, or last. It may be a file that
`repro diagnose --save` has written: then the program is diagnosed again, and each of its processes has a row.

Exit status: 0; with --expect or --fail-on, 1 where the run falls short of what is demanded; 64 wrong usage, or no such run.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from repro.cli.demands import add_demands, fails, own_expectations, refused_verdicts
from repro.cli.filters import add_filters
from repro.cli.formats import add_format, check_format
from repro.errors import AS_EXPECTED, DIFFERS

if TYPE_CHECKING:
    from repro.diagnose.snapshot import Snapshot


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "directory",
        metavar="RUN",
        type=Path,
        help="a run's directory, its results.jsonl, or last; or a file of repro diagnose --save",
    )
    add_format(parser, "report", " for the terminal's")
    parser.add_argument(
        "--details",
        action="store_true",
        help="on a terminal and in Markdown: a row for each scenario, and where versions and start methods differ, however long "
        "it gets; of a program that was diagnosed: where each thread is",
    )
    add_filters(parser)
    add_demands(parser)


def run(arguments: argparse.Namespace) -> int:
    from repro.cli import stored
    from repro.cli.filters import of_runs
    from repro.cli.output import terminal_style
    from repro.records.results import Run
    from repro.report import tables
    from repro.report.formats import render

    check_format("report", arguments.format)
    own, refused = own_expectations(arguments.expect), refused_verdicts(arguments.fail_on)
    found = stored.read(arguments.directory)
    if not isinstance(found, Run):
        return _of_snapshot(arguments, found)
    (chosen,) = of_runs(arguments, [found])
    cells = tables.judged(chosen, own)
    sys.stdout.write(render(arguments.format, chosen, cells, terminal_style(details=arguments.details)))
    demanded = arguments.expect is not None or refused is not None
    return DIFFERS if demanded and fails(cells, refused) else AS_EXPECTED


def _of_snapshot(arguments: argparse.Namespace, taken: Snapshot) -> int:
    """The diagnosis of a program that was kept, and its processes."""
    import textwrap

    from repro.cli.output import columns, print_json, print_table, prose_width, terminal_style
    from repro.cli.stored import refuse_filters
    from repro.diagnose import rows, words
    from repro.diagnose.diagnosis import diagnose
    from repro.report import comment

    name, details = arguments.format, arguments.details
    refuse_filters(arguments, "expect", "fail_on")
    if name in ("junit", "actions"):
        check_format(
            "report", name, ("terminal", "json", "csv", "markdown", "html"), " of one program that was diagnosed"
        )
    found = diagnose(taken)
    if name == "html":
        sys.stdout.write(words.page([(found, taken)], details))
    elif name == "markdown":
        parts = words.markdown(found, taken, details)
        sys.stdout.write("\n\n".join(parts) + "\n" if details else comment.fitted(parts, "all of it: --details"))
    elif name == "json":
        threads = {"threads": dict(rows.threads(taken))} if details else {}
        print_json({**words.document(found, taken), "processes": rows.table(taken).as_dicts(), **threads})
    elif name != "terminal" and not terminal_style(table_format=name).drawn:  # markup, or a sheet: what is a table
        print_table(rows.table(taken), name)
    else:
        print(words.text(found, taken, prose_width()))
        print_table(rows.table(taken), "simple" if name == "terminal" else name)
        for heading, text in rows.threads(taken) if details else ():
            lines = (
                textwrap.fill(
                    line, columns(), initial_indent="  ", subsequent_indent="        ", break_on_hyphens=False
                )
                for line in text.splitlines()
            )
            print(f"\n{heading}\n" + "\n".join(lines))
    return AS_EXPECTED
