"""What the lessons say beside their runs: the answers to their questions, and what their prose claims of a changed program.

Each is a program of the lesson with something else in it, run on the oldest Python, on this one and on the newest.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from repro.lessons import library, model, recording
from repro.lessons.runner import Python, together
from repro.observer.launch import Stage
from tests.repro.acceptance.test_lessons import pythons


@dataclass(frozen=True)
class Claim(model.Run):
    """A run that no lesson has. changes: what is replaced in its program, each once."""

    changes: tuple[tuple[str, str], ...] = ()

    def source(self, folder: Path) -> str:
        text = (folder / "programs" / self.program).read_text("utf-8")
        for old, new in self.changes:
            assert text.count(old) == 1, (self.name, old)
            text = text.replace(old, new)
        return text


def claim(
    name: str,
    program: str,
    ends: str | tuple[str, ...],
    *changes: tuple[str, str],
    deadline: float = 20.0,
    **about: object,
) -> Claim:
    """A hang is waited for five seconds: the machine may be busy."""
    several = (ends,) if isinstance(ends, str) else ends
    limit = 5.0 if model.HANG in several else deadline
    return Claim(name=name, program=program, ends=several, deadline=limit, changes=changes, **about)  # type: ignore[arg-type]


#: By lesson.
CLAIMS = {
    2: [
        claim(
            "an exception is status 1, and the child prints it",
            "child.py",
            "exit 0",
            ("return 42", "raise ValueError(42)"),
            shows=("child tidies up", "ValueError: 42", "exitcode 1"),
        ),
        claim(
            "SystemExit is caught by BaseException",
            "child.py",
            "exit 0",
            ("return 42\n    finally:", "sys.exit(42)\n    except BaseException:"),
            shows=("child tidies up", "exitcode 0"),
        ),
        claim(
            "who sends first, has sent",
            "messages.py",
            "exit 0",
            ("    writer.send(number)\n", ""),
            ("    if number", "    writer.send(number)\n    if number"),
            shows=("result 3",),
        ),
        claim(
            "status 0 is no result",
            "messages.py",
            "hang",
            ("sys.exit(1)", "sys.exit(0)"),
            hides=("result 3",),
        ),
        claim(
            "a return without a message is no result",
            "messages.py",
            "hang",
            ("sys.exit(1)", "return"),
            hides=("result 3",),
        ),
        claim(
            "while a child runs, there is no exit code",
            "child.py",
            "exit 0",
            ("process.join()", "print('before', process.exitcode, flush=True)\n    process.join()"),
            ("return 42", "return __import__('time').sleep(1)"),
            shows=("before None", "exitcode 0"),
        ),
    ],
}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("number", CLAIMS)
def test_what_a_lesson_says_is_so(number: int) -> None:
    """On every one of these Pythons."""
    folder = library.folders()[number]
    jobs = [(one, folder, Python(python.path, python.version)) for one in CLAIMS[number] for python in pythons()]
    with Stage() as stage:
        found = together(stage, jobs, working=os.cpu_count() or 1)
    differ = {
        f"{one.name} on {python.version}": remarks
        for (one, _, python), seen in zip(jobs, found, strict=True)
        if (remarks := recording.differences(one, seen))
    }
    assert differ == {}
