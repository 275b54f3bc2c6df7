"""Tell all about scenarios: what dies, what the caller sees, why, where in the source, and what to do instead.

With --run, tell what their cells left in a stored run: the verdict, why it hangs by the evidence, the processes before and
after the fault, who waits for which lock or pipe and who holds it; with --stacks, where every thread was.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro.cli.filters import add_filters, asked
from repro.cli.formats import OF_SCENARIOS, add_format, check_format
from repro.errors import UsageError

if TYPE_CHECKING:
    from repro.diagnose.kinds import Kind
    from repro.observation import Observation
    from repro.plan.catalogue import ScenarioEntry
    from repro.records.judged import JudgedCell
    from repro.records.results import Record


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "scenario",
        metavar="SCENARIO",
        nargs="*",
        default=[],
        help="names (repro list scenarios), or globs; or of diagnoses",
    )
    parser.add_argument(
        "--run", metavar="RUN", type=Path, help="show their cells in a stored run: a directory, results.jsonl, or last"
    )
    parser.add_argument("--stacks", action="store_true", help="with --run: and the stacks of their processes")
    add_format(parser, "show", f"; of scenarios {', '.join(OF_SCENARIOS)}, of cells all of them")
    add_filters(parser, without=["scenario"])


def run(arguments: argparse.Namespace) -> int:
    check_format("show", arguments.format)
    if not asked(arguments):
        raise UsageError("which scenario? give a name, a glob or a --tag (repro list scenarios)")
    if arguments.run is not None:
        return _show_cells(arguments)
    if arguments.stacks or arguments.pool or arguments.operation or arguments.start_method or arguments.python:
        raise UsageError(
            "--stacks and the filters but --tag choose among the cells of a stored run: give one with --run RUN"
        )
    return _show_scenarios(arguments)


def _show_cells(arguments: argparse.Namespace) -> int:
    from repro.cli.filters import of_runs
    from repro.cli.output import columns, print_json, prose_width, terminal_style
    from repro.observation import Observation
    from repro.records import planned, results
    from repro.records.judged import judged
    from repro.report import comment, evidence, formats, remarks, tables, tracker
    from repro.report.formats.json import cell_document
    from repro.report.literal import of_markup
    from repro.versions import release_of

    (chosen,) = of_runs(arguments, [results.read(arguments.run)])
    if arguments.format not in (*OF_SCENARIOS, "perfetto"):
        sys.stdout.write(formats.render(arguments.format, chosen, tables.judged(chosen), terminal_style()))
        return 0
    shown = [
        (cell, Observation.from_record(record["observation"]) if record["observation"] else Observation(), record)
        for cell, record in zip(judged(chosen), chosen.cells, strict=True)
    ]
    shown.sort(
        key=lambda one: (one[0].scenario, one[0].pool, one[0].operation, one[0].start_method, release_of(one[0].python))
    )
    if arguments.format == "perfetto":
        sys.stdout.write(_trace(shown, remarks.short(chosen)))
        return 0
    if arguments.format == "json":
        print_json(
            [
                {
                    **cell_document(cell),
                    "processes": evidence.processes(seen).as_dicts(),
                    **({"stacks": seen.stacks, "native": seen.native} if arguments.stacks else {}),
                }
                for cell, seen, _ in shown
            ]
        )
        return 0
    width = prose_width()
    cut = planned.cut_short(chosen)
    room = columns() if arguments.format == "text" else width
    texts = [
        evidence.describe(cell.name, cell.judgement, seen, arguments.stacks, width, room) for cell, seen, _ in shown
    ]
    if arguments.format == "markdown":
        parts = [f"**{of_markup(cut)}**"] if cut else []
        parts += [
            f"## {of_markup(cell.name)}\n\n{tracker.fenced(text)}"
            for (cell, *_), text in zip(shown, texts, strict=True)
        ]
        sys.stdout.write(comment.fitted(parts, "some of it: filters, as `--pool NAME`; all: without --format markdown"))
        return 0
    print("\n\n".join([*([textwrap.fill(cut, width)] if cut else []), *texts]), end="")
    return 0


def _trace(shown: Sequence[tuple[JudgedCell, Observation, Record]], cut: str) -> str:
    """What happened in the cells, each as a process of the trace. cut: that the run was cut short. Raises UsageError where none
    was run."""
    from repro.observation import Fault
    from repro.report.pictures import timeline_trace
    from repro.report.pictures.timeline import timeline

    drawn = [
        timeline(cell.name, "", Fault(**record["fault"]), seen, cell.judgement)
        for cell, seen, record in shown
        if record["observation"] is not None
    ]
    if not drawn:
        raise UsageError("no cell of that kind was run, and a trace has times")
    return timeline_trace.render(drawn, cut)


def _show_scenarios(arguments: argparse.Namespace) -> int:
    from repro.cli.output import print_json
    from repro.diagnose.kinds import Kind
    from repro.plan import matrix
    from repro.report import comment

    check_format("show", arguments.format, OF_SCENARIOS, " of scenarios (of the cells of a run: --run RUN)")
    kinds = [Kind(name) for name in arguments.scenario if name in set(Kind)]
    names = [name for name in arguments.scenario if name not in set(Kind)]
    if kinds and not names:
        _show_kinds(kinds, arguments.format)
        return 0
    if kinds and arguments.format == "text":
        _show_kinds(kinds, arguments.format)
        print("\n")
    entries = matrix.pick_scenarios(names or ["*"], arguments.tag)
    if arguments.format == "json":
        print_json([_document(entry) for entry in entries])
        return 0
    if arguments.format == "markdown":
        sys.stdout.write(comment.fitted([_markdown(entry) for entry in entries], "some of it: fewer scenarios"))
        return 0
    for number, entry in enumerate(entries):
        if number:
            print("\n")
        _print_scenario(entry)
    return 0


def _show_kinds(kinds: Sequence[Kind], name: str) -> None:
    """The pages of diagnoses."""
    from dataclasses import asdict

    from repro.cli.output import print_json, prose_width
    from repro.diagnose import words
    from repro.diagnose.kinds import PAGES

    if name == "json":
        print_json([{"name": kind.value, **asdict(PAGES[kind])} for kind in kinds])
    else:
        print("\n\n".join(words.manual(kind, prose_width()) for kind in kinds), end="")


def _document(entry: ScenarioEntry) -> dict[str, Any]:
    from repro.plan import catalogue

    one = entry.scenario
    texts = {name: getattr(one, name) for name in ("name", "title", "dies", "sees", "why", "where", "instead")}
    return {
        **texts,
        "inputs": list(one.inputs),
        "faulty": one.faulty,
        "known": {pool: known for pool in catalogue.pools() if (known := _known(one.name, pool))},
        "references": list(one.references),
        "tags": list(one.tags),
        "program": _program(entry),
    }


def _known(scenario: str, pool: str) -> dict[str, str]:
    """What is known of a scenario in a pool: the outcomes, each with its note, by which cells they are of."""
    from repro.verdicts.expectations import about
    from repro.verdicts.notes import with_note

    methods: dict[tuple[str, str, str], list[str]] = {}
    for rule in about(scenario, pool):
        outcomes = " or ".join(with_note(rule, verdict) for verdict in rule.verdicts)
        operation = "" if rule.operation == "*" else rule.operation
        methods.setdefault((operation, rule.versions, outcomes), []).append(rule.start_method)
    return {
        "; ".join(filter(None, [operation, ", ".join(one for one in several if one != "*"), versions])): outcomes
        for (operation, versions, outcomes), several in methods.items()
    }


#: The prose of a scenario, under these headings.
PROSE = {
    "dies": "What dies",
    "sees": "What the caller sees",
    "why": "Why",
    "where": "Where",
    "instead": "Instead",
}


def _known_lines(scenario: str) -> list[str]:
    from repro.plan import catalogue

    return [
        f"{pool}{f' ({where})' * bool(where)}: {outcomes}"
        for pool in catalogue.pools()
        for where, outcomes in _known(scenario, pool).items()
    ]


def _inputs(entry: ScenarioEntry) -> str:
    one = entry.scenario
    return ", ".join(map(str, one.inputs)) + (f"; the fault is in {one.faulty}" if one.faulty else "")


def _markdown(entry: ScenarioEntry) -> str:
    one = entry.scenario
    parts = [f"# {one.name}: {one.title}"]
    parts += [f"## {title}\n\n{getattr(one, part)}" for part, title in PROSE.items()]
    parts.append(f"## Inputs\n\n{_inputs(entry)}")
    parts.append("## Known\n\n" + "\n".join(f"- {line}" for line in _known_lines(one.name)))
    parts.append(f"## Program\n\n`{_program(entry)}`")
    parts += ["## References\n\n" + ", ".join(one.references)] if one.references else []
    return "\n\n".join([*parts, f"## Tags\n\n{', '.join(one.tags)}"])


def _program(entry: ScenarioEntry) -> str:
    """The command that prints a program that shows it."""
    from repro.plan import catalogue
    from repro.report import script

    pool = script.first_pool(entry)
    named = "" if pool == catalogue.default_pools()[0] else f" --pool {(*pool.adapter.aliases, pool.name)[0]}"
    return f"repro script {entry.name}{named}"


def _print_scenario(entry: ScenarioEntry) -> None:
    from repro.cli.output import prose_width

    one = entry.scenario
    width = prose_width()
    print(textwrap.fill(f"{one.name}: {one.title}", width, break_on_hyphens=False) + "\n")
    for part, title in PROSE.items():
        print(f"{title}\n{textwrap.fill(getattr(one, part), width, initial_indent='  ', subsequent_indent='  ')}\n")
    print(f"Inputs\n{textwrap.fill(_inputs(entry), width, initial_indent='  ', subsequent_indent='  ')}\n")
    print("Known")
    for line in _known_lines(one.name):
        print(textwrap.fill(line, width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False))
    print(f"\nProgram\n  {_program(entry)}")
    if one.references:
        print("\nReferences\n  " + ", ".join(one.references))
    print(f"\nTags\n  {', '.join(one.tags)}")
