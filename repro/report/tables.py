"""The tables and sentences of a report. Pure functions of a run's records: the same records give the same bytes."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from repro.plan import catalogue
from repro.records.judged import JudgedCell
from repro.records.judged import judged as judge_again
from repro.records.planned import Key
from repro.records.results import Run
from repro.report.words import VERDICTS
from repro.subject import exits
from repro.verdicts.expectations import Expectation
from repro.verdicts.judge import Verdict
from repro.versions import release_of

#: What stands in a table for a cell that was planned and not run, and what that means.
NOT_RUN, CUT = "not run", "the run was cut short before"


#: So many pools or versions are told of one after the other; more are summed up.
FEW = 4


@dataclass(frozen=True)
class Table:
    """A table in words. rows: as many texts in each as there are headers. numbers: the columns that are aligned to the right."""

    title: str
    headers: list[str]
    rows: list[list[str]]
    numbers: Sequence[int] = ()

    def with_texts(self, change: Callable[[str], str]) -> Table:
        """The same in other words. change: what becomes of a text."""
        rows = [[*map(change, row)] for row in self.rows]
        return Table(change(self.title), [*map(change, self.headers)], rows, self.numbers)

    @property
    def names(self) -> list[str]:
        """The headings as a program has them."""
        return [header.partition(" (")[0].lower().replace(" ", "_") for header in self.headers]

    def as_dicts(self) -> list[dict[str, str]]:
        """For a program: each row by its headings."""
        return [dict(zip(self.names, (text.strip() for text in row), strict=True)) for row in self.rows]


def judged(run: Run, own: Sequence[Expectation] = ()) -> list[JudgedCell]:
    """Every cell of a run, judged again, in the order of the tables. own: what a project itself expects.

    Raises RecordError for facts that are none.
    """
    return in_order(judge_again(run, own))


def in_order(cells: Iterable[JudgedCell]) -> list[JudgedCell]:
    """The cells in the order of the tables."""
    scenarios, pools = list(catalogue.scenarios()), list(catalogue.pools())
    return sorted(
        cells,
        key=lambda cell: (
            _rank(cell.scenario, scenarios),
            _rank(cell.pool, pools),
            cell.operation,
            cell.start_method,
            release_of(cell.python),
            cell.repetition,
        ),
    )


def comparison(cells: Sequence[JudgedCell], missing: Sequence[Key] = ()) -> Table:
    """A row for each scenario, a column for each pool. missing: the cells that were planned and not run."""
    scenarios, pools = axes(cells, missing)
    gone = Counter(key[:2] for key in missing)
    groups: dict[tuple[str, str], list[JudgedCell]] = {}
    for cell in cells:
        groups.setdefault((cell.scenario, cell.pool), []).append(cell)
    rows = [
        [
            scenario,
            *(with_gap(in_words(groups.get(place, [])), gone[place]) for place in ((scenario, pool) for pool in pools)),
        ]
        for scenario in scenarios
    ]
    return Table(f"What the caller saw ({extent(cells)})", ["scenario", *map(label, pools)], rows)


def axes(cells: Sequence[JudgedCell], missing: Sequence[Key]) -> tuple[list[str], list[str]]:
    """The scenarios and the pools of a comparison, in its order: a pool none of whose cells was run has its column, too."""
    return (
        _in_catalogue_order([*(cell.scenario for cell in cells), *(key[0] for key in missing)], catalogue.scenarios()),
        _in_catalogue_order([*(cell.pool for cell in cells), *(key[1] for key in missing)], catalogue.pools()),
    )


def _in_catalogue_order(names: Iterable[str], there: Iterable[str]) -> list[str]:
    order = list(there)
    return sorted(distinct(names), key=lambda name: _rank(name, order))


def with_gap(text: str, missing: int) -> str:
    """A place in the comparison, of which so many cells were planned and not run."""
    if not missing:
        return text
    return f"{text} ({missing} {NOT_RUN})" if text else NOT_RUN


#: The headings of the aftermath, and what each means.
AFTERMATH = {
    "error seen": "an error reached the caller",
    "after": "so long after the death (median)",
    "names task": "the error names the task",
    "gives status": "the error gives exit code or signal",
    "others kept": "results of other tasks that arrived",
    "usable after": "a later call still works",
    "left running": "a process outlived the program",
}


def aftermath(cells: Sequence[JudgedCell]) -> Table | None:
    """A row for each pool: what it left its caller with after a fault. None where no cell had one."""
    rows = []
    for pool in distinct(cell.pool for cell in cells):
        mine = [cell for cell in cells if cell.pool == pool and cell.faulty and cell.judgement.verdict in RAN]
        if not mine:
            continue
        results = [cell.judgement for cell in mine]
        told = [result for result in results if result.error is not None]
        ended = [result for result in results if result.leftovers is not None]
        rows.append(
            [
                label(pool),
                _share(len(told), len(mine)),
                latency_text([result.latency_ms for result in told if result.latency_ms is not None]) or "-",
                _answered([result.names_task for result in told]),
                _answered([result.gives_exit_status for result in told]),
                _share(sum(result.survivors for result in results), sum(result.others for result in results)),
                _answered([result.usable_after for result in results]),
                _share(sum(bool(result.leftovers) for result in ended), len(ended)),
            ]
        )
    headers = ["pool", *AFTERMATH]
    return Table("After the fault", headers, rows) if rows else None


def ordered(cells: Iterable[JudgedCell], dimension: str) -> list[str]:
    """The values of a dimension, each once, in their order."""
    values = {getattr(cell, dimension) for cell in cells}
    return ordered_versions(values) if dimension == "python" else sorted(values)


def ordered_versions(values: Iterable[str]) -> list[str]:
    """Versions of Python, each once, the oldest first."""
    return sorted(set(values), key=lambda version: (release_of(version), version))


def sentence(cells: Sequence[JudgedCell]) -> str:
    """What was seen, in a sentence or two."""
    if len(distinct(cell.pool for cell in cells)) > FEW:
        return _of_many(cells)
    parts = []
    for pool in distinct(cell.pool for cell in cells):
        mine = [cell for cell in cells if cell.pool == pool and cell.faulty and cell.judgement.verdict in RAN]
        if not mine:
            continue
        counts = Counter(cell.judgement.verdict for cell in mine)
        said = []
        if counts[Verdict.RAISED]:
            after = latency_text([c.judgement.latency_ms for c in mine if c.judgement.verdict is Verdict.RAISED])
            said.append(f"told its caller in {counts[Verdict.RAISED]}" + (f", after {after} (median)" if after else ""))
        for verdict, words in _DID.items():
            if counts[verdict]:
                said.append(f"{words} {counts[verdict]}")
        parts.append(f"of {counted(len(mine), 'fault')}, {label(pool)} {', '.join(said)}")
    text = "; ".join(parts) or "no cell with a fault was run"
    return text[0].upper() + text[1:] + "."


def _of_many(cells: Sequence[JudgedCell]) -> str:
    """What was seen of many pools: which did what nobody can live with, and in how many of their faults; and which did not."""
    ran = [cell for cell in cells if cell.faulty and cell.judgement.verdict in RAN]
    faults = Counter(cell.pool for cell in ran)
    parts = []
    blamed: set[str] = set()
    for verdict, words in _DID.items():
        mine = Counter(cell.pool for cell in ran if cell.judgement.verdict is verdict)
        if mine and verdict is not Verdict.COMPLETED:
            blamed |= mine.keys()
            told = ", ".join(f"{label(pool)} in {count}/{faults[pool]}" for pool, count in mine.most_common())
            parts.append(f"{words.removesuffix(' in')}: {told}.")
    fine = [label(pool) for pool in faults if pool not in blamed]
    if fine:
        parts.append(f"told the caller of each fault, or bore it: {', '.join(fine)}.")
    return " ".join(text[0].upper() + text[1:] for text in parts) or "No cell with a fault was run."


#: Verdicts of cells that ran and say something about a pool.
RAN = (Verdict.COMPLETED, Verdict.RAISED, Verdict.HANG, Verdict.LIVELOCK, Verdict.LOST, Verdict.PARENT_EXIT)
_DID = {
    Verdict.HANG: "hung for ever in",
    Verdict.LIVELOCK: "worked without progress in",
    Verdict.LOST: "lost results in",
    Verdict.PARENT_EXIT: "let the fault end the parent in",
    Verdict.COMPLETED: "completed",
}


def meaning(verdict: Verdict, cells: Sequence[JudgedCell]) -> str:
    """What a verdict means; of one that says nothing of a pool, why these cells came to it, where the reasons are few."""
    reasons = distinct(cell.judgement.reason for cell in cells if cell.judgement.verdict is verdict)
    told = verdict in (Verdict.UNSUPPORTED, Verdict.HARNESS_ERROR) and len(reasons) <= FEW
    means = VERDICTS[verdict].means
    return "; ".join([f"{means}: {reasons[0]}", *reasons[1:]]) if told else means


def legend(cells: Sequence[JudgedCell], missing: Sequence[Key] = ()) -> list[str]:
    """What the words in the table mean; only those that stand there. missing: the cells that were planned and not run."""
    there = {cell.judgement.verdict for cell in cells}
    timed = {Verdict.RAISED: ", so long after the death (median)"}
    lines = [f"{VERDICTS[one].word}: {meaning(one, cells)}{timed.get(one, '')}" for one in VERDICTS if one in there]
    lines += [f"{NOT_RUN}: {CUT}"] if missing else []
    if any(len(cell.outcomes) > 1 for cell in cells):
        lines.append(
            "intermittent cells, known to come out in several ways, are not said to differ between versions or start methods"
        )
    if any(cell.judgement.simulated for cell in cells):
        lines.append("simulated: no memory cgroup could be made here; SIGKILL stood in for the kernel's OOM killer")
    return lines


def extent(cells: Sequence[JudgedCell]) -> str:
    """Over what the cells range: ``20 cells: Python 3.11.7, fork``."""
    pythons = ordered(cells, "python")
    which = (
        f"{len(pythons)} Pythons from {pythons[0]} to {pythons[-1]}"
        if len(pythons) > FEW
        else f"Python {', '.join(pythons)}"
    )
    methods = distinct(cell.start_method or "a way of its own" for cell in cells)
    return f"{counted(len(cells), 'cell')}: {which}; {', '.join(methods)}"


def in_words(cells: Sequence[JudgedCell], whole: bool = True) -> str:
    """What several cells came to, as the text of one place in a table: ``HANG``, ``raised BrokenProcessPool 1.3 ms``.

    whole: with the latencies, and what was left running.
    """
    if not cells:
        return ""
    groups: dict[str, list[JudgedCell]] = {}
    for cell in cells:
        groups.setdefault(_text_of(cell), []).append(cell)
    texts = []
    for text, group in sorted(groups.items(), key=lambda item: -len(item[1])):
        after = latency_text([cell.judgement.latency_ms for cell in group])
        told = after if whole and group[0].judgement.verdict is Verdict.RAISED else ""
        share = f"{len(group)}/{len(cells)}" if len(groups) > 1 else ""
        left = max((len(cell.judgement.leftovers or ()) for cell in group), default=0)
        behind = f"({left} left running)" if left and whole else ""
        simulated = "(simulated)" if any(cell.judgement.simulated for cell in group) else ""
        texts.append(" ".join(filter(None, [text, told, share, behind, simulated])))
    return ", ".join(texts)


def _text_of(cell: JudgedCell) -> str:
    verdict = cell.judgement.verdict
    if verdict is Verdict.RAISED and cell.judgement.error:
        return f"raised {cell.judgement.error['type']}"
    if verdict is Verdict.PARENT_EXIT:
        status = cell.exit_status
        return VERDICTS[verdict].word + (
            "" if status is None else f" {status}" if status >= 0 else f" {exits.name(status)}"
        )
    return VERDICTS[verdict].word


def latency_text(values: Iterable[float | None]) -> str:
    """The median of latencies in milliseconds, as ``1.3 ms``, ``140 ms``, ``2.5 s``; "" where there are none."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    middle = statistics.median(known)
    if middle < 10:
        return f"{middle:.1f} ms"
    return f"{middle:.0f} ms" if middle < 1000 else f"{middle / 1000:.1f} s"


def label(pool: str) -> str:
    """A pool's column heading; any other name as it is."""
    entry = catalogue.pools().get(pool)
    return entry.adapter.label if entry else pool


def counted(number: int, noun: str) -> str:
    """``1 fault``, ``2 faults``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _answered(answers: Sequence[bool | None]) -> str:
    """How many of those that could be answered are true: where no task was hit, no error can name it."""
    known = [answer for answer in answers if answer is not None]
    return _share(sum(known), len(known))


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole}" if whole else "-"


def distinct(values: Iterable[str]) -> list[str]:
    """Each value once, in the order of their first appearance."""
    return list(dict.fromkeys(values))


def _rank(name: str, order: Sequence[str]) -> tuple[int, str]:
    return (order.index(name) if name in order else len(order), name)


def header_lines(header: dict[str, Any]) -> list[str]:
    """Where and with what a run was made."""
    machine = header["machine"]
    return [
        f"Made with repro {header['tool']} on {header['started']}, watchdog {header['timeout']:g} s.",
        f"Machine: {machine['system']} {machine['kernel']}, {machine['architecture']}, {machine['cores']} cores, "
        f"{machine['memory_bytes'] / 2**30:.0f} GiB.",
    ]
