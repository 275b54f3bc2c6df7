"""What stands in the page before its program has begun: what has to be said first, the answer, the filters, the matrix.

The matrix is a table: a row for each scenario, a band of boxes for each pool, a box for each stretch of versions that agree. A
box says where it stands (``data-v``: its first and last version; ``data-m``: its start methods), and the page's program shows or
hides it by that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from repro.records.judged import JudgedCell
from repro.records.results import Run
from repro.report import news, remarks, tables
from repro.report.page.answer import answer
from repro.report.page.drawn import shown
from repro.report.pictures.matrix import Matrix, Part, Row, Stretch, extent, minor
from repro.report.pictures.matrix_svg import COLOURS
from repro.report.pictures.matrix_text import part_in_words
from repro.report.tables import FEW, counted, label
from repro.report.words import VERDICTS
from repro.verdicts.judge import Verdict


def text(words: str) -> str:
    """Words as markup that shows them."""
    return escape(shown(words))


def top(run: Run, cells: Sequence[JudgedCell]) -> str:
    """What is read first: what has to be said before all else, the answer, what is news."""
    parts = []
    for one in remarks.remarks(run, cells):
        output = f"<pre>{text(one.output)}</pre>" if one.output else ""
        parts.append(f'<div class="remark"><p>⚠ {text(one.text)}</p>{output}</div>')
    first, second = answer(cells)
    parts.append(f'<p class="answer">{text(first)} {text(second)}</p>')
    lines = news.lines(cells)
    if lines:
        told = "".join(f"<li>{text(line)}" for line in lines)
        parts.append(f"<details><summary>What is news ({len(lines):,})</summary><ul>{told}</ul></details>")
    else:
        parts.append(
            f'<p class="dim">What is news? {text(news.nothing(cells, run.header["planned"] - len(run.cells)))}</p>'
        )
    return "\n".join(parts)


def origin(run: Run) -> str:
    """Where and with what the run was made."""
    return "".join(f"<p>{text(line)}" for line in tables.header_lines(run.header))


def filters(one: Matrix, cells: Sequence[JudgedCell], tags: Iterable[str]) -> str:
    """What chooses among the cells. tags: of the scenarios."""
    there = {cell.judgement.verdict for cell in cells}
    verdicts = [
        (str(verdict), f"{VERDICTS[verdict].symbol} {VERDICTS[verdict].does}")
        for verdict in Verdict
        if verdict in there
    ]
    return "\n".join(
        [
            _select("tag", "Tag", [(tag, tag) for tag in tags]),
            _select("pool", "Pool", [(name, name) for name in map(label, one.pools)]),
            _select("version", "Python", [(version, version) for version in one.versions]),
            _select(
                "method",
                "Start method",
                [(name, name) for name in tables.distinct(c.start_method for c in cells) if name],
            ),
            _select("verdict", "Verdict", verdicts),
        ]
    )


def _select(name: str, heading: str, values: Iterable[tuple[str, str]]) -> str:
    options = "".join(f'<option value="{text(value)}">{text(words)}</option>' for value, words in values)
    return (
        f'<label for="f-{name}">{heading}<select id="f-{name}" name="{name}"><option value="">all</option>{options}'
        "</select></label>"
    )


def legend(cells: Sequence[JudgedCell]) -> str:
    """A sign and its word for each verdict that is there."""
    there = {cell.judgement.verdict for cell in cells}
    signs = [
        f'<li><span class="box c-{COLOURS[one][0]} {COLOURS[one][1]}" aria-hidden="true">{words.symbol}</span> {words.does}'
        for one, words in VERDICTS.items()
        if one in there
    ]
    return "".join([*signs, "<li>~ now and then" if any(len(cell.outcomes) > 1 for cell in cells) else ""])


def matrix(one: Matrix) -> str:
    """The table."""
    pools = "".join(
        f'<th role="columnheader" scope="col" data-p="{place}">{_breaking(label(pool))}{_versions(one)}</th>'
        for place, pool in enumerate(one.pools)
    )
    head = (
        f'<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Scenario</th>{pools}</tr></thead>'
    )
    places = {row.scenario: place for place, row in enumerate(one.rows)}
    bodies = "".join(
        '<tbody role="rowgroup"><tr role="row" class="group">'
        f'<th role="rowheader" scope="rowgroup" colspan="{len(one.pools) + 1}">{text(heading)}</th></tr>'
        f"{''.join(_row(one, row, places[row.scenario]) for row in rows)}</tbody>\n"
        for heading, rows in one.groups
    )
    many = ' class="many"' * (len(one.pools) > FEW)
    size = f"--versions:{len(one.versions)};--pools:{len(one.pools)}"
    return f'<table id="matrix" role="table"{many} style="{size}">{head}\n{bodies}</table>'


def _versions(one: Matrix) -> str:
    names = "".join(f'<span data-v="{place}">{_short(version)}</span>' for place, version in enumerate(one.versions))
    return f'<span class="band versions" aria-hidden="true">{names}</span>'


def _breaking(name: str) -> str:
    """A name that may be broken where its parts meet."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[.])(?=\w)", "<wbr>", text(name))


