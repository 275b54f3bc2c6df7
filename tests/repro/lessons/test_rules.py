"""``rules``: what a lesson lacks is said; what is complete, has no remarks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from repro.lessons import model, rules
from tests.repro.lessons.made import ABOUT, TEXT, lesson, written

GOALS = {"one": {"goal": "Knows."}, "two": {"goal": "Can do."}}


def test_a_complete_lesson_has_no_remarks(tmp_path: Path) -> None:
    """All that is asked for is there."""
    assert rules.remarks(lesson(written(tmp_path), complete=True, sections=GOALS), {"belief"}) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("::: ask first of=hang", "::: ask first", "nobody is asked what 'hang' will do, before it is run"),
        ("::: surprise", "::: reveal", "it has 0 surprises, not one"),
        ("kind=predict", "kind=prediction", "it asks 2 questions that are no predictions, and 3 are the least"),
        ("And now?", "Which line is it?", "question 'second' asks for a line, a name or a version"),
        ("::: exercise", "", "it has 0 exercises with a text, not one"),
        ("::: run changed", "", "run 'changed' of lesson.toml is not run"),
        ("Some prose.", "word " * 1200, "it has 1,238 words or characters, and 1,200 are the most"),
        ("- (belief) Wrong.", "- (other) Wrong.", "question 'second': no misconception 'other' in misconceptions.toml"),
        ("::: ask b", "::: ask a", "two questions are called 'a'"),
        ("## Two {#two", "## Two {#one", "two sections have the key 'one'"),
    ],
)
def test_what_a_text_lacks_is_said(tmp_path: Path, old: str, new: str, says: str) -> None:
    """One thing is missing: that is said."""
    made = lesson(written(tmp_path), TEXT.replace(old, new, 1), complete=True, sections=GOALS)
    assert says in rules.remarks(made, {"belief"})


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ({"minutes": {"read": 8}}, "lesson.toml says no minutes to read, or none to do"),
        ({"minutes": {"read": 8, "do": 6}}, "lesson.toml says 8 minutes to read, and it takes about 2"),
        ({"exercise": {"file": "other.py", "checks": ["small"]}}, "its task lacks exercise/solution/other.py"),
        ({"sections": {}}, "section 'one' has no goal in lesson.toml"),
        ({"runs": {**ABOUT["runs"], "hang": {"program": "gone.py"}}}, "run 'hang': gone.py: No such file or directory"),
        (
            {"runs": {**ABOUT["runs"], "changed": {"program": "hang.py", "change": ["exit(2)", "x"]}}},
            "run 'changed': 'exit(2)' is 0 times in hang.py, not once",
        ),
        (
            {"runs": {name: {"program": "hang.py"} for name in ABOUT["runs"]}},
            "no program is run a second time with one changed token",
        ),
    ],
)
def test_what_lesson_toml_lacks_is_said(tmp_path: Path, about: dict[str, Any], says: str) -> None:
    """The same for what is the same in every language."""
    assert says in rules.remarks(
        lesson(written(tmp_path), **{"complete": True, "sections": GOALS, **about}), {"belief"}
    )


@pytest.mark.parametrize(
    ("after", "one"),
    [
        ("import a\nf(g(1), 2)\n", True),
        ("import a\nf(a.b, 3)\n", True),
        ("import a\nf(a.b(1, c=2), 3)\n", True),
        ("import a\nraise f\n", True),
        ("import a\npass\n", True),
        ("import b\nf(g(1), 3)\n", True),
        ("import b\nf(g(2), 3)\n", False),
        ("import a\nf(g(1), 3)\nh()\n", False),
        ("import a\nwhile f(g(1), 3):\n    pass\n", False),
        ("import a\nf(\n", False),
    ],
)
def test_one_thing_is_changed(after: str, one: bool) -> None:
    """A name, a value, an expression or a simple statement: what the reader sees at a glance."""
    assert rules.one_change("import a\nf(g(1), 3)\n", after) is one


def test_a_change_of_two_things_is_told(tmp_path: Path) -> None:
    """The reader could not tell which of them did it."""
    folder = written(tmp_path)
    (folder / "programs" / "hang.py").write_text("import a\nexit(1)\n")
    about = {**ABOUT["runs"], "changed": {"program": "hang.py", "change": ["a\nexit(1)", "b\nexit(0)"]}}
    assert rules.remarks(lesson(folder, runs=about), {"belief"}) == [
        "run 'changed': more than one name, value or expression is changed in hang.py"
    ]


def test_a_draft_may_lack_something(tmp_path: Path) -> None:
    """It is held only to what can't be right."""
    text = TEXT.replace("::: exercise", "").replace("::: surprise", "::: reveal")
    assert rules.remarks(lesson(written(tmp_path), text, complete=False), {"belief"}) == []


def test_japanese_is_counted_by_characters() -> None:
    """Spaces and code apart."""
    head = "---\ntitle: T\nfor: F\n---\n## A {#a}\n"
    text = head + "結果は メッセージ。\n\n```\ncode code\n```\n"
    assert rules.length(lesson(text=text, language="ja")) == 9
    assert rules.length(lesson(text=head + "Two words, `here` - is more.")) == 5


def test_a_misconception_belongs_into_two_lessons() -> None:
    """Those that are in fewer are told, with the number."""
    one = lesson()
    assert rules.needless_or_missing([one, one], ["belief"]) == []
    assert rules.needless_or_missing([one], ["belief", "other"]) == [
        "belief: in 1 lessons, and 2 are the least",
        "other: in 0 lessons, and 2 are the least",
    ]


def test_a_translation_that_is_old_or_lacks_a_section_is_told() -> None:
    """With the fingerprint to write."""
    first = lesson()
    one, two = (section.fingerprint() for section in first.sections)
    text = TEXT.replace("{#one}", f"{{#one of={one}}}").replace("of=12345678", f"of={two}")
    assert rules.stale(first, lesson(text=text, language="ja")) == []
    old = rules.stale(first, lesson(language="ja"))
    assert [remark.split(":")[0] for remark in old] == ["one", "two"]
    cut = text[: text.index("## Two")]
    assert rules.stale(first, lesson(text=cut, language="ja")) == [
        f"two: not in ja.md; its heading is '## ... {{#two of={two}}}'"
    ]
    other = rules.stale(first, lesson(text=text.replace("::: program hang\n", ""), language="ja"))
    assert len(other) == 1 and other[0].startswith(
        "one: its directives are ['ask first prediction belief x', 'run hang'"
    )


def test_a_line_that_is_not_in_cpython_is_told() -> None:
    """However it is indented; dots stand for what is left out."""
    quote = model.Quote("pool.py", ("def f():", "    return 1", "...", "    return 2"))
    assert rules.not_there(quote, "class A:\n    def f():\n        return 1\n") == ["return 2"]
