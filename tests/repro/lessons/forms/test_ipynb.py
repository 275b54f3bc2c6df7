"""``ipynb``: a notebook as its format wants it, whose first cell installs, and whose programs are files."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from repro.lessons import library, model
from repro.lessons.forms import ipynb
from repro.lessons.notebook import Lesson
from tests.repro.lessons.pages import made


@pytest.mark.parametrize("number", library.folders())
def test_each_lesson_is_a_notebook(number: int) -> None:
    """Valid, without outputs; its first cell installs."""
    lesson = library.lesson(number)
    book = nbformat.reads(ipynb.render(lesson, library.Records(lesson)), as_version=4)
    nbformat.validate(book)
    assert "pip install" in book.cells[0].source and book.cells[0].cell_type == "code"
    assert not [cell for cell in book.cells if cell.cell_type == "code" and cell.outputs]


@pytest.mark.parametrize("number", library.folders())
def test_what_is_run_is_what_the_run_says(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the cells are run from the first to the last: not what another run has left in the same file."""
    monkeypatch.chdir(tmp_path)
    lesson = library.lesson(number)
    ran: list[str] = []

    def look(name: str) -> None:
        run = lesson.runs[name]
        file = Path(lesson.folder.name, run.program)
        assert file.read_text("utf-8").rstrip("\n") == run.source(lesson.folder).rstrip("\n"), name
        ran.append(name)

    cells = Lesson(number)
    monkeypatch.setattr(cells, "run", look)
    for cell in json.loads(ipynb.render(lesson, library.Records(lesson)))["cells"]:
        source = "".join(cell["source"])
        if source.startswith("%%writefile "):
            head, _, program = source.partition("\n")
            Path(head.split()[1]).write_text(program, "utf-8")
        elif source.startswith(("lesson.write(", "lesson.run(")):
            exec(source, {"lesson": cells})
    blocks = [block for section in lesson.sections for block in section.blocks]
    assert ran == [block.run.name for block in blocks if isinstance(block, model.RunIt)]


def test_what_is_read_and_what_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program as it is run, after a change; what parts two programs is one cell, but for folds, which end one."""
    monkeypatch.setattr("repro.lessons.forms.markdown.belief", lambda *_: ("A belief.", "The truth."))
    lesson = made.lesson(tmp_path)
    cells = json.loads(ipynb.render(lesson, library.Records(lesson)))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert (
        f"%%writefile {lesson.folder.name}/hang.py\nexit(1)" in code
        and "lesson.write('changed')\nlesson.run('changed')" in code
    )
    assert "lesson.show('waits', 'hang')" in code
    assert any("# lesson.show('timeline', 'killed')  # while it runs" in lines.splitlines() for lines in code)
    assert len({cell["id"] for cell in cells}) == len(cells)
    for prose in ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"):
        below = prose.rpartition("</details>")[2]
        assert not below.strip() or "</details>" not in prose
