"""Show what changed between two stored runs: other versions, another machine, another pool.

Given three runs or more, or a series, it shows on which cells runs of the same do not agree: how steady is the suite, and what is
intermittent? A series is a file that keeps the verdicts of many runs without their evidence: with --series the given runs are
added to it (it is made where it is not there), and all that it holds are compared.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from repro.cli.filters import add_filters


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs",
        metavar="RUN",
        type=Path,
        nargs="*",
        help="runs: their directories, results.jsonl, or last; the older one first",
    )
    parser.add_argument(
        "--series", metavar="FILE", type=Path, help="add them to the series in FILE, and compare all of it"
    )
    parser.add_argument(
        "--format",
        default="simple",
        metavar="FORMAT",
        help="json, or a table format of tabulate (github, html, ...); default: simple",
    )
    add_filters(parser)


def run(arguments: argparse.Namespace) -> int:
    from repro.cli.filters import of_runs, of_series
    from repro.cli.output import check_table_format, print_json, print_table
    from repro.errors import AS_EXPECTED, DIFFERS, UsageError
    from repro.records import planned, results, series
    from repro.report import changes, tables
    from repro.report.literal import literal

    check_table_format(arguments.format)
    paths: list[Path] = arguments.runs
    file: Path | None = arguments.series
    cut: list[str] = []
    if file is None and len(paths) < 2:
        raise UsageError(f"{len(paths)} run(s) to compare: give two, or several of the same, or --series FILE")
    if file is None and len(paths) == 2:
        before, after = of_runs(arguments, map(results.read, paths))
        cut = [f"{run.file}: {said}" for run in (before, after) if (said := planned.cut_short(run))]
        changes.check([before.header, after.header])
        found, sentence = changes.differing(tables.judged(before), tables.judged(after))
        table, fine = changes.changes(found), not found
        records = [one.to_record() for one in found]
    else:
        steady = series.read(file) if file is not None and (file.exists() or not paths) else series.Series([], {})
        for path in paths:  # a run of everything is large: one at a time
            one = results.read(path)
            if said := planned.cut_short(one):
                cut.append(f"{path}: {said}")
                if file is not None:
                    raise UsageError(f"not added: {cut[-1]}")
            steady = steady.and_run(one.header, tables.judged(one))
        changes.check(steady.headers)
        table, sentence, fine = changes.disagreements(of_series(arguments, steady))
        records = table.as_dicts() if table else []
        if file is not None and paths:  # only what can be compared: no run is ever taken out again
            series.write(file, steady)
    if arguments.format == "json":
        print_json({"remarks": cut, "agree": fine, "sentence": sentence, "differences": records})
    else:
        for said in cut:
            print(literal(arguments.format)(said), end="\n\n")
        if table:
            print_table(table, arguments.format)
            print()
        print(sentence)
    return AS_EXPECTED if fine else DIFFERS
