"""The comparison in the width that there is: in words where they fit, else in short words, else in signs. Pure.

What cannot be made narrower by words is turned (pools as rows), and rows that say the same are one. More scenarios than fit on a
page are one row for all that came to the same; what each came to, the details tell.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from repro.records.judged import JudgedCell
from repro.records.planned import Key
from repro.report.folding import Measure, fitted, fold, narrow_headers, width_of
from repro.report.tables import (
    CUT,
    NOT_RUN,
    RAN,
    Table,
    axes,
    distinct,
    extent,
    in_words,
    label,
    legend,
    meaning,
    with_gap,
)
from repro.report.words import VERDICTS
from repro.verdicts.judge import Verdict

#: So many scenarios have a row each; more are too many to be looked through.
PAGE = 24

#: So wide a column takes several names of scenarios in a line; for a narrower one, the headings beside it give way.
NAMES = 60

_SIMULATED = "*"
_NOT_RUN = "o"

#: Words that are folded in more columns than these are no longer read.
FOLDED = 4

_Words = Callable[[Sequence[JudgedCell]], str]


def overview(
    cells: Sequence[JudgedCell], width: int, measure: Measure, missing: Sequence[Key] = ()
) -> tuple[Table, list[str]]:
    """The most telling table of all cells that is no wider than that (else the narrowest), and the lines of its legend. missing:
    the cells that were planned and not run."""
    shape = next(shapes := _shapes(cells, width, measure, missing))
    while measure(shape[0]) > width and (narrower := next(shapes, None)) is not None:
        shape = narrower
    return shape


def larger_than_a_page(cells: Sequence[JudgedCell]) -> bool:
    """Whether the scenarios are too many for a row each."""
    return len(distinct(cell.scenario for cell in cells)) > PAGE


def _shapes(
    cells: Sequence[JudgedCell], width: int, measure: Measure, missing: Sequence[Key]
) -> Iterator[tuple[Table, list[str]]]:
    """The table in every shape, the most telling first."""
    grid = _Grid(cells, missing)
    paged = larger_than_a_page(cells)
    whole = grid.by_scenario(in_words)
    if not paged:
        yield whole, legend(cells, missing)
        yield grid.by_pool(in_words, width, measure), legend(cells, missing)
        if len(grid.columns) <= FOLDED:
            yield fitted(whole, width, measure, False) or whole, legend(cells, missing)
    words = _legend(grid, 0)
    yield grid.merged(_short, width, measure) if paged else narrow_headers(grid.by_scenario(_short)), words
    if not paged:
        yield grid.by_pool(_short, width, measure), words
    signs = _legend(grid, 1)
    if not paged:
        yield grid.by_pool(_signs, width, measure), signs
    grid, key = grid.lettered(_signs)
    table = grid.merged(_signs, width, measure) if paged else grid.by_scenario(_signs)
    yield table, [*key, *signs]


class _Grid:
    """The cells by scenario and pool. columns: how each pool is called. gone: how many were planned and not run."""

    def __init__(self, cells: Sequence[JudgedCell], missing: Sequence[Key]) -> None:
        self.title = f"What the caller saw ({extent(cells)})"
        self.scenarios, pools = axes(cells, missing)
        self.columns = {pool: label(pool) for pool in pools}
        self.gone = Counter(key[:2] for key in missing)
        self.at: dict[tuple[str, str], list[JudgedCell]] = {}
        for cell in cells:
            self.at.setdefault((cell.scenario, cell.pool), []).append(cell)

    def place(self, scenario: str, pool: str, words: _Words) -> str:
        text, gone = words(self.at.get((scenario, pool), ())), self.gone[scenario, pool]
        return text + _NOT_RUN * bool(gone) if words is _signs else with_gap(text, gone)

    def row(self, scenario: str, words: _Words) -> tuple[str, ...]:
        return tuple(self.place(scenario, pool, words) for pool in self.columns)

    def column(self, pool: str, words: _Words) -> tuple[str, ...]:
        return tuple(self.place(scenario, pool, words) for scenario in self.scenarios)

    def lettered(self, words: _Words) -> tuple[_Grid, list[str]]:
        """The same with letters for the pools, one for all that came to the same; and which pools they are."""
        groups = _alike(self.columns, lambda pool: self.column(pool, words))
        letters = {pools[0]: chr(ord("a") + n % 26) * (n // 26 + 1) for n, pools in enumerate(groups.values())}
        new = copy.copy(self)
        new.columns = letters
        return new, [f"{letters[pools[0]]}: {_listed(map(label, pools))}" for pools in groups.values()]

    def by_scenario(self, words: _Words) -> Table:
        """A row for each scenario."""
        rows = [[name, *self.row(name, words)] for name in self.scenarios]
        return Table(self.title, ["scenario", *self.columns.values()], rows)

    def by_pool(self, words: _Words, width: int, measure: Measure) -> Table:
        """A row for all pools that came to the same, a column for each scenario."""
        groups = _alike(self.columns, lambda pool: self.column(pool, words))
        rows = [[_listed(self.columns[pool] for pool in pools), *texts] for texts, pools in groups.items()]
        table = narrow_headers(Table(self.title, ["pool", *self.scenarios], rows))
        return _fold_column(table, 0, width, measure)

    def merged(self, words: _Words, width: int, measure: Measure) -> Table:
        """A row for all scenarios that came to the same: what they came to, then which they are."""
        groups = _alike(self.scenarios, lambda scenario: self.row(scenario, words))
        rows = [[*texts, _listed(scenarios)] for texts, scenarios in groups.items()]
        table = Table(self.title, [*self.columns.values(), "scenarios"], rows)
        names = Table(self.title, table.headers, [[*row[:-1], "x" * NAMES] for row in table.rows])
        return _fold_column(
            table if measure(names) <= width else narrow_headers(table), len(self.columns), width, measure
        )


def _alike(names: Iterable[str], texts: Callable[[str], tuple[str, ...]]) -> dict[tuple[str, ...], list[str]]:
    """The names by what is said of them, in the order of their first."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        groups.setdefault(texts(name), []).append(name)
    return groups


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _short(cells: Sequence[JudgedCell]) -> str:
    """``HANG/error``: what ran, the most frequent first; what did not only where nothing did."""
    return "/".join(VERDICTS[verdict].short for verdict in _verdicts(cells)) + _star(cells)


