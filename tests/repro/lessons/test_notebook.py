"""``notebook``: cells run a program that a cell has written, and show what came of it; a whole lesson runs in a real kernel."""

from __future__ import annotations

import time
from pathlib import Path

import nbclient
import nbformat
import pytest

from repro.errors import UsageError
from repro.lessons import library
from repro.lessons.forms import ipynb
from repro.lessons.notebook import Lesson
from tests.repro.lab import ROOT


def test_what_stands_in_the_file_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not what the lesson has; and the picture is of that run."""
    monkeypatch.chdir(tmp_path)
    lesson = Lesson(1)
    with pytest.raises(FileNotFoundError):
        lesson.run("hang")
    Path("hang.py").write_text("print('of another program', flush=True)\n")
    Path("01_the_hang/hang.py").write_text("print('my own', flush=True)\n")
    lesson.run("hang")
    shown = capsys.readouterr().out
    assert shown.startswith("my own\n") and "ended by itself with status 0" in shown
    assert "my own" in repr(lesson.show("output", "hang"))
    drawn = lesson.show("processes", "hang")
    assert "parent" in repr(drawn) and "<svg" in (drawn._repr_svg_() or "")
    page = drawn._repr_html_() or ""
    assert page.startswith('<img style="max-width:100%') and 'alt="Who was there when' in page and "parent" in page
    assert lesson.show("output", "hang")._repr_html_() is None


def test_a_program_is_written_as_the_lesson_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And what was changed in it is said; a file of that name that is the reader's is left as it is."""
    monkeypatch.chdir(tmp_path)
    Path("job.py").write_text("mine")
    lesson = Lesson(10)
    file = Path("10_my_job_hangs_now/job.py")
    lesson.write("b")
    assert 'JOB = "B"' in file.read_text()
    lesson.write("a")
    assert 'JOB = "A"' in file.read_text()
    assert Path("job.py").read_text() == "mine"
    assert capsys.readouterr().out == 'job.py: JOB = "B" in place of JOB = "A"\njob.py: as it was at first\n'


def test_of_many_runs_the_recorded_ones_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that was made here would say nothing about chance."""
    monkeypatch.chdir(tmp_path)
    lesson = Lesson(6)
    Path("06_shared_channels/lock.py").write_text("print('my own', flush=True)\n")
    lesson.run("three")
    assert "my own" in capsys.readouterr().out
    assert repr(lesson.show("counts", "three")) == repr(Lesson(6).show("counts", "three"))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the watchdog looks into /proc")
def test_the_kernels_interrupt_is_a_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For a program that is about that; how to press it is said before, and that it was pressed after."""
    monkeypatch.chdir(tmp_path)
    program = "import signal\nprint('ready')\ntry:\n    signal.pause()\nexcept KeyboardInterrupt:\n    print('left')\n"
    lesson = Lesson(6)
    Path("06_shared_channels/lock.py").write_text(program)
    shown = [""]
    wait = time.sleep

    def sleep(seconds: float) -> None:
        shown.append(capsys.readouterr().out)
        if shown[-1].endswith("ready\n"):
            raise KeyboardInterrupt
        wait(seconds)

    monkeypatch.setattr("repro.lessons.notebook.time.sleep", sleep)
    lesson.run("ctrl-c")
    how, *rest = ("".join(shown) + capsys.readouterr().out).splitlines()
    assert "interrupt the kernel" in how
    assert rest[:-1] == ["ready", "Ctrl-C (1)", "^Cleft"]


@pytest.mark.parametrize(
    ("kind", "name", "says"), [("waits", "hung", "no run of this lesson"), ("wait", "hang", "no picture")]
)
def test_what_is_not_there_is_said(
    kind: str, name: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the nearest."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=says):
        Lesson(1).show(kind, name)


@pytest.mark.timeout(300)
def test_a_lesson_runs_in_a_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell, from the first to the last; what is printed there is what the lesson says."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTHONUNBUFFERED", "")
    lesson = library.lesson(1)
    book = nbformat.reads(ipynb.render(lesson, library.Records(lesson)), as_version=4)
    nbclient.NotebookClient(book, timeout=240, resources={"metadata": {"path": str(tmp_path)}}).execute()
    printed = {
        cell.source: "".join(output.get("text", "") for output in cell.outputs)
        for cell in book.cells
        if cell.cell_type == "code"
    }
    assert "HANGS" in printed["lesson.run('hang')"] and "input 3" in printed["lesson.run('hang')"]
    assert "[1, 2, 3]" in printed["lesson.run('slow')"]
    [picture] = next(cell.outputs for cell in book.cells if cell.source == "lesson.show('waits', 'hang')")
    assert picture.data["image/svg+xml"].startswith("<svg")
