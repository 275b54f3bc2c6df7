"""Draw a stored run: what happened in its cells, or what they came to.

timeline: what happened, process by process, on one time axis. It has one scenario, and one cell for each pool: of the newest
Python, and of the first operation and start method that was run; the filters choose others.
waits: who waits for what in a hang, and who has the other end; of the first cell of that kind that hangs, or of the program
that `repro diagnose --save` has written to a file, which RUN is then.
matrix: what each scenario came to in each pool, and in which versions.
latency: how long after a death the caller could know of it, by pool.
bench: how many times as good as Pool each pool is; RUN is then a file that repro bench --output has written.

The format follows from the output's name: .svg, .png (needs resvg: pip install '.[pictures]'), .html, .txt, .json (of a timeline:
a trace for Perfetto).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from repro.cli.filters import add_filters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.diagnose.snapshot import Snapshot
    from repro.records.results import Record, Run
    from repro.report.pictures.timeline import Timeline
    from repro.report.pictures.waits import WaitGraph

KINDS = ("timeline", "waits", "matrix", "latency", "bench")
FORMATS = {"svg": ".svg", "png": ".png", "html": ".html", "txt": ".txt", "perfetto": ".json"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=KINDS, metavar="KIND", help=f"what is drawn: {', '.join(KINDS)}")
    parser.add_argument(
        "directory",
        metavar="RUN",
        type=Path,
        help="a run's directory, its results.jsonl, or last; of waits, a file of repro diagnose --save, too",
    )
    parser.add_argument("--output", metavar="FILE", type=Path, help="where to; default: letters, to standard output")
    parser.add_argument(
        "--format", choices=FORMATS, metavar="NAME", help=f"{', '.join(FORMATS)}; default: by the output's name"
    )
    add_filters(parser)


def run(arguments: argparse.Namespace) -> int:
    from repro.cli import stored
    from repro.cli.ending import say
    from repro.cli.filters import of_runs
    from repro.records import planned
    from repro.records.results import Run
    from repro.report import remarks

    format_ = _format(arguments)
    if arguments.kind == "bench":
        return _write(arguments, _bench(format_, arguments.directory))
    found = stored.read(arguments.directory)
    if not isinstance(found, Run):
        return _write(arguments, _waits_of_program(format_, arguments, found))
    (chosen,) = of_runs(arguments, [found])
    if cut := planned.cut_short(chosen):
        say(cut)
    text = {"timeline": _timeline, "waits": _waits, "matrix": _matrix, "latency": _latency}[arguments.kind](
        format_, chosen, remarks.short(chosen)
    )
    return _write(arguments, text)


def _write(arguments: argparse.Namespace, text: str | bytes) -> int:
    import sys

    from repro.errors import ReproError, UsageError

    if arguments.output is None and isinstance(text, str):
        sys.stdout.write(text)
        return 0
    content = text.encode() if isinstance(text, str) else text
    if arguments.output is None:
        if sys.stdout.isatty():
            raise UsageError("a PNG is nothing for a terminal: --output names a file")
        sys.stdout.buffer.write(content)
        return 0
    try:
        arguments.output.write_bytes(content)
    except OSError as error:
        raise ReproError(f"the picture can't be written to {arguments.output}: {error.strerror}") from error
    return 0


def _with(title: str, cut: str) -> str:
    """A title in letters, as that of a table of the same run."""
    return f"{title} - {cut}" if cut else title


def _drawn(format_: str, title: str, svg: str) -> str | bytes:
    """A drawing in the format."""
    from repro.report.pictures import png
    from repro.report.pictures.svg import page

    if format_ == "png":
        return png.render(svg)
    return page(title, svg) if format_ == "html" else svg


def _format(arguments: argparse.Namespace) -> str:
    from repro.errors import UsageError

    found = arguments.format or ("txt" if arguments.output is None else None)
    for name, suffix in FORMATS.items():
        if found is None and arguments.output.suffix == suffix:
            found = name
    if found is None:
        raise UsageError(
            f"{arguments.output}: pictures are {', '.join(FORMATS.values())}; --format says which it is to be"
        )
    if found == "perfetto" and arguments.kind != "timeline":
        raise UsageError(f"a trace has times, and a {arguments.kind} has none: it can be .svg, .png, .html, .txt")
    return str(found)


def _least_letters() -> bool:
    """Whether standard output has no more letters than ASCII."""
    import sys

    return not (sys.stdout.encoding or "ascii").lower().startswith("utf")


def _timeline(format_: str, chosen: Run, cut: str) -> str | bytes:
    from repro.cli.output import columns
    from repro.plan import catalogue
    from repro.report.pictures import timeline_svg, timeline_text, timeline_trace

    scenario, cells = _cells(chosen.cells)
    known = catalogue.scenarios().get(scenario)
    title = f"{scenario}: {known.scenario.title}" if known else scenario
    if format_ == "txt":
        ink = timeline_text.LEAST if _least_letters() else timeline_text.FULL
        return timeline_text.render(_with(title, cut), cells, columns(), ink)
    if format_ == "perfetto":
        return timeline_trace.render(cells, cut)
    number = len(cells[0].fates)
    svg = timeline_svg.render(title, f"{number} task{'s' * (number != 1)}, from processes that ran", cells, cut)
    return _drawn(format_, title, svg)


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


def _waits(format_: str, chosen: Run, cut: str) -> str | bytes:
    from repro.errors import UsageError
    from repro.observation import Observation
    from repro.records.judged import judged
    from repro.report.pictures import waits
    from repro.verdicts.judge import Verdict

    hung = [
        (cell, record["observation"])
        for cell, record in zip(judged(chosen), chosen.cells, strict=True)
        if cell.judgement.verdict in (Verdict.HANG, Verdict.LIVELOCK)
    ]
    if not hung:
        raise UsageError("nothing of that kind hangs, so nobody waits: choose others with --scenario and --pool")
    cell, observation = hung[0]
    graph = waits.wait_graph(Observation.from_record(observation))
    return _waits_drawn(format_, cell.name, cell.judgement.explanation, graph, cut)


def _waits_of_program(format_: str, arguments: argparse.Namespace, taken: Snapshot) -> str | bytes:
    from repro.cli.stored import refuse_filters
    from repro.diagnose import whose, words
    from repro.diagnose.diagnosis import diagnose
    from repro.errors import RecordError, UsageError
    from repro.report.pictures import waits

    if arguments.kind != "waits":
        raise UsageError(
            f"{arguments.directory} is a snapshot of one program at one moment: `repro picture waits` draws that, and "
            f"no {arguments.kind}"
        )
    refuse_filters(arguments)
    found = diagnose(taken)
    owner = whose.owner_of(taken, found.finding.owner)
    if owner is None:
        raise RecordError(f"{arguments.directory}: process {taken.pid}, which it is about, is not in it")
    title = f"{found.pid}: {words.headline(found)}"
    when = "who waits for what, when the program was looked at"
    graph = waits.wait_graph(owner.observation)
    for lock, holder in owner.lock_holders.items():
        graph = waits.with_holder(graph, f"semaphore {lock}", holder)
    return _waits_drawn(format_, title, found.finding.evidence, graph, when=when)


def _waits_drawn(
    format_: str, title: str, why: Sequence[str], graph: WaitGraph, cut: str = "", when: str = ""
) -> str | bytes:
    """when: what is drawn, in a few words, where that is no cell that was given up."""
    import itertools
    import textwrap

    from repro.cli.output import columns
    from repro.records.shown import text as clean
    from repro.report.pictures import waits_svg

    if format_ == "txt":
        told = [clean(_with(title, cut)), *map(clean, [*why, *graph.sentences()])]
        lines = (textwrap.wrap(line, columns(), subsequent_indent="    ", break_on_hyphens=False) for line in told)
        return "\n".join(itertools.chain.from_iterable(lines)) + "\n"
    return _drawn(format_, title, waits_svg.render(title, why, graph, cut, when or waits_svg.GIVEN_UP))


def _matrix(format_: str, chosen: Run, cut: str) -> str | bytes:
    from repro.cli.output import columns
    from repro.plan import catalogue
    from repro.records.judged import judged
    from repro.report.pictures import matrix, matrix_svg, matrix_text
    from repro.report.tables import counted

    about = {name: (one.scenario.title, one.scenario.tags) for name, one in catalogue.scenarios().items()}
    made = matrix.matrix(judged(chosen), about)
    title = "What becomes of it: pools, scenarios, versions of Python"
    if format_ == "txt":
        return matrix_text.render(_with(title, cut), made, columns(), ascii_=_least_letters())
    rows = sum(len(rows) for _, rows in made.groups)
    counts = (counted(rows, "scenario"), counted(len(made.pools), "pool"), counted(len(made.versions), "Python"))
    svg = matrix_svg.render(title, f"{', '.join(counts)}: each box is what processes came to that ran", made, cut)
    return _drawn(format_, title, svg)


def _latency(format_: str, chosen: Run, cut: str) -> str | bytes:
    from repro.cli.output import columns
    from repro.records.judged import judged
    from repro.report.pictures import latency, latency_svg, latency_text

    rows = latency.latencies(judged(chosen))
    title = "How long after a death can the caller know of it?"
    if format_ == "txt":
        return latency_text.render(_with(title, cut), rows, columns())
    svg = latency_svg.render(
        title, "each pool over the cells in which it told its caller, which are not the same for all", rows, cut
    )
    return _drawn(format_, title, svg)


def _bench(format_: str, file: Path) -> str | bytes:
    import json

    from repro import files
    from repro.bench.catalogue import BENCHMARKS
    from repro.cli.output import columns
    from repro.errors import RecordError
    from repro.report.pictures import bench, bench_svg, bench_text

    try:
        document = json.loads(files.unpacked(file, 16 * files.MIB))
        rows = bench.rows(document["series"], {one.name: one.higher for one in BENCHMARKS})
        made = f"{document['rounds']} rounds in turns, {document['workers']} workers"
    except OSError as error:
        raise RecordError(f"{file}: {error.strerror}") from error
    except files.Refused as error:
        raise RecordError(f"{file} {error}") from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise RecordError(
            f"{file}: not a file that repro bench has written: {type(error).__name__}: {error}"
        ) from error
    title = "How many times as good as multiprocessing.Pool?"
    if format_ == "txt":
        return bench_text.render(title, rows, columns(), ascii_=_least_letters())
    svg = bench_svg.render(title, f"{made}; the median, and from the worst round to the best", rows)
    return _drawn(format_, title, svg)
