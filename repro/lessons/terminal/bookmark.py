"""Where a reader stopped, and which beliefs his answers showed: kept in his state folder, and nowhere else.

What can't be read or written is as if it were not there: a lesson goes on without.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from repro import files

#: How large the file may be, in bytes.
MOST = files.MIB


@dataclass
class Bookmark:
    """steps: by lesson, the step at which it goes on. answers: by lesson and question, the misconception that was chosen last, or
    "" for the right choice."""

    file: Path
    steps: dict[str, int] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)

    def step(self, lesson: int) -> int:
        """Where the lesson goes on, from 0."""
        return self.steps.get(str(lesson), 0)

    def keep(self, lesson: int, step: int) -> None:
        """From now on it goes on there."""
        self.steps[str(lesson)] = step
        self._write()

    def forget(self, lesson: int) -> None:
        """It begins at its beginning: it was read to its end."""
        self.steps.pop(str(lesson), None)
        self._write()

    def answered(self, lesson: int, question: str, misconception: str | None) -> None:
        """What was chosen; None for the right choice."""
        self.answers[f"{lesson} {question}"] = misconception or ""
        self._write()

    def held(self) -> list[str]:
        """The misconceptions of the last answers, each once."""
        return list(dict.fromkeys(name for name in self.answers.values() if name))

    def _write(self) -> None:
        new = self.file.with_name(f"{self.file.name}.new")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(json.dumps({"steps": self.steps, "answers": self.answers}), "utf-8")
            new.replace(self.file)
        except OSError:
            pass


def read(file: Path | None = None) -> Bookmark:
    """The reader's. file: another one than that in his state folder."""
    place = file or files.state("lessons.json")
    try:
        document: Any = json.loads(files.content(place, MOST))
        steps = {str(name): int(step) for name, step in document["steps"].items()}
        answers = {str(name): str(one) for name, one in document["answers"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Bookmark(place)
    return Bookmark(place, steps, answers)
