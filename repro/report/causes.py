"""Why programs hang, gathered over many cells: where they wait, and what the evidence says. Pure functions of judged cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from repro.records.judged import JudgedCell
from repro.report.tables import Table, distinct, label
from repro.verdicts.judge import Verdict

#: What two sentences of the same rule may differ in: numbers, of bytes, processes, workers or lines. An exit code is a cause.
_NUMBER = re.compile(r"(?<!exit code )(?<!\d)\d(?:[\d,]*\d)?")


def waits(cells: Sequence[JudgedCell]) -> Table | None:
    """Where the main thread of the parent waits in hangs, and how often each place was seen; None without one.

    Who works without progress waits nowhere: where it was when it was asked is chance.
    """
    seen: Counter[tuple[str, str]] = Counter()
    for cell in cells:
        if cell.judgement.verdict is Verdict.HANG and cell.judgement.waits:
            place = re.sub(r":[^:]*\)$", ")", cell.judgement.waits[0])  # the line moves with the version
            seen[label(cell.pool), re.sub(r"\(python3\.\d+t?/", "(", place)] += 1
    rows = [[pool, f"`{place}`", str(count)] for (pool, place), count in seen.most_common()]
    return Table("Where the parent's main thread waits for ever", ["pool", "function", "cells"], rows) if rows else None


def explanations(cells: Sequence[JudgedCell]) -> Table | None:
    """What the evidence of each hang says first, and in which scenarios it was seen; None without any.

    Sentences that differ in their numbers only are one row.
    """
    seen: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for cell in cells:
        if cell.judgement.explanation:
            said = re.sub(r"\bprocess \d+", "a process", cell.judgement.explanation[0])  # a pid is of one cell
            seen.setdefault((label(cell.pool), _NUMBER.sub("\0", said)), []).append((said, cell.scenario))
    rows = []
    for (pool, _), found in sorted(seen.items(), key=lambda item: (item[0][0], -len(item[1]))):
        said = in_common([sentence for sentence, _ in found])
        scenarios = ", ".join(f"`{name}`" for name in distinct(scenario for _, scenario in found))
        rows.append([pool, f"{said[0].upper()}{said[1:]}.", scenarios, str(len(found))])
    headers = ["pool", "what was seen", "scenarios", "cells"]
    return Table("Why it hangs, by the evidence", headers, rows) if rows else None


def in_common(sentences: Sequence[str]) -> str:
    """Sentences that differ in their numbers only, as one: each number as it is where all agree on it, else as a range."""
    columns = list(zip(*(_NUMBER.findall(sentence) for sentence in sentences), strict=True))
    texts = iter([_range(column) for column in columns])
    return _NUMBER.sub(lambda _: next(texts), sentences[0])


def _range(numbers: Sequence[str]) -> str:
    """``3``; ``662-665``; ``204,996,734-205,455,399``."""
    ordered = sorted(set(numbers), key=lambda text: int(text.replace(",", "")))
    return ordered[0] if len(ordered) == 1 else f"{ordered[0]}-{ordered[-1]}"
