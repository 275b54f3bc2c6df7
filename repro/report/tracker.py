"""A report for the tracker of a pool: the program, what was expected, what came, with which versions, where everybody was. Pure.

The texts are Markdown. What was recorded stands in fenced blocks, whose fence is longer than any in them.
"""

from __future__ import annotations

import re
from typing import Any

from repro.observation import Observation
from repro.records.judged import JudgedCell
from repro.records.shown import text as clean
from repro.report import evidence, tables
from repro.report.literal import of_markup
from repro.report.pictures.matrix import Matrix, minor
from repro.report.pictures.matrix_text import in_words

#: What anybody may expect of a pool, whatever dies in it.
EXPECTED = (
    "The call comes back in bounded time: with all results, or with an error for what was lost, and the other results."
)


def render(
    title: str,
    prose: str,
    program: str,
    why_none: str,
    cell: JudgedCell,
    seen: Observation,
    header: dict[str, Any],
    picture: str,
    run: Matrix,
) -> str:
    """The report. title, prose: of the scenario. program: that shows it; "" where there is none, and why_none says why.

    cell, seen: the one that is told. header: of its run. picture: its timeline, in letters. run: all cells of this scenario in
    this pool.
    """
    judgement = cell.judgement
    parts = [f"# {_told(cell.pool)}: {title}", prose]
    parts += [
        "## A program that shows it",
        fenced(program, "python") if program else _told(f"There is none: {why_none}."),
    ]
    parts += ["## Expected", EXPECTED, "## Actual", f"**{judgement.verdict}**: {_told(judgement.reason)}."]
    if judgement.error is not None:
        parts.append(fenced(f"{judgement.error['type']}: {judgement.error['message']}"))
    parts += [fenced(picture)]
    if judgement.explanation:
        parts += ["## Why, by the evidence", "\n".join(f"- {_told(one)}" for one in judgement.explanation)]
    parts += ["## Versions", f"Told is {_told(cell.name)}. {_told(_versions(run))}"]
    parts.append(_told(" ".join(tables.header_lines(header))))
    if seen.stacks or seen.native:
        stacks = fenced(evidence.stacks_of(seen))
        parts.append(
            f"<details><summary>Where each thread was, when the program had been given up</summary>\n\n{stacks}\n\n</details>"
        )
    return "\n\n".join(parts) + "\n"


def _told(text: str) -> str:
    """A text of a record beside the fenced blocks, where Markdown means nothing in it."""
    return of_markup(clean(text))


def _versions(run: Matrix) -> str:
    """What all cells came to, where the versions differ, by version."""
    found = [in_words(run, row.pools[pool]) for _, rows in run.groups for row in rows for pool in run.pools]
    first, last = minor(run.versions[0]), minor(run.versions[-1])
    tried = f"CPython {first}" if first == last else f"{len(run.versions)} releases from CPython {first} to {last}"
    return f"Tried with {tried}: {'; '.join(found)}."


def fenced(text: str, language: str = "") -> str:
    """A block of code. Its fence is longer than any in the text (https://spec.commonmark.org/0.31.2/#fenced-code-blocks)."""
    lines = "\n".join(clean(line) for line in text.rstrip("\n").split("\n"))
    fence = "`" * max(3, *(len(one) + 1 for one in re.findall("`+", lines)), 3)
    return f"{fence}{language}\n{lines}\n{fence}"
