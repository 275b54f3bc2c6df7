"""Show what changed between two stored runs: other versions, another machine, another pool.

Given three runs or more, or a series, it shows on which cells runs of the same do not agree: how steady is the suite, and what is
intermittent? A series is a file that keeps the verdicts of many runs without their evidence: with --series the given runs are
added to it (it is made where it is not there), and all that it holds are compared.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from repro.cli.filters import add_filters
from repro.cli.formats import add_format, check_format


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
    add_format(parser, "compare")
    add_filters(parser)


def run(arguments: argparse.Namespace) -> int:
    from repro.cli.filters import of_runs, of_series
    from repro.cli.output import terminal_style
    from repro.errors import AS_EXPECTED, DIFFERS, UsageError
    from repro.records import planned, results, series
    from repro.report import changes, comparison, tables

    check_format("compare", arguments.format)
    paths: list[Path] = arguments.runs
    file: Path | None = arguments.series
    cut: list[str] = []
    if file is None and len(paths) < 2:
        raise UsageError(f"{len(paths)} run(s) to compare: give two, or several of the same, or --series FILE")
    if file is None and len(paths) == 2:
        before, after = of_runs(arguments, map(results.read, paths))
        cut = [f"{run.file}: {said}" for run in (before, after) if (said := planned.cut_short(run))]
        changes.check([before.header, after.header])
        found = comparison.of_two(cut, *changes.differing(tables.judged(before), tables.judged(after)))
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
        found = comparison.of_several(cut, *changes.disagreements(of_series(arguments, steady)))
        if file is not None and paths:  # only what can be compared: no run is ever taken out again
            series.write(file, steady)
    sys.stdout.write(comparison.render(arguments.format, found, terminal_style(table_format=arguments.format)))
    return AS_EXPECTED if found.agree else DIFFERS
