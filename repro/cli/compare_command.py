"""Show what changed between two stored runs: other versions, another machine, another pool.

Exit status: 0 no verdict differs, 1 some do, 64 the runs can't be compared.
"""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", metavar="BEFORE", type=Path, help="a run's directory, or its results.jsonl")
    parser.add_argument("after", metavar="AFTER", type=Path, help="another's")


def run(arguments: argparse.Namespace) -> int:
    from repro import records
    from repro.cli.output import terminal_style
    from repro.errors import AS_EXPECTED, DIFFERS
    from repro.report import changes, tables
    from repro.report.formats.terminal import table_text

    before, after = records.read(arguments.before), records.read(arguments.after)
    changes.check(before, after)
    table, sentence = changes.changes(tables.judged(before), tables.judged(after))
    if table:
        print(table_text(table, terminal_style()), end="\n\n")
    print(sentence)
    return DIFFERS if table else AS_EXPECTED
