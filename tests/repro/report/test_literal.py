"""What means something in a format, and is to mean nothing."""

from __future__ import annotations

import pytest
from tabulate import tabulate_formats

from repro.report import formats, literal

#: What stands in records that nobody made up: in no format is any of it changed.
HONEST = (
    *(
        "sigkill",
        "concurrent.futures.ProcessPoolExecutor",
        "imap_unordered",
        "3.15.0b4",
        "/usr/bin/python3.11",
        "-",
        "...",
    ),
    "worker 4711 died with task 3, SIGKILL (OOM kills of its cgroup: 0 -> 1); still in call 5 s after the start, and quiet",
    "a worker waits inside its task, in fire (scenarios/fork_with_lock.py:42): with LOCK:",
    "Error sending result: '[3]'. Reason: 'TypeError(\"this result can't be pickled\")'",
    "_recv (multiprocessing/connection.py:379)",
    "2026-05-09T07:33:04Z",
)


@pytest.mark.parametrize("name", [*formats.names(), *tabulate_formats])
def test_honest_texts_stay_as_they_are(name: str) -> None:
    """In every format, or a report of an honest run would be harder to read for the sake of others."""
    for text in HONEST:
        assert literal.literal(name)(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", "aU+007Cb"),
        ("`code`", "U+0060codeU+0060"),
        ("<b>", "U+003Cb>"),
        ("a < b", "a < b"),
        ("&lt; R&D", "U+0026lt; RU+0026D"),
        ("[x](http://evil)", "[xU+005D(http://evil)"),
        ("[[x]]", "U+005B[x]]"),
        ("*x* __init__ snake_case", "U+002AxU+002A U+005FU+005Finit__ snake_case"),
        ("# heading", "U+0023 heading"),
        (".. raw:: html", "U+002EU+002E raw:: html"),
        ("- item", "U+002D item"),
        ("@somebody", "U+0040somebody"),
        ("''bold''", "U+0027'boldU+0027'"),
    ],
)
def test_markup_is_shown(text: str, shown: str) -> None:
    """By the numbers of the characters that begin it: there is no format in which these mean anything."""
    assert literal.of_markup(text) == shown


def test_commands_of_latex_are_shown() -> None:
    """Its backslashes and braces, too."""
    assert literal.of_latex("\\input{x} 3 %") == "U+005CinputU+007BxU+007D 3 U+0025"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", " =1", "x;=1", "x\t=1", "x,+1", "\uff1d1"])
def test_formulas_are_texts(text: str) -> None:
    """An apostrophe before what begins one."""
    assert literal.of_sheets(text).replace("'", "", 1) == text
    assert "'" in literal.of_sheets(text)


def test_a_format_that_is_not_known_is_markup() -> None:
    """Whoever adds one need not think of it: and what is drawn, or escaped by its own writer, stays as it is."""
    assert literal.literal("new")("a|b") == literal.literal("colon_grid")("a|b") == "aU+007Cb"
    assert literal.literal("rounded_grid")("a|b") == literal.literal("json")("a|b") == "a|b"


def test_everywhere_is_in_names_as_well() -> None:
    """Of what JSON can hold."""
    assert literal.everywhere({"a|": ["b|", 1, None]}, literal.of_markup) == {"aU+007C": ["bU+007C", 1, None]}
