"""A lesson in another form (``repro lesson N --format NAME``): a file, or standard output; all lessons in a folder (``all``)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from repro.errors import AS_EXPECTED, ReproError, UsageError

if TYPE_CHECKING:
    from repro.lessons.model import Lesson


def run(lesson: Lesson, arguments: argparse.Namespace) -> int:
    """One lesson, or its answer key."""
    from repro.lessons import forms
    from repro.lessons.library import Records

    name = _form(arguments)
    made = forms.answers(name, lesson) if arguments.answers else forms.render(name, lesson, Records(lesson))
    if arguments.output is None:
        sys.stdout.write(made if isinstance(made, str) else made.decode())
    else:
        _write(made, arguments.output)
    return AS_EXPECTED


def run_all(arguments: argparse.Namespace) -> int:
    """Every lesson, in each language and form unless one is asked for: ``FOLDER/en/01_the_hang.md``."""
    from repro.lessons import forms, library

    if arguments.output is None or arguments.answers:
        raise UsageError("all lessons go into a folder, without their answers: repro lesson all --output DIR")
    names = [arguments.format] if arguments.format else forms.names()
    for language in [arguments.language] if arguments.language else library.LANGUAGES:
        for number, folder in library.folders().items():
            lesson = library.lesson(number, language)
            for name in names:
                file = arguments.output / language / f"{folder.name}{forms.form(name).SUFFIX}"
                _write(forms.render(name, lesson, library.Records(lesson)), file)
    return AS_EXPECTED


def _write(made: str | bytes, file: Path) -> None:
    """Into a file, whose folder is made. Raises ReproError where that can't be done."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(made.encode() if isinstance(made, str) else made)
    except OSError as error:
        raise ReproError(f"the lesson can't be written to {file}: {error.strerror}") from error


def _form(arguments: argparse.Namespace) -> str:
    """Which form is asked for; by the name of the file, where that says it."""
    from repro.lessons import forms

    if arguments.format:
        return str(arguments.format)
    if arguments.output is None:
        return "markdown" if arguments.answers else "text"
    fitting = [name for name in forms.names() if arguments.output.name.endswith(forms.form(name).SUFFIX)]
    fitting = sorted(fitting, key=lambda name: -len(forms.form(name).SUFFIX))[:1]
    if len(fitting) != 1:
        several = ", ".join(fitting or forms.names())
        raise UsageError(f"{arguments.output}: --format says which form it is to be: {several}")
    return fitting[0]
