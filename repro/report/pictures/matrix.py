"""A run as a matrix: scenarios by pools, and what each came to in which versions. Pure functions of judged cells.

What versions and start methods agree on is said once. A cell that is known to come out now so, now so stands for all that it is
known to come to: between versions, that is chance and no change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from repro.records.judged import JudgedCell
from repro.verdicts.judge import Verdict
from repro.versions import release_of

#: The worst first: of several verdicts, it is the one that a reader has to know of.
WORST = (
    Verdict.HANG,
    Verdict.LIVELOCK,
    Verdict.LOST,
    Verdict.PARENT_EXIT,
    Verdict.HARNESS_ERROR,
    Verdict.INCONCLUSIVE,
    Verdict.RAISED,
    Verdict.COMPLETED,
    Verdict.UNSUPPORTED,
)

#: What the scenarios with a tag have in common, in the order in which they are shown.
GROUPS = {
    "control": "nothing dies (the controls)",
    "exit": "a worker ends by itself",
    "signal": "a worker gets a signal",
    "memory": "the memory ends",
    "pickle": "a value on its way",
    "startup": "workers begin",
    "shutdown": "the pool is ended",
    "parent": "the parent's side",
}


@dataclass(frozen=True)
class Part:
    """What cells that agree came to. methods: their start methods, or () where all agree. verdict: the worst.
    sometimes: it does not always come to that."""

    methods: tuple[str, ...]
    verdict: Verdict
    sometimes: bool


@dataclass(frozen=True)
class Stretch:
    """Versions one after the other that agree. first, last: their places among those of the matrix, both included."""

    first: int
    last: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Row:
    """A scenario. title: in words. pools: what each pool came to, by its name, in stretches from the oldest version on."""

    scenario: str
    title: str
    pools: dict[str, list[Stretch]]


@dataclass(frozen=True)
class Matrix:
    """pools: the columns. versions: of Python, the oldest first. groups: their headings, and the rows of each."""

    pools: list[str]
    versions: list[str]
    groups: list[tuple[str, list[Row]]]

    @property
    def rows(self) -> list[Row]:
        """Those of all groups, in their order."""
        return [row for _, rows in self.groups for row in rows]


def matrix(cells: Sequence[JudgedCell], about: Mapping[str, tuple[str, tuple[str, ...]]]) -> Matrix:
    """The matrix of a run. about: the title and the tags of each scenario, as far as it is known."""
    pools = list(dict.fromkeys(cell.pool for cell in cells))
    versions = sorted({cell.python for cell in cells}, key=release_of)
    found: dict[tuple[str, str, str], dict[str, list[JudgedCell]]] = {}
    for cell in cells:
        by_method = found.setdefault((cell.scenario, cell.pool, cell.python), {})
        by_method.setdefault(cell.start_method, []).append(cell)
    grouped: dict[str, list[Row]] = {heading: [] for heading in GROUPS.values()}
    for scenario in dict.fromkeys(cell.scenario for cell in cells):
        title, tags = about.get(scenario, ("", ()))
        rows = {pool: _stretches([found.get((scenario, pool, one), {}) for one in versions]) for pool in pools}
        tag = next((one for one in tags if one in GROUPS), "")
        grouped.setdefault(GROUPS.get(tag, "others"), []).append(Row(scenario, title, rows))
    return Matrix(pools, versions, [(heading, rows) for heading, rows in grouped.items() if rows])


def _stretches(columns: Sequence[Mapping[str, Sequence[JudgedCell]]]) -> list[Stretch]:
    """Versions that agree are one; those without a cell are left out."""
    stretches: list[Stretch] = []
    for place, by_method in enumerate(columns):
        if not by_method:
            continue
        parts = _parts(by_method)
        before = stretches[-1] if stretches else None
        if before is not None and before.last == place - 1 and before.parts == parts:
            stretches[-1] = Stretch(before.first, place, parts)
        else:
            stretches.append(Stretch(place, place, parts))
    return stretches


def _parts(by_method: Mapping[str, Sequence[JudgedCell]]) -> tuple[Part, ...]:
    """One part for all start methods that agree; the worst first."""
    by_outcome: dict[frozenset[Verdict], list[str]] = {}
    for method, cells in by_method.items():
        outcomes = frozenset().union(*(cell.outcomes for cell in cells))
        by_outcome.setdefault(outcomes, []).append(method)
    parts = [
        Part(tuple(methods) if len(by_outcome) > 1 else (), min(outcomes, key=WORST.index), len(outcomes) > 1)
        for outcomes, methods in by_outcome.items()
    ]
    return tuple(sorted(parts, key=lambda part: (WORST.index(part.verdict), part.methods)))


def minor(version: str) -> str:
    """3.12 of 3.12.1."""
    return ".".join(version.split(".")[:2])


def extent(one: Matrix, stretch: Stretch) -> str:
    """The versions of a stretch, in words."""
    first, last = minor(one.versions[stretch.first]), minor(one.versions[stretch.last])
    return first if first == last else f"{first} to {last}"
