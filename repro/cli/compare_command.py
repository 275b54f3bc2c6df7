"""Show what changed between two stored runs: other versions, another machine, another pool.

Given three runs or more, it shows on which cells runs of the same do not agree: how steady is the suite, and what is
intermittent?

Exit status: 0 no verdict differs (of several runs: none but in cells that are known to be intermittent), 1 some do, 64 the
runs can't be compared.
"""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", metavar="BEFORE", type=Path, help="a run's directory, or its results.jsonl")
    parser.add_argument("after", metavar="AFTER", type=Path, help="another's")
    parser.add_argument("more", metavar="RUN", type=Path, nargs="*", help="more runs of the same: do they all agree?")


def run(arguments: argparse.Namespace) -> int:
    from repro import records
    from repro.cli.output import terminal_style
    from repro.errors import AS_EXPECTED, DIFFERS
    from repro.report import changes, tables
    from repro.report.formats.terminal import table_text

    headers, cells = [], []
    for path in (arguments.before, arguments.after, *arguments.more):  # a run of everything is large: one at a time
        one = records.read(path)
        headers.append(one.header)
        changes.check(headers)
        cells.append(tables.judged(one))
    if arguments.more:
        table, sentence, fine = changes.disagreements(cells)
    else:
        table, sentence = changes.changes(*cells)
        fine = table is None
    if table:
        print(table_text(table, terminal_style()), end="\n\n")
    print(sentence)
    return AS_EXPECTED if fine else DIFFERS
