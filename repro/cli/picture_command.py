"""Draw a stored run: what happened in its cells, process by process, on one time axis.

A timeline has one scenario, and one cell for each pool: of the newest Python, and of the first operation and start method that
was run; the filters choose others. The format follows from the output's name: .svg, .html, .txt, .json (a trace for Perfetto).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from repro.cli.filters import add_filters

if TYPE_CHECKING:
    from repro.records.results import Record
    from repro.report.pictures.timeline import Timeline

KINDS = ("timeline",)
FORMATS = {"svg": ".svg", "html": ".html", "txt": ".txt", "perfetto": ".json"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=KINDS, metavar="KIND", help="what is drawn: timeline")
    parser.add_argument("directory", metavar="RUN", type=Path, help="a run's directory, its results.jsonl, or last")
    parser.add_argument("--output", metavar="FILE", type=Path, help="where to; default: letters, to standard output")
    parser.add_argument(
        "--format", choices=FORMATS, metavar="NAME", help=f"{', '.join(FORMATS)}; default: by the output's name"
    )
    add_filters(parser)


def run(arguments: argparse.Namespace) -> int:
    import sys

    from repro.cli.filters import of_runs
    from repro.errors import ReproError
    from repro.records import results

    kind = _format(arguments)
    (chosen,) = of_runs(arguments, [results.read(arguments.directory)])
    text = _draw(kind, chosen.cells)
    if arguments.output is None:
        sys.stdout.write(text)
        return 0
    try:
        arguments.output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReproError(f"the picture can't be written to {arguments.output}: {error.strerror}") from error
    return 0


def _format(arguments: argparse.Namespace) -> str:
    from repro.errors import UsageError

    if arguments.format is not None:
        return str(arguments.format)
    if arguments.output is None:
        return "txt"
    for name, suffix in FORMATS.items():
        if arguments.output.suffix == suffix:
            return name
    raise UsageError(f"{arguments.output}: pictures are {', '.join(FORMATS.values())}; --format says which it is to be")


def _draw(kind: str, records: list[Record]) -> str:
    import sys

    from repro.cli.output import columns
    from repro.plan import catalogue
    from repro.report.pictures import timeline_svg, timeline_text, timeline_trace

    scenario, cells = _cells(records)
    known = catalogue.scenarios().get(scenario)
    title = f"{scenario}: {known.scenario.title}" if known else scenario
    if kind == "txt":
        encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
        return timeline_text.render(title, cells, columns(), ascii_=not encoding.startswith("utf"))
    if kind == "perfetto":
        return timeline_trace.render(cells)
    number = len(cells[0].fates)
    svg = timeline_svg.render(title, f"{number} task{'s' * (number != 1)}, from processes that ran", cells)
    return svg if kind == "svg" else timeline_svg.page(title, svg)


def _cells(records: list[Record]) -> tuple[str, list[Timeline]]:
    """The scenario, and a timeline for each pool. Raises UsageError where there are several scenarios."""
    from repro.errors import UsageError
    from repro.observation import Fault, Observation
    from repro.records.results import judge_record
    from repro.report.pictures.timeline import timeline
    from repro.versions import release_of

    names = sorted({record["scenario"] for record in records})
    if len(names) > 1:
        raise UsageError(
            f"a timeline has one scenario, and here are {len(names)}: say which with --scenario, as {names[0]}"
        )
    ran = [record for record in records if record["observation"] is not None]
    if not ran:
        raise UsageError("no cell of that kind was run")
    chosen: dict[str, Record] = {}
    for record in ran:
        before = chosen.get(record["pool"])
        if before is None or release_of(record["python"]) > release_of(before["python"]):
            chosen[record["pool"]] = record
    cells = []
    for pool, record in chosen.items():
        where = ", ".join(filter(None, [record["operation"], record["start_method"], f"Python {record['python']}"]))
        seen = Observation.from_record(record["observation"])
        cells.append(timeline(pool, where, Fault(**record["fault"]), seen, judge_record(record)))
    return names[0], cells
