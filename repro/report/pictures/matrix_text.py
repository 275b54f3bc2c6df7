"""A matrix in words: for a terminal, and for those who do not see the drawing."""

from __future__ import annotations

from repro.records.shown import text as clean
from repro.report.pictures.matrix import Matrix, Part, Stretch, extent
from repro.report.words import VERDICTS


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


def render(title: str, one: Matrix, ascii_: bool = False) -> str:
    """The text: a paragraph for each scenario. ascii_: where the locale has no more."""
    lines = [clean(title)]
    for heading, rows in one.groups:
        lines += ["", heading.upper()]
        for row in rows:
            lines.append(f"{clean(row.scenario)}{': ' + clean(row.title) if row.title else ''}")
            for pool in one.pools:
                stretches = row.pools[pool]
                sign = "" if ascii_ or not stretches else VERDICTS[stretches[-1].parts[0].verdict].symbol + " "
                lines.append(f"    {sign}{clean(pool)} {in_words(one, stretches)}")
    return "\n".join(lines) + "\n"
