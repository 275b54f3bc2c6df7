"""Make the expectations from stored runs: what was seen there becomes what is known.

Without --write the rules are printed. Every verdict of every run counts: a cell with several is intermittent, and all of them
are expected. It stays so when new runs show only one of them, unless --forget is given. What is known of pools, scenarios, start
methods and versions that no run had, stays; so do references and notes, which are kept in a file beside the rules.
"""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "directory", metavar="RUN", nargs="+", type=Path, help="runs: their directories or results.jsonl"
    )
    parser.add_argument("--forget", action="store_true", help="forget which cells were known to be intermittent")
    parser.add_argument("--write", action="store_true", help="replace the package's expectations")


def run(arguments: argparse.Namespace) -> int:
    import json

    from repro.records import results
    from repro.report import tables
    from repro.verdicts import expectations
    from repro.versions import build_of

    cells = [cell for directory in arguments.directory for cell in tables.judged(results.read(directory))]
    seen = [
        expectations.Seen(
            cell.scenario, cell.pool, cell.operation, cell.start_method, cell.python, cell.judgement.verdict
        )
        for cell in tables.in_order(cells)
        if not build_of(cell.python)
    ]
    if not arguments.forget:
        seen += expectations.still_intermittent(seen)
    seen += expectations.not_run(seen)
    rules = expectations.kept(expectations.rules(), expectations.generate(seen), seen)
    if arguments.write:
        measured = [one.python for one in seen if one.verdict in expectations.TELLING]
        content = expectations.as_text(rules, [*measured, *expectations.measured()])
        expectations.FILE.write_text(content, "utf-8")
        print(f"{len(rules)} rules from {len(seen)} cells written to {expectations.FILE}")
    else:
        for rule in rules:
            print(json.dumps(rule.to_rule()))
    return 0
