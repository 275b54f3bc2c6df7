"""Make expectations from stored runs: what was seen there becomes what is known.

Without --write the rules are printed. With --write FILE they are a project's own, for repro run --expect FILE; what FILE says
of pools and scenarios that no run had, stays. If FILE is the suite's (repro/verdicts/expectations.json), what is known of
start methods and versions that no run had stays, too, and so do references and notes, which are kept beside it.

Every verdict of every run counts: a cell with several is intermittent, and all of them are expected. It stays so when new runs
show only one of them, unless --forget is given.
"""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "directory", metavar="RUN", nargs="+", type=Path, help="runs: their directories, results.jsonl, or last"
    )
    parser.add_argument("--forget", action="store_true", help="forget which cells were known to be intermittent")
    parser.add_argument("--write", metavar="FILE", type=Path, help="put them into FILE")


def run(arguments: argparse.Namespace) -> int:
    import json

    from repro.cli.demands import own_expectations
    from repro.cli.ending import say
    from repro.errors import ReproError
    from repro.records import planned, results
    from repro.report import tables
    from repro.verdicts import expectations
    from repro.versions import build_of

    runs = [results.read(directory) for directory in arguments.directory]
    for run_ in runs:
        if cut := planned.cut_short(run_):
            say(f"{run_.file}: {cut}")
    cells = [cell for run_ in runs for cell in tables.judged(run_)]
    seen = [
        expectations.Seen(
            cell.scenario, cell.pool, cell.operation, cell.start_method, cell.python, cell.judgement.verdict
        )
        for cell in tables.in_order(cells)
        if not build_of(cell.python)
    ]
    if not arguments.forget:
        seen += expectations.still_intermittent(seen)
    file: Path | None = arguments.write
    suites = file is None or file.resolve() == expectations.FILE.resolve()
    if suites:
        seen += expectations.not_run(seen)
    before = list(expectations.rules()) if suites else own_expectations(file if file and file.exists() else None)
    rules = expectations.kept(before, expectations.generate(seen), seen)
    if file is None:
        for rule in rules:
            print(json.dumps(rule.to_rule()))
        return 0
    measured = [one.python for one in seen if one.verdict in expectations.TELLING]
    content = expectations.as_text(rules, [*measured, *(expectations.measured() if suites else ())])
    try:
        file.write_text(content, "utf-8")
    except OSError as error:
        raise ReproError(f"the expectations can't be written to {file}: {error.strerror}") from error
    print(f"{len(rules)} rules from {len(seen)} cells written to {file}")
    return 0