def _short(version: str) -> str:
    """3.12 of 3.12.1, and 12 where there is no room."""
    first, dot, rest = minor(version).partition(".")
    return f"<i>{text(first + dot)}</i>{text(rest)}"


def _row(one: Matrix, row: Row, place: int) -> str:
    bands = "".join(
        f'<td role="cell" data-p="{number}" data-short="{text(label(pool).rpartition(".")[2])}"'
        f"{' data-differs' * _differs(row.pools[pool])}>"
        f"{_band(one, row, pool)}</td>"
        for number, pool in enumerate(one.pools)
    )
    title = f'<span class="title">{text(row.title)}</span>' if row.title else ""
    name = f'<th role="rowheader" scope="row"><span class="name">{text(row.scenario)}</span>{title}</th>'
    return f'<tr role="row" data-s="{place}">{name}{bands}</tr>\n'


def _differs(stretches: Sequence[Stretch]) -> bool:
    """Whether versions or start methods do not agree."""
    return len({stretch.parts for stretch in stretches}) > 1 or any(len(one.parts) > 1 for one in stretches)


def _band(one: Matrix, row: Row, pool: str) -> str:
    if not row.pools[pool]:
        return '<span class="dim">not run</span>'
    boxes = []
    for stretch in row.pools[pool]:
        for line, part in enumerate(stretch.parts, 1):
            boxes.append(_box(one, row, pool, stretch, part, line if len(stretch.parts) > 1 else 0))
    lines = max(len(stretch.parts) for stretch in row.pools[pool])
    return f'<div class="band" style="--lines:{lines}">{"".join(boxes)}</div>'


def _box(one: Matrix, row: Row, pool: str, stretch: Stretch, part: Part, line: int) -> str:
    """A box. line: on which line of the band it stands; 0: it is as high as the band."""
    colour, hollow = COLOURS[part.verdict]
    mark = "~" if part.sometimes else ""
    where = f' data-m="{text(" ".join(part.methods))}"' if any(part.methods) else ""
    words = text(part_in_words(part))
    for name, said in (("methods", f" ({', '.join(part.methods)})"), ("often", " now and then")):
        words = words.replace(text(said), f'<span class="{name}">{text(said)}</span>')
    name = f"{row.scenario}, {label(pool)}, Python {extent(one, stretch)}: {part_in_words(part)}"
    return (
        f'<button type="button" tabindex="-1" class="box c-{colour}{" " * bool(hollow)}{hollow}" '
        f'data-v="{stretch.first} {stretch.last}"{where} '
        f'style="grid-column:{stretch.first + 1}/{stretch.last + 2};grid-row:{line or "1/-1"}" '
        f'aria-label="{text(name)}" title="{text(name)}"><span aria-hidden="true">{VERDICTS[part.verdict].symbol}{mark}'
        f'<span class="word"> {words}</span></span></button>'
    )


def summary(one: Matrix, cells: Sequence[JudgedCell]) -> str:
    """How much there is."""
    return text(
        f"{counted(len(one.rows), 'scenario')}, {counted(len(one.pools), 'pool')}, {counted(len(one.versions), 'Python')}, "
        f"{counted(len(cells), 'cell')}"
    )
