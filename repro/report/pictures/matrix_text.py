"""A matrix in signs, for a terminal, and in words, for those who do not see the drawing."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterator, Mapping

from repro.records.shown import text as clean
from repro.report.folding import fold_list
from repro.report.pictures.matrix import Matrix, Part, Row, Stretch, extent, minor
from repro.report.tables import label
from repro.report.words import VERDICTS
from repro.verdicts.judge import Verdict

#: So many columns are worth saying what a scenario is.
LEAST = 30


def part_in_words(part: Part) -> str:
    """What it comes to, where."""
    how = f"{VERDICTS[part.verdict].does}{' now and then' if part.sometimes else ''}"
    return f"{how} ({', '.join(part.methods)})" if any(part.methods) else how


def in_words(one: Matrix, stretches: list[Stretch]) -> str:
    """What a pool came to in a scenario; the versions are named where they differ."""
    if not stretches:
        return "not run"
    texts = [", ".join(part_in_words(part) for part in stretch.parts) for stretch in stretches]
    if len(stretches) == 1 and stretches[0].last - stretches[0].first + 1 == len(one.versions):
        return texts[0]
    return "; ".join(f"{extent(one, stretch)} {text}" for stretch, text in zip(stretches, texts, strict=True))


def render(title: str, one: Matrix, width: int, ascii_: bool = False) -> str:
    """The text: a line for each scenario, a sign for each version, the worst where start methods do not agree; then, in words,
    where they do not, or where it comes out now so, now so. width: in columns. ascii_: where the locale has no more."""
    signs = {verdict: called.sign if ascii_ else called.symbol for verdict, called in VERDICTS.items()}
    names = max([len(_major(one)), *(len(clean(row.scenario)) for row in one.rows)]) + 2
    heads = {pool: clean(label(pool)) for pool in one.pools}
    lines = [*textwrap.wrap(clean(title), width), ""]
    if names + sum(max(len(head), len(one.versions)) + 2 for head in heads.values()) > width:
        heads = {pool: str(number) for number, pool in enumerate(one.pools, 1)}
        lines += [*fold_list((f"{heads[pool]} {clean(pool)}" for pool in one.pools), width), ""]
    room = {pool: max(len(head), len(one.versions)) + 2 for pool, head in heads.items()}
    most = (
        max(1, (width - names) // max(room.values(), default=1)) if sum(room.values()) + names > width else len(heads)
    )
    for first in range(0, len(one.pools), most):
        lines += _block(one, dict(itertools.islice(heads.items(), first, first + most)), room, names, width, signs)
        lines.append("")
    there = {part.verdict for row in one.rows for band in row.pools.values() for each in band for part in each.parts}
    lines += fold_list(
        (f"{signs[verdict]} {VERDICTS[verdict].does}" for verdict in VERDICTS if verdict in there), width
    )
    if more := [text for row in one.rows for text in _more(one, row)]:
        lines += ["", *textwrap.wrap("WHERE START METHODS DO NOT AGREE, OR NOT EVERY TIME", width)]
        lines += [line for text in more for line in textwrap.wrap(text, width, subsequent_indent="    ")]
    return "\n".join(lines) + "\n"


def _block(
    one: Matrix, heads: Mapping[str, str], room: Mapping[str, int], names: int, width: int, signs: Mapping[Verdict, str]
) -> Iterator[str]:
    """Some pools side by side. heads, room: what stands over each, and its columns. names: the columns of the scenarios."""
    yield "".join([" " * names, *(f"{head:{room[pool]}}" for pool, head in heads.items())]).rstrip()
    for begin, digits in zip(("", _major(one)), _minors(one), strict=True):
        if digits.strip():
            yield "".join([f"{begin:<{names}}", *(f"{digits:{room[pool]}}" for pool in heads)]).rstrip()
    left = width - names - sum(room[pool] for pool in heads)  # for what the scenario is
    for heading, rows in one.groups:
        yield from ("", heading.upper())
        for row in rows:
            told = "".join(f"{_band(one, row.pools[pool], signs):{room[pool]}}" for pool in heads)
            about = textwrap.shorten(clean(row.title), left, placeholder=" ...") if left >= LEAST else ""
            yield f"{clean(row.scenario):{names}}{told}{about}".rstrip()


def _major(one: Matrix) -> str:
    """What stands before the digits of all versions."""
    return f"Python {minor(one.versions[0]).partition('.')[0]}." if one.versions else ""


def _minors(one: Matrix) -> tuple[str, str]:
    """The digits of the versions, from top to bottom: 8 and 13 are " 1" and "83"."""
    numbers = [f"{minor(version).partition('.')[2]:>2}"[-2:] for version in one.versions]
    return "".join(number[0] for number in numbers), "".join(number[1] for number in numbers)


def _band(one: Matrix, stretches: list[Stretch], signs: Mapping[Verdict, str]) -> str:
    """A sign for each version, a blank where it was not run."""
    found = {place: each.parts[0].verdict for each in stretches for place in range(each.first, each.last + 1)}
    return "".join(signs[found[place]] if place in found else " " for place in range(len(one.versions)))


def _more(one: Matrix, row: Row) -> Iterator[str]:
    """What the signs do not say, of each pool of a scenario."""
    for pool in one.pools:
        stretches = row.pools[pool]
        if any(len(each.parts) > 1 or any(part.sometimes for part in each.parts) for each in stretches):
            yield f"{clean(row.scenario)}, {clean(label(pool))}: {in_words(one, stretches)}"
