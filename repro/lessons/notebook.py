"""What the cells of a lesson's notebook call: it runs the program that a cell has written to a file, and shows pictures of it.

Here, and in notebooks of your own::

    from repro.lessons.notebook import Lesson

    lesson = Lesson(1)
    lesson.write("hang")            01_the_hang/hang.py, as the lesson has it: in a folder of the lesson's, and no file of yours
    lesson.run("hang")              that file, under the watchdog
    lesson.show("waits", "hang")    who waited for whom in that run; of a run that was not made here, the recorded one
"""

from __future__ import annotations

import base64
import platform
import sys
import time
from html import escape
from pathlib import Path

from repro.errors import unknown
from repro.lessons import library, model
from repro.lessons.phrases import say
from repro.lessons.pictures import drawings, letters
from repro.lessons.recording import Recording
from repro.lessons.runner import Program, Python
from repro.observer.launch import Stage

#: How wide pictures in letters are, in columns.
COLUMNS = 80


class Picture:
    """A drawing, and the same in letters, for who has no browser: a notebook shows what it can (``_repr_svg_`` and the like,
    https://ipython.readthedocs.io/en/stable/config/integrating.html).

    Of a drawing alone JupyterLab cuts off what is wider than the cell; as the image of a page it is as wide as there is room, and
    has words for who does not see it.
    """

    def __init__(self, lines: list[str], svg: str | None, title: str = "") -> None:
        self._lines = lines
        self._svg = svg
        self._title = title

    def __repr__(self) -> str:
        return "\n".join(self._lines)

    def _repr_svg_(self) -> str | None:
        return self._svg

    def _repr_html_(self) -> str | None:
        if self._svg is None:
            return None
        words = escape("\n".join([self._title, *self._lines]))
        data = base64.b64encode(self._svg.encode()).decode()
        return f'<img style="max-width:100%;height:auto" src="data:image/svg+xml;base64,{data}" alt="{words}">'


class Lesson:
    """A lesson in a notebook, with a folder beside that for its programs. number: of the lesson. language: ``en`` or ``ja``.

    Raises UsageError where there is none, OSError where the folder can't be made.
    """

    def __init__(self, number: int, language: str = library.LANGUAGES[0]) -> None:
        self._lesson = library.lesson(number, language)
        self._records = library.Records(self._lesson)
        self._made: dict[str, Recording] = {}
        self._folder = Path(self._lesson.folder.name)
        self._folder.mkdir(exist_ok=True)

    def write(self, name: str) -> None:
        """Write the program of a run to its file, as the lesson has it, and say what was changed in it.

        Raises UsageError for a run that is none.
        """
        run, language = self._named(name), self._lesson.language
        (self._folder / run.program).write_text(run.source(self._lesson.folder), "utf-8")
        old, new = run.change or ("", "")
        print(
            f"{run.program}: {say(language, 'changed', old=old, new=new) if run.change else say(language, 'unchanged')}"
        )

    def run(self, name: str) -> None:
        """Run the program of a run, as it stands in its file (a cell has written that), and print what it prints.

        A program that waits is ended at the run's deadline, and nothing of it stays. The button that interrupts the kernel is a
        Ctrl-C for the program where the run is about that; else it ends the program. Raises UsageError for a run that is none,
        FileNotFoundError where no cell has written the program.
        """
        run, language = self._named(name), self._lesson.language
        source = (self._folder / run.program).read_text("utf-8")
        with Stage() as stage:
            program = Program(stage, run, source, Python(sys.executable, platform.python_version()), run.interrupts > 0)
            try:
                self._made[name] = one = _watched(program, language)
            finally:
                program.close()
        print(letters.ending(one, language))

    def show(self, kind: str, name: str) -> Picture:
        """A picture of a run that was made here, else of the recorded one; or of a recorded cell of the suite.

        kind: ``output``, ``processes``, ``waits``, ``counts`` (of many runs: the recorded ones); of a cell ``timeline``,
        ``waits``, ``evidence``. Raises UsageError for what is not there.
        """
        of = self._lesson.cells.get(name) or self._named(name)
        known = model.OF_CELLS if isinstance(of, model.Cell) else model.OF_RUNS
        if kind not in known:
            raise unknown("picture", kind, known)
        one = (None if kind == "counts" else self._made.get(name)) or self._records.of(of)
        language = self._lesson.language
        if one is None:
            return Picture([say(language, "no record")], None)
        show = model.Show(kind, of)
        lines = letters.show(show, self._lesson, one, COLUMNS, ascii_=language != "en")
        title = say(language, f"picture {kind}")
        return Picture([*lines, letters.recorded(one, language)], drawings.svg(show, self._lesson, one, title), title)

    def _named(self, name: str) -> model.Run:
        if name not in self._lesson.runs:
            raise unknown("run of this lesson", name, self._lesson.runs)
        return self._lesson.runs[name]


def _watched(program: Program, language: str) -> Recording:
    """Step a program to its end, and print its lines as they come, and each Ctrl-C that it gets."""
    told = 0
    if program.run.interrupts:
        print(say(language, "interrupt"), flush=True)
    while True:
        try:
            over = program.step()
            for line in program.lines[told:]:
                print(line.text, flush=True)
            told = len(program.lines)
            if over:
                return program.result()
            time.sleep(program.pause())
        except KeyboardInterrupt:
            if len(program.interrupts) >= program.run.interrupts:
                raise
            program.interrupt()
            print(say(language, "pressed", count=len(program.interrupts)), flush=True)