def _signs(cells: Sequence[JudgedCell]) -> str:
    """The same in signs: ``He``."""
    return "".join(VERDICTS[verdict].sign for verdict in _verdicts(cells)) + _star(cells)


def _verdicts(cells: Sequence[JudgedCell]) -> list[Verdict]:
    counts = Counter(cell.judgement.verdict for cell in cells)
    ran = [verdict for verdict, _ in counts.most_common() if verdict in RAN or verdict is Verdict.HARNESS_ERROR]
    return ran or list(counts)


def _star(cells: Sequence[JudgedCell]) -> str:
    return _SIMULATED if any(cell.judgement.simulated for cell in cells) else ""


def _legend(grid: _Grid, which: int) -> list[str]:
    """What the short words (0) or the signs (1) mean; only those that may stand there."""
    places = list(grid.at.values())
    cells = [cell for group in places for cell in group]
    there = {cell.judgement.verdict for cell in cells}
    called = {verdict: (words.short, words.sign)[which] for verdict, words in VERDICTS.items() if verdict in there}
    lines = [f"{name}: {meaning(verdict, cells)}" for verdict, name in called.items()]
    lines += [f"{(NOT_RUN, _NOT_RUN)[which]}: {CUT}"] if grid.gone else []
    joined = ("HANG/error", "He")[which]
    if any(len(_verdicts(group)) > 1 for group in places):
        lines.append(f"{joined}: some cells came to the one and some to the other, the more frequent first")
    if any(cell.judgement.simulated for cell in cells):
        lines.append(f"{_SIMULATED} simulated: SIGKILL stood in for the kernel's OOM killer")
    return lines


def _fold_column(table: Table, at: int, width: int, measure: Measure) -> Table:
    """The table with one column folded so that all of it fits, if that is enough."""
    own = max((width_of(row[at]) for row in [table.headers, *table.rows]), default=0)
    over = measure(table) - width
    if over <= 0:
        return table
    rows = [[*row[:at], fold(row[at], max(own - over, 1), False), *row[at + 1 :]] for row in table.rows]
    return replace(table, rows=rows)
