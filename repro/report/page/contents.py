"""What the page carries of a run, as data: an index of all cells, and of each scenario what there is to see of its cells.

Every text goes through ``shown``, and the page's program makes text of it, never markup.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from repro import progress
from repro.errors import UsageError
from repro.observation import Fault, Observation
from repro.plan import catalogue
from repro.plan.interpreters import Interpreter
from repro.records import planned
from repro.records.judged import JudgedCell
from repro.records.planned import Key
from repro.records.results import Record, Run
from repro.report import evidence, script
from repro.report.page import drawn
from repro.report.page.drawn import shown
from repro.report.pictures.matrix import Matrix
from repro.report.pictures.matrix_svg import COLOURS
from repro.report.pictures.timeline import timeline
from repro.report.pictures.waits import wait_graph
from repro.report.tables import distinct, label
from repro.report.words import VERDICTS
from repro.verdicts.expectations import Expectation
from repro.verdicts.judge import Verdict
from repro.verdicts.notes import note_on, with_note

#: The prose of a scenario, under the headings of ``repro show``.
PROSE = {
    "dies": "What dies",
    "sees": "What the caller sees",
    "why": "Why",
    "where": "Where",
    "instead": "What to do instead",
}


def index(cells: Sequence[JudgedCell], one: Matrix) -> dict[str, Any]:
    """What the page has at once: the names, and a row of places in them for each cell, in their order.

    A cell is scenario, pool, version, start method, operation, repetition, verdict, and 1 where that is news.
    """
    scenarios = [row.scenario for row in one.rows]
    methods, operations = distinct(cell.start_method for cell in cells), distinct(cell.operation for cell in cells)
    places = [{name: place for place, name in enumerate(names)} for names in (scenarios, one.pools, one.versions)]
    places += [{name: place for place, name in enumerate(names)} for names in (methods, operations)]
    verdicts = list(Verdict)
    return {
        "scenarios": [_heading(name) for name in scenarios],
        "pools": [shown(label(pool)) for pool in one.pools],
        "versions": list(map(shown, one.versions)),
        "methods": list(map(shown, methods)),
        "operations": list(map(shown, operations)),
        "verdicts": [
            {"name": one, "word": VERDICTS[one].does, "symbol": VERDICTS[one].symbol, "colour": COLOURS[one][0]}
            for one in verdicts
        ],
        **drawn.fates(),
        "cells": [
            [
                *(place[name] for place, name in zip(places, _names(cell), strict=True)),
                cell.repetition,
                verdicts.index(cell.judgement.verdict),
                int(cell.is_news),
            ]
            for cell in cells
        ],
    }


def _names(cell: JudgedCell) -> tuple[str, str, str, str, str]:
    return cell.scenario, cell.pool, cell.python, cell.start_method, cell.operation


def _heading(name: str) -> dict[str, Any]:
    entry = catalogue.scenarios().get(name)
    return {
        "name": shown(name),
        "title": entry.scenario.title if entry else "",
        "tags": list(entry.scenario.tags) if entry else [],
    }


def chapters(run: Run, cells: Sequence[JudgedCell], one: Matrix) -> Iterator[dict[str, Any]]:
    """What is opened on demand, one for each scenario of the matrix, in its order: its prose, its programs, its cells in their
    order."""
    by_scenario: dict[str, list[tuple[Record, JudgedCell]]] = {}
    for record, cell in _with_records(run, cells):
        by_scenario.setdefault(cell.scenario, []).append((record, cell))
    ordered = [pair for row in one.rows for pair in by_scenario[row.scenario]]
    packed = (_cell(*pair) for pair in progress.each(ordered, "packing"))
    for row in one.rows:
        mine = [cell for _, cell in by_scenario[row.scenario]]
        yield {
            **_prose(row.scenario),
            "programs": _programs(mine),
            "cells": list(itertools.islice(packed, len(mine))),
        }


def _with_records(run: Run, cells: Sequence[JudgedCell]) -> Iterator[tuple[Record, JudgedCell]]:
    """Each cell with its record, whatever the order of the cells; cells of the same name are in that of the run."""
    records: dict[Key, list[Record]] = {}
    for record in reversed(run.cells):
        records.setdefault(planned.whole_key(record), []).append(record)
    for cell in cells:
        yield (
            records[(cell.scenario, cell.pool, cell.operation, cell.start_method, cell.python, cell.repetition)].pop(),
            cell,
        )


def _prose(name: str) -> dict[str, Any]:
    entry = catalogue.scenarios().get(name)
    if entry is None:
        return {"prose": [], "references": []}
    told = [[heading, shown(getattr(entry.scenario, part))] for part, heading in PROSE.items()]
    return {"prose": told, "references": list(map(shown, entry.scenario.references))}


def _programs(cells: Sequence[JudgedCell]) -> dict[str, str]:
    """What ``repro script`` has, by pool, operation and start method; made for the last Python of each."""
    found = {}
    last = {(cell.pool, cell.operation, cell.start_method): cell for cell in cells}
    for cell in last.values():
        entry, pool = catalogue.scenarios().get(cell.scenario), catalogue.pools().get(cell.pool)
        if entry is None or pool is None:
            continue
        try:
            python = Interpreter("", cell.python)
            text = script.render(entry, pool, cell.operation, cell.start_method or None, python)
        except UsageError:
            continue
        found[f"{label(cell.pool)} {cell.operation} {cell.start_method}"] = shown(text)
    return found


def _cell(record: Record, cell: JudgedCell) -> dict[str, Any]:
    """All that there is to see of a cell."""
    judgement, known = cell.judgement, cell.known
    seen = Observation.from_record(record["observation"]) if record["observation"] else None
    return {
        "reason": shown(judgement.reason),
        "explanation": list(map(shown, judgement.explanation)),
        "waits": list(map(shown, judgement.waits)),
        "error": judgement.error and [shown(judgement.error["type"]), shown(judgement.error["message"])],
        "facts": _facts(cell),
        "known": known and _known(known),
        **(_seen(record, cell, seen) if seen else {}),
    }


@functools.cache
def _known(rule: Expectation) -> dict[str, Any]:
    """What is known of a cell: the outcomes with their notes, of which versions, by which references."""
    notes = [note_on(rule, verdict) for verdict in rule.verdicts]
    return {
        "outcomes": [shown(with_note(rule, verdict)) for verdict in rule.verdicts],
        "versions": rule.versions,
        "references": [note.reference for note in notes if note is not None and note.reference],
    }


def _facts(cell: JudgedCell) -> list[str]:
    """What a user asks next, as far as there is an answer."""
    one = cell.judgement
    found = []
    if one.latency_ms is not None:
        found.append(f"The caller could know {one.latency_ms:,.1f} ms after the death.")
    if one.names_task is not None:
        found.append(f"The error {'names' if one.names_task else 'does not name'} the task.")
    if one.gives_exit_status is not None:
        found.append(f"The error {'gives' if one.gives_exit_status else 'does not give'} the exit code or signal.")
    if one.others:
        found.append(f"{one.survivors:,} of {one.others:,} results of other tasks arrived.")
    if one.usable_after is not None:
        found.append("A later call still worked." if one.usable_after else "No later call worked.")
    if one.leftovers:
        found.append(shown(f"Left running: {'; '.join(one.leftovers)}."))
    if one.simulated:
        found.append("Simulated: SIGKILL stood in for the kernel's OOM killer.")
    return found


def _seen(record: Record, cell: JudgedCell, seen: Observation) -> dict[str, Any]:
    """What was recorded while it ran."""
    table = evidence.processes(seen)
    one = timeline(cell.pool, "", Fault(**record["fault"]), seen, cell.judgement)
    pids = sorted({*seen.stacks, *seen.native}, key=lambda pid: (int(pid) != seen.main_pid, int(pid)))
    return {
        "timeline": drawn.timeline(one),
        "graph": drawn.graph(wait_graph(seen)) if seen.holdings else None,
        "processes": {
            "title": table.title,
            "headers": table.headers,
            "rows": [list(map(shown, row)) for row in table.rows],
        },
        "stacks": [
            [f"{kind} of {'the program' if int(pid) == seen.main_pid else f'process {pid}'}", shown(texts[pid])]
            for kind, texts in (("stack", seen.stacks), ("native stack", seen.native))
            for pid in pids
            if pid in texts
        ],
        "stderr": shown(seen.stderr),
    }
