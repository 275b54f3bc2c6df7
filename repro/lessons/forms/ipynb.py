"""The notebook: runs as it is in Jupyter, VS Code and hosted notebooks (the format: https://nbformat.readthedocs.io, 4.5).

Programs are written to files, and run as programs: a function that was typed into a cell is no worker under spawn. The first cell
installs what is needed; no output is kept, since whoever predicts is not to see it before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from repro.lessons import model
from repro.lessons.forms import markdown
from repro.lessons.library import Records
from repro.lessons.phrases import say

SUFFIX = ".ipynb"

INSTALL = """\
# {comment}
try:
    from repro.lessons.notebook import Lesson
except ImportError:
    %pip install --quiet "safepool[lessons]"
    from repro.lessons.notebook import Lesson

lesson = Lesson({number}, "{language}")\
"""


def render(lesson: model.Lesson, records: Records) -> str:
    """The notebook."""
    made: list[dict[str, Any]] = []
    for key, kind, source in _cells(lesson, records):
        number = sum(cell["id"].rpartition("-")[0] == key for cell in made) + 1
        made.append(_cell(f"{key}-{number}", kind, source))
    document = {
        "cells": made,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _cell(name: str, kind: str, source: str) -> dict[str, Any]:
    cell = {"cell_type": kind, "id": name, "metadata": {}, "source": source.splitlines(keepends=True)}
    return {**cell, "execution_count": None, "outputs": []} if kind == "code" else cell


def _cells(lesson: model.Lesson, records: Records) -> Iterator[tuple[str, str, str]]:
    """Of each cell the section's key, the kind, and the source. Prose that is not parted by a program is one cell."""
    language = lesson.language
    install = INSTALL.format(comment=say(language, "install"), number=lesson.number, language=language)
    yield "install", "code", install
    yield (
        "title",
        "markdown",
        f"# {say(language, 'lesson', number=lesson.number)}: {lesson.title}\n\n{lesson.what_for}\n\n"
        f"{markdown.aside(say(language, 'minutes', read=lesson.read, do=lesson.do), language)}\n",
    )
    for section in lesson.sections:
        prose = [f"## {section.title}"]
        for block in section.blocks:
            code = _code(block)
            if code is None:
                prose += markdown.parts_of(block, lesson, records)
                continue
            before, source = code
            if isinstance(block, model.Program):
                before = markdown.program_name(block.run, language)
                source = f"%%writefile {block.run.program}\n{block.run.source(lesson.folder)}".rstrip("\n")
            prose.append(before)
            if any(prose):
                yield section.key, "markdown", markdown.whole(prose)
            prose = []
            yield section.key, "code", source
        if prose:
            yield section.key, "markdown", markdown.whole(prose)
    yield "licence", "markdown", say(language, "licence", number=lesson.number) + "\n"


def _code(block: model.Block) -> tuple[str, str] | None:
    """What stands before the code of a block, and the code; None for one that is only read."""
    if isinstance(block, model.Program):
        return "", ""
    if isinstance(block, model.RunIt):
        return "", f"lesson.run({block.run.name!r})"
    if isinstance(block, model.Show):
        return block.caption, f"lesson.show({block.kind!r}, {block.of.name!r})"
    if isinstance(block, model.Stepper):
        lines = [f"lesson.show('timeline', {one.cell.name!r})  # {one.text}" for one in block.moments]
        return block.markdown, "\n".join(f"# {line}" for line in lines)
    return None
