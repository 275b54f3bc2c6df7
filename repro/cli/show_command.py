"""Tell all about scenarios: what dies, what the caller sees, why, where in the source, and what to do instead.

With --run, tell what their cells left in a stored run: the verdict, why it hangs by the evidence, the processes before and
after the fault, who waits for which lock or pipe and who holds it; with --stacks, where every thread was.
"""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro.cli.filters import add_filters, asked
from repro.errors import UsageError

if TYPE_CHECKING:
    from repro.plan.catalogue import ScenarioEntry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "scenario", metavar="SCENARIO", nargs="*", default=[], help="names (repro list scenarios), or globs"
    )
    parser.add_argument(
        "--run", metavar="RUN", type=Path, help="show their cells in a stored run: a directory, results.jsonl, or last"
    )
    parser.add_argument("--stacks", action="store_true", help="with --run: and the stacks of their processes")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="default: text")
    add_filters(parser, without=["scenario"])


def run(arguments: argparse.Namespace) -> int:
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
    from repro.cli.output import columns, print_json, prose_width
    from repro.observation import Observation
    from repro.records import planned, results
    from repro.records.judged import judged
    from repro.report import evidence
    from repro.report.formats.json import cell_document
    from repro.versions import release_of

    (chosen,) = of_runs(arguments, [results.read(arguments.run)])
    shown = [
        (cell, Observation.from_record(record["observation"]) if record["observation"] else Observation())
        for cell, record in zip(judged(chosen), chosen.cells, strict=True)
    ]
    shown.sort(
        key=lambda one: (one[0].scenario, one[0].pool, one[0].operation, one[0].start_method, release_of(one[0].python))
    )
    if arguments.format == "json":
        print_json(
            [
                {
                    **cell_document(cell),
                    "processes": evidence.processes(seen).as_dicts(),
                    **({"stacks": seen.stacks, "native": seen.native} if arguments.stacks else {}),
                }
                for cell, seen in shown
            ]
        )
        return 0
    width = prose_width()
    texts = [textwrap.fill(cut, width)] if (cut := planned.cut_short(chosen)) else []
    texts += [
        evidence.describe(cell.name, cell.judgement, seen, arguments.stacks, width, columns()) for cell, seen in shown
    ]
    print("\n\n".join(texts), end="")
    return 0


def _show_scenarios(arguments: argparse.Namespace) -> int:
    from repro.cli.output import print_json
    from repro.plan import matrix

    entries = matrix.pick_scenarios(arguments.scenario or ["*"], arguments.tag)
    if arguments.format == "json":
        print_json([_document(entry) for entry in entries])
        return 0
    for number, entry in enumerate(entries):
        if number:
            print("\n")
        _print_scenario(entry)
    return 0


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


def _print_scenario(entry: ScenarioEntry) -> None:
    from repro.cli.output import prose_width
    from repro.plan import catalogue

    one = entry.scenario
    width = prose_width()
    print(f"{one.name}: {one.title}\n")
    for heading in ("dies", "sees", "why", "where", "instead"):
        title = {"dies": "What dies", "sees": "What the caller sees", "why": "Why"}.get(heading, heading.capitalize())
        print(f"{title}\n{textwrap.fill(getattr(one, heading), width, initial_indent='  ', subsequent_indent='  ')}\n")
    print(
        "Inputs\n  "
        + ", ".join(map(str, one.inputs))
        + (f"; the fault is in {one.faulty}" if one.faulty else "")
        + "\n"
    )
    print("Known")
    for pool in catalogue.pools():
        for where, outcomes in _known(one.name, pool).items():
            line = f"{pool}{f' ({where})' * bool(where)}: {outcomes}"
            print(textwrap.fill(line, width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False))
    if one.references:
        print("\nReferences\n  " + ", ".join(one.references))
    print(f"\nTags\n  {', '.join(one.tags)}")
