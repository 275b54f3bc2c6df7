"""The notebook: runs as it is in Jupyter, VS Code and hosted notebooks (the format: https://nbformat.readthedocs.io, 4.5).

Programs are written to files, and run as programs: a function that was typed into a cell is no worker under spawn. They lie in
a folder of the lesson's, so that no file of the reader's, or of another lesson, has to go. A run whose program is not what its
file holds by then writes that first. The first cell installs what is needed; no output is kept, since
whoever predicts is not to see it before.
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
    """Of each cell the section's key, the kind, and the source.

    Prose goes on in one cell until code comes, or a fold has ended: between cells Jupyter leaves room, below a fold none.
    """
    language = lesson.language
    install = INSTALL.format(comment=say(language, "install"), number=lesson.number, language=language)
    yield "install", "code", install
    yield (
        "title",
        "markdown",
        f"# {say(language, 'lesson', number=lesson.number)}: {lesson.title}\n\n{lesson.what_for}\n\n"
        f"{markdown.aside(say(language, 'minutes', read=lesson.read, do=lesson.do), language)}\n",
    )
    written: dict[str, str] = {}
    for section in lesson.sections:
        prose = [f"## {section.title}"]
        for block in section.blocks:
            read, source = _parts(block, lesson, records, written)
            prose += read
            if not source and not (prose and prose[-1].endswith(markdown.FOLD_ENDS)):
                continue
            if any(prose):
                yield section.key, "markdown", markdown.whole(prose)
            prose = []
            if source:
                yield section.key, "code", source
        if any(prose):
            yield section.key, "markdown", markdown.whole(prose)
    yield "licence", "markdown", say(language, "licence", number=lesson.number) + "\n"


def _parts(
    block: model.Block, lesson: model.Lesson, records: Records, written: dict[str, str]
) -> tuple[list[str], str]:
    """What is read of a block, and the code after that; "" where there is none.

    written: by file, the program that it holds when the cells so far were run; is brought up to date.
    """
    language = lesson.language
    if isinstance(block, model.Program):
        source = written[block.run.program] = block.run.source(lesson.folder)
        file = f"{lesson.folder.name}/{block.run.program}"
        return [markdown.program_name(block.run, language)], f"%%writefile {file}\n{source}".rstrip("\n")
    if isinstance(block, model.RunIt):
        run, source = block.run, block.run.source(lesson.folder)
        lines = [] if written.get(run.program) == source else [f"lesson.write({run.name!r})"]
        written[run.program] = source
        return [], "\n".join([*lines, f"lesson.run({run.name!r})"])
    if isinstance(block, model.Show):
        return [block.caption], f"lesson.show({block.kind!r}, {block.of.name!r})"
    if isinstance(block, model.Stepper):
        lines = [f"lesson.show('timeline', {one.cell.name!r})  # {one.text}" for one in block.moments]
        return [block.markdown], "\n".join(f"# {line}" for line in [say(language, "uncomment"), *lines])
    return list(markdown.parts_of(block, lesson, records)), ""
