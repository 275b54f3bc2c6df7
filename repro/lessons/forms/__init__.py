"""The forms of a lesson, one file each, named as ``--format`` names them; a new form is one new file. Each has

- ``render(lesson: Lesson, records: Records) -> str | bytes``: the whole document, the same for the same records, byte by byte;
- ``SUFFIX``: of its file's name;
- ``answers(lesson: Lesson) -> str``, where the answer key can be had in it.

``records.of(run or cell)`` is what was recorded (``repro.lessons.library.Records``); where nothing was, a form says so, and goes
on.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from repro.lessons.library import Records
    from repro.lessons.model import Lesson


def names() -> list[str]:
    """The forms that there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def form(name: str) -> Any:
    """The module of a form. Raises UsageError for a name that is none."""
    from repro.errors import unknown

    if name not in names():
        raise unknown("form of a lesson", name, names())
    return importlib.import_module(f"{__name__}.{name}")


def render(name: str, lesson: Lesson, records: Records) -> str | bytes:
    """A lesson in a form."""
    made: str | bytes = form(name).render(lesson, records)
    return made


def answers(name: str, lesson: Lesson) -> str:
    """The answer key of a lesson. Raises UsageError for a form that has none."""
    from repro.errors import UsageError

    having = [one for one in names() if hasattr(form(one), "answers")]
    if name not in having:
        raise UsageError(f"the answers are no {name}: they can be {', '.join(having)}")
    made: str = form(name).answers(lesson)
    return made
