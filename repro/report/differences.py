"""Where does a verdict depend on the Python, the start method or the operation? Pure functions of judged cells."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from repro.records.judged import JudgedCell
from repro.report.tables import RAN, Table, in_words, label, ordered
from repro.verdicts.judge import Verdict

#: What cells may differ by, and what its values are called.
DIMENSIONS = (("python", "Python versions"), ("start_method", "start methods"), ("operation", "operations"))


def between(cells: Sequence[JudgedCell], dimension: str, noun: str) -> tuple[Table | None, str | None]:
    """Where the verdict depends on one dimension: a table of those rows, and a sentence.

    dimension: ``python``, ``start_method`` or ``operation``. noun: what its values
    are called. What has the same outcomes is one row.

    The table is None, and the sentence says so, where nothing differs; both are None where nothing can be compared.
    """
    others = [name for name in ("scenario", "pool", "operation", "start_method", "python") if name != dimension]
    groups: dict[tuple[str, ...], list[JudgedCell]] = {}
    for cell in cells:
        if cell.judgement.verdict in RAN:  # what did not run says nothing, neither that it differs nor that it does not
            groups.setdefault(tuple(getattr(cell, name) for name in others), []).append(cell)
    compared = {key: group for key, group in groups.items() if len({getattr(cell, dimension) for cell in group}) > 1}
    if not compared:
        return None, None
    values = ordered((cell for group in compared.values() for cell in group), dimension)
    differing = {key: group for key, group in compared.items() if _differ(group, dimension)}
    if not differing:
        return None, f"No verdict differs between the {len(values)} {noun}: {', '.join(values)}."
    joined = "start_method" if dimension == "python" else "python"
    kept = [name for name in others if name != joined and len({getattr(cell, name) for cell in cells}) > 1]
    rows: dict[tuple[str, ...], list[str]] = {}
    for group in differing.values():
        where = tuple(label(getattr(group[0], name)) for name in kept)
        rows.setdefault((*where, _told(group, dimension, values)), []).append(getattr(group[0], joined))
    every = ordered(cells, joined)
    headers = [*(name.replace("_", " ") for name in kept), "outcomes"]
    texts = [[*key[:-1], span(several, every, joined), key[-1]] for key, several in rows.items()]
    if len(every) > 1:
        headers.insert(-1, _SEVERAL[joined])
    else:
        texts = [[*row[:-2], row[-1]] for row in texts]
    sentence = f"{len(differing)} of {len(compared)} comparisons differ between the {len(values)} {noun}."
    return Table(f"Where {noun} differ", headers, texts), sentence


_SEVERAL = {"python": "Pythons", "start_method": "start methods"}


def _told(cells: Sequence[JudgedCell], dimension: str, values: Sequence[str]) -> str:
    """Which outcome was seen with which values: ``HANG: 3.8.18-3.9.18; completed: 3.10.13``."""
    seen: dict[str, list[str]] = {}
    for value in values:
        mine = [cell for cell in cells if getattr(cell, dimension) == value]
        if mine:
            seen.setdefault(in_words(mine, False), []).append(value)
    return "; ".join(f"{text}: {span(several, values, dimension)}" for text, several in seen.items())


def span(several: Sequence[str], every: Sequence[str], dimension: str) -> str:
    """Some of the values of a dimension; of versions, those that follow one another as a range."""
    if dimension != "python":
        return ", ".join(several)
    runs: list[list[str]] = []
    for value in several:
        if runs and every.index(runs[-1][-1]) + 1 == every.index(value):
            runs[-1].append(value)
        else:
            runs.append([value])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _differ(cells: Sequence[JudgedCell], dimension: str) -> bool:
    """Whether two values of a dimension have no outcome in common: of intermittent cells that share one, a run shows either."""
    sets: dict[str, set[Verdict]] = {}
    for cell in cells:
        sets.setdefault(getattr(cell, dimension), set()).update(cell.outcomes)
    return any(not one & other for one, other in itertools.combinations(sets.values(), 2))
