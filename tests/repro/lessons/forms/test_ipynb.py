"""``ipynb``: a notebook as its format wants it, whose first cell installs, and whose programs are files."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from repro.lessons import library
from repro.lessons.forms import ipynb
from tests.repro.lessons.pages import made


@pytest.mark.parametrize("number", library.folders())
def test_each_lesson_is_a_notebook(number: int) -> None:
    """Valid, without outputs; each program is written before it is run."""
    lesson = library.lesson(number)
    book = nbformat.reads(ipynb.render(lesson, library.Records(lesson)), as_version=4)
    nbformat.validate(book)
    assert "pip install" in book.cells[0].source and book.cells[0].cell_type == "code"
    written: set[str] = set()
    for cell in book.cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            if cell.source.startswith("%%writefile "):
                written.add(cell.source.split()[1])
            if cell.source.startswith("lesson.run("):
                assert lesson.runs[cell.source.split("'")[1]].program in written


def test_what_is_read_and_what_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program as it is run, after a change; what parts two programs is one cell."""
    monkeypatch.setattr("repro.lessons.forms.markdown.belief", lambda *_: ("A belief.", "The truth."))
    lesson = made.lesson(tmp_path)
    cells = json.loads(ipynb.render(lesson, library.Records(lesson)))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert "%%writefile hang.py\nexit(1)" in code and "lesson.run('changed')" in code
    assert "lesson.show('waits', 'hang')" in code and "# lesson.show('timeline', 'killed')  # while it runs" in code
    assert len({cell["id"] for cell in cells}) == len(cells)
