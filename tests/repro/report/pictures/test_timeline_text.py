"""``timeline_text``: the timeline in letters, however few there are."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest

from repro.observation import Fault
from repro.report.pictures import timeline_text
from repro.report.pictures.timeline import MOST_TASKS, Fate, Word, timeline
from repro.report.pictures.timeline_text import ASCII, EVEN, SYMBOLS
from repro.report.pictures.words import Words
from tests.repro.report.pictures.made import hang, made, observation


def test_letters_of_the_least_locale() -> None:
    text = timeline_text.render("title", [made()], 80, timeline_text.LEAST)
    assert text.isascii()
    assert all(f"{task}{ASCII[fate]}" in text for task, fate in made().fates.items())


def test_letters_that_are_aligned_on_every_terminal() -> None:
    """None has an ambiguous width; where that is no matter, there are some."""
    text = timeline_text.render("title", [made()], 80, timeline_text.EVERYWHERE)
    assert not any(unicodedata.east_asian_width(letter) == "A" for letter in text)
    assert all(f"{task}{EVEN[fate]}" in text for task, fate in made().fates.items())
    assert "┄" in timeline_text.render("title", [made()], 80)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_it_fits_the_width(width: int) -> None:
    lines = timeline_text.render("title", [made()], width).splitlines()
    axis = next(line for line in lines if line.lstrip().startswith("ms"))
    assert max(len(line) for line in lines if line is not axis) <= width
    assert len(axis) <= width + 8  # its last number


def test_each_fate_has_a_symbol_of_its_own() -> None:
    """No meaning hangs on colour alone."""
    assert all(len(set(one.values())) == len(Fate) for one in (SYMBOLS, ASCII, EVEN))


@pytest.mark.parametrize("width", [40, 60, 80, 200])
@pytest.mark.parametrize("moment", [4, 9, 20])
def test_what_the_caller_got_is_said_beside_its_mark(width: int, moment: float) -> None:
    """As a whole, or not at all: no word runs into the next one."""
    words = [Word(3, "WorkerDied", (3,), True), Word(moment, "", (1, 2))]
    lines = timeline_text.render("title", [replace(made(), words=words)], width).splitlines()
    line = next(one for one in lines if one.lstrip().startswith("caller"))
    told = ["learns of it: WorkerDied", "gets 2 results"]
    assert [one for one in told if one in line] or width == 40
    assert not re.search("[a-z]", re.sub("|".join([" *caller", *told]), "", line))
    assert line.count("!") == line.count("✓") == 1


def test_a_caller_who_gets_nothing() -> None:
    """His line says that he waits, and nothing else."""
    lines = timeline_text.render("title", [replace(made(), words=[])], 80).splitlines()
    assert {one for line in lines if line.lstrip().startswith("caller") for one in line} == set("caller ┄▶")


def test_of_very_many_tasks_most_are_counted() -> None:
    """The first ones are drawn."""
    inputs = list(range(1, 2001))
    cell = timeline("a pool", "", Fault(inputs=inputs, faulty=3, status=-9, kills=True), observation(), hang())
    text = timeline_text.render("title", [cell], 80)
    assert f"{MOST_TASKS}–" in text
    assert f"{MOST_TASKS + 1}–" not in text
    assert f"and {2000 - MOST_TASKS:,} never begun" in text
    assert max(map(len, text.splitlines()[1:-1])) <= 88


@pytest.mark.parametrize("width", [60, 80, 200])
def test_other_words_may_be_wider(width: int) -> None:
    """Two columns for each letter: what stands in a column stays below it, and the lines fit."""
    words = Words(lambda text: re.sub("[a-z]", "字", text), lambda text: len(text) + text.count("字"))
    lines = timeline_text.render("title", [made()], width, words=words).splitlines()
    first = next(number for number, line in enumerate(lines) if "✓" in line)
    rows = lines[first : first + 2 + len(made().shown)]  # the tasks, the caller, the workers
    names = words.width("字字字 字字字字字")
    assert [words.cells(row)[names : names + 2] for row in rows] == [[" ", " "]] * len(rows)
    assert max(map(words.width, rows)) <= width
