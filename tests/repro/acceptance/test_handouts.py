"""What teachers find in ``reports/lessons``: handouts and notebooks as they would be made now, and a page for each lesson."""

from __future__ import annotations

import pytest

from repro.lessons import forms, library
from tests.repro import lab

HOME = lab.ROOT / "reports" / "lessons"
#: What is committed; the other forms are large, and made in seconds.
COMMITTED = ("ipynb", "markdown")
#: What brings them up to date.
COMMAND = "repro lesson all --output reports/lessons"


@pytest.mark.skipif(
    (lab.ROOT / "PKG-INFO").exists() and not (HOME / "en").exists(),
    reason=f"this is an unpacked sdist, which leaves what {COMMAND} makes out; a checkout has it",
)
@pytest.mark.parametrize("language", library.LANGUAGES)
@pytest.mark.parametrize("name", COMMITTED)
def test_handouts_and_notebooks_are_those_of_the_lessons(name: str, language: str) -> None:
    """Byte for byte: one for each lesson, none of a lesson that is no more."""
    suffix = forms.form(name).SUFFIX
    made = {}
    for number, folder in library.folders().items():
        lesson = library.lesson(number, language)
        made[f"{folder.name}{suffix}"] = str(forms.render(name, lesson, library.Records(lesson))).encode()
    there = {file.name: file.read_bytes() for file in (HOME / language).glob(f"*{suffix}")}
    old = {file for file in {*made, *there} if made.get(file) != there.get(file)}
    assert old == set(), f"a lesson has changed: {COMMAND}"


def test_teachers_find_a_page_for_each_lesson() -> None:
    """In the table of their README."""
    text = (HOME / "README.md").read_text("utf-8")
    assert COMMAND in text
    for number, folder in library.folders().items():
        assert (HOME / f"{folder.name}.md").is_file()
        (line,) = [one for one in text.splitlines() if one.endswith(f" [{folder.name[:2]}]({folder.name}.md) |")]
        assert line.startswith(f"| {number} ")
