"""Where records and scenarios say something: a place in the source, a function, an error. Pure functions of what was recorded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from repro.report.differences import span
from repro.report.tables import Table, counted, distinct, label, ordered_versions
from repro.verdicts import stacks

#: A place in a source, as users copy it: ``pool.py:765``, ``multiprocessing/pool.py:765``, ``pool.py", line 765``.
_PLACE = re.compile(r'(?P<file>[\w./-]+\.\w+)(?::|"?, line )(?P<line>\d+)')
#: So much of a line is shown around what was found in it, in characters.
EXCERPT = 100


@dataclass(frozen=True)
class Hit:
    """Where one cell says it. where: ``stack of the program``, ``error``, ...; text: the line."""

    where: str
    text: str


def pattern(asked: str) -> re.Pattern[str]:
    """What is looked for, in any case. A place in a source is found however it is written."""
    place = _PLACE.fullmatch(asked.strip())
    if place:
        return re.compile(rf'(?<![\w-]){re.escape(place["file"])}(?:"?, line |:){place["line"]}(?!\d)', re.IGNORECASE)
    return re.compile(re.escape(asked.strip()), re.IGNORECASE)


def in_cell(record: dict[str, Any], wanted: re.Pattern[str]) -> Hit | None:
    """The first place in which a cell's record says it: an error, stacks, what was concluded from them, stderr."""
    for where, text in _texts(record):
        for line in text.splitlines():
            found = wanted.search(line)
            if found:
                return Hit(where, _excerpt(line, found.start()))
    return None


def _texts(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    seen = record["observation"] or {}
    error = record.get("error") or {}
    yield "error", f"{error.get('type', '')}: {error.get('message', '')}" if error else ""
    main = str(seen.get("main_pid", ""))
    for kind, texts in (("stack", seen.get("stacks") or {}), ("native stack", seen.get("native") or {})):
        for pid in sorted(texts, key=lambda pid: (pid != main, len(pid), pid)):
            yield f"{kind} of {'the program' if pid == main else 'a worker'}", texts[pid]
    yield "explanation", "\n".join(record.get("explanation") or ())
    yield "reason", record.get("reason") or ""
    yield "stderr", seen.get("stderr") or ""


def _excerpt(line: str, at: int) -> str:
    """What a line says around a place in it: a frame by its function, a long line cut."""
    frames = stacks.threads(f"Thread 0x0 (most recent call first):\n{line}")[0].frames
    if frames:
        return f"{frames[0].place}: {frames[0].source}" if frames[0].source else frames[0].place
    text = line.strip()
    begin = max(0, at - EXCERPT // 2)
    cut = text[begin : begin + EXCERPT]
    return ("..." if begin else "") + cut + ("..." if begin + EXCERPT < len(text) else "")


def table(hits: Sequence[tuple[dict[str, Any], Hit]], pythons: Sequence[str]) -> Table:
    """The hits by pool, verdict and place: which scenarios say it so, those with the most cells first. pythons: all that were
    searched, in their order."""
    groups: dict[tuple[str, ...], list[tuple[dict[str, Any], Hit]]] = {}
    for record, hit in hits:
        groups.setdefault((record["scenario"], record["pool"], record["verdict"], hit.where), []).append((record, hit))
    rows: dict[tuple[str, ...], list[tuple[str, int]]] = {}
    for (scenario, pool, verdict, where), found in groups.items():
        here = ordered_versions(record["python"] for record, _ in found)
        texts = distinct(hit.text for _, hit in found)
        more = f" (and {len(texts) - 1} more)" if len(texts) > 1 else ""
        tail = (label(pool), verdict, span(here, pythons, "python"), f"{where}: {texts[0]}{more}")
        rows.setdefault(tail, []).append((scenario, len(found)))
    scenarios = distinct(record["scenario"] for record, _ in hits)
    title = f"{counted(len(hits), 'cell')} of {counted(len(scenarios), 'scenario')} say{'s' * (len(hits) == 1)} so"
    return Table(
        title,
        ["scenarios", "pool", "verdict", "Pythons", "where", "cells"],
        [
            [", ".join(distinct(name for name, _ in several)), *tail, str(sum(count for _, count in several))]
            for tail, several in sorted(rows.items(), key=lambda row: -sum(count for _, count in row[1]))
        ],
    )


def nearest_lines(asked: str, records: Iterable[dict[str, Any]], most: int = 3) -> list[str]:
    """For a place that nothing says: the nearest ones in the same file, with their functions; lines move with the version."""
    place = _PLACE.fullmatch(asked.strip())
    if place is None:
        return []
    seen: dict[str, int] = {}
    for record in records:
        for text in ((record["observation"] or {}).get("stacks") or {}).values():
            for thread in stacks.threads(text):
                for frame in thread.frames:
                    if f"/{frame.file}".endswith(f"/{place['file']}") and frame.line.isdigit():
                        seen[frame.place] = abs(int(frame.line) - int(place["line"]))
    return sorted(seen, key=lambda name: (seen[name], name))[:most]
