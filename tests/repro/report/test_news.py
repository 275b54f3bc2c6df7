"""What is news and what changes between versions: claims are made where both sides were measured, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.records.results import Run
from repro.report import news
from repro.report.formats import Style, markdown, terminal
from repro.verdicts import expectations
from repro.verdicts.judge import Verdict
from tests.repro.cells import EXECUTOR, POOL, cell

HANG, RAISED, COMPLETED = frozenset({Verdict.HANG}), frozenset({Verdict.RAISED}), frozenset({Verdict.COMPLETED})
MIXED = HANG | RAISED
PYTHONS = ("3.8.18", "3.9.18", "3.13.0", "3.13.18", "3.14.10", "3.16.0")
verdicts = st.frozensets(st.sampled_from(sorted(news.GOOD | {Verdict.HANG, Verdict.LOST})), min_size=1, max_size=2)
histories = st.lists(verdicts, min_size=1, max_size=len(PYTHONS)).map(
    lambda seen: list(zip(PYTHONS, seen, strict=False))
)


@pytest.mark.parametrize(
    ("history", "words"),
    [
        ([("3.13.0", HANG), ("3.14.10", COMPLETED)], ["fixed in 3.14"]),
        ([("3.13.0", HANG), ("3.13.18", COMPLETED)], ["fixed in 3.13.18"]),
        ([("3.8.18", RAISED), ("3.9.18", HANG)], ["broken since 3.9"]),
        ([("3.8.18", RAISED), ("3.9.18", HANG), ("3.14.10", RAISED)], ["broken since 3.9", "fixed in 3.14"]),
        ([("3.8.18", RAISED), ("3.9.18", COMPLETED)], ["changed in 3.9"]),
        ([("3.8.18", HANG), ("3.9.18", frozenset({Verdict.LOST}))], ["changed in 3.9"]),
        ([("3.8.18", HANG), ("3.9.18", MIXED)], []),
        ([("3.8.18", HANG), ("3.9.18", MIXED), ("3.10.13", RAISED)], ["fixed in 3.10"]),
        ([("3.8.18", MIXED), ("3.9.18", HANG), ("3.10.13", MIXED), ("3.11.7", HANG)], []),
        ([], []),
        ([("3.8.18", HANG)], []),
    ],
)
def test_turns_between_versions(history: news.History, words: list[str]) -> None:
    """Each change is named after the newer version; where the verdicts overlap, nothing is claimed."""
    assert [turn.words for turn in news.turns(history)] == words


@given(histories)
def test_a_turn_has_its_evidence_on_both_sides(history: news.History) -> None:
    """Whatever was seen: "fixed" goes from all bad to all good, "broken" the other way; between the two nothing is certain."""
    seen = dict(history)
    order = [python for python, _ in history]
    for turn in news.turns(history):
        assert not seen[turn.before] & seen[turn.since]
        between = order[order.index(turn.before) + 1 : order.index(turn.since)]
        assert all(seen[python] & seen[turn.before] and not seen[python] <= seen[turn.before] for python in between)
        sides = news.quality(seen[turn.before]), news.quality(seen[turn.since])
        assert (turn.kind == news.FIXED) == (sides == (False, True))
        assert (turn.kind == news.BROKEN) == (sides == (True, False))


@given(histories, verdicts, st.sampled_from([None, "3.7.1", "3.13.9", "3.15.2"]))
def test_a_claim_holds_for_every_newer_version(history: news.History, known: news.Verdicts, newest: str | None) -> None:
    """A claim is of the whole run from some version on, is the contrary of what was known, and has an older side."""
    for python, seen in history:
        words = news.claim(python, history, known, newest)
        if words == news.DIFFERS:
            continue
        assert news.quality(seen) is (not news.quality(known))
        assert words.startswith(news.FIXED if news.quality(seen) else news.BROKEN)
        at = [one for one, _ in history].index(python)
        assert {news.quality(later) for _, later in history[at:]} == {news.quality(seen)}
        older = any(news.quality(earlier) is (not news.quality(seen)) for _, earlier in history[:at])
        assert older or newest is not None


@pytest.mark.parametrize(
    ("history", "known", "newest", "words"),
    [
        ([("3.13.0", HANG), ("3.13.18", RAISED)], HANG, None, "fixed in 3.13.18"),
        ([("3.8.18", RAISED), ("3.13.18", HANG)], RAISED, None, "broken since 3.13"),
        ([("3.13.18", RAISED)], HANG, None, news.DIFFERS),
        ([("3.13.18", RAISED)], HANG, "3.15.2", news.DIFFERS),
        ([("3.16.0", RAISED)], HANG, "3.15.2", "fixed in 3.16"),
        ([("3.16.0", HANG)], COMPLETED, "3.15.2", "broken since 3.16"),
        ([("3.16.0t", RAISED)], HANG, "3.15.2", news.DIFFERS),
        ([("3.15.2t", HANG), ("3.16.0t", RAISED)], HANG, "3.15.2", "fixed in 3.16t"),
        ([("3.16.0", RAISED)], COMPLETED, "3.15.2", news.DIFFERS),
        ([("3.16.0", MIXED)], HANG, "3.15.2", news.DIFFERS),
        ([("3.9.18", MIXED), ("3.16.0", RAISED)], HANG, "3.15.2", news.DIFFERS),
    ],
)
def test_what_is_claimed(history: news.History, known: news.Verdicts, newest: str | None, words: str) -> None:
    """Older versions of the run speak, and the expectations for a version newer than all that made them; else nobody does."""
    assert news.claim(history[-1][0], history, known, newest) == words


def test_an_exception_is_no_turn() -> None:
    """A version that differs while a newer one does what was known has fixed nothing."""
    history = [("3.8.18", HANG), ("3.9.18", RAISED), ("3.13.0", HANG)]
    assert news.claim("3.9.18", history, HANG, None) == news.DIFFERS


def test_news_is_grouped() -> None:
    """One line for the cells of one story: calls, start methods and versions together, and how many there were."""
    cells = [
        cell(Verdict.RAISED if python == "3.16.0" else Verdict.HANG, python=python, start_method=method)
        for python in ("3.13.0", "3.16.0")
        for method in ("fork", "spawn")
    ]
    (line,) = news.lines(cells)
    assert (
        line
        == "sigkill, Pool: fixed in 3.16: raised instead of hang (map; fork, spawn; Python 3.16.0; 2 cells): reason"
    )


def test_a_share_of_the_repetitions_is_said() -> None:
    """Where some repetitions did what was known, the line says how many did not."""
    cells = [
        cell(verdict, repetition=n) for n, verdict in enumerate([Verdict.HANG, Verdict.HANG, Verdict.COMPLETED], 1)
    ]
    (line,) = news.lines(cells)
    assert f"{news.DIFFERS}: completed instead of hang" in line
    assert "1 of 3 cells" in line


def test_what_broke_comes_first() -> None:
    """A regression is the first thing that a reader has to know."""
    cells = [
        cell(Verdict.HANG, python="3.8.18"),
        cell(Verdict.RAISED, python="3.9.18"),
        cell(Verdict.RAISED, pool=EXECUTOR, python="3.8.18"),
        cell(Verdict.HANG, pool=EXECUTOR, python="3.9.18"),
    ]
    first, second = news.lines(cells)
    assert "ProcessPoolExecutor: broken since 3.9: hang instead of raised" in first
    assert "Pool: fixed in 3.9: raised instead of hang" in second


def test_news_is_what_nobody_expected() -> None:
    """A verdict that is not the known one, and one that is not the stored one; cells that say nothing are no news."""
    silent = [cell(Verdict.HANG), cell(Verdict.UNSUPPORTED, "oom"), cell(Verdict.INCONCLUSIVE, "abort")]
    assert news.lines(silent) == []
    (line,) = news.lines([cell(Verdict.HANG, stored="raised")])
    assert "judged raised when it ran, and hang now" in line


def test_the_report_opens_with_news() -> None:
    """On a terminal nothing stands before it; in Markdown nothing but the title, the sentence and the machine."""
    cells = [cell(Verdict.COMPLETED)]
    assert terminal.render(Run({}, [], None), cells, Style()).startswith("What is news:\n  sigkill, ")
    header = {
        **{"tool": "1", "started": "today", "timeout": 5},
        "machine": {"system": "L", "kernel": "6", "architecture": "x", "cores": 2, "memory_bytes": 1},
    }
    text = markdown.render(Run(header, [], None), cells, Style())
    assert [line for line in text.splitlines() if line.startswith("#")][1] == "## What is news"


def test_changes_between_versions_are_a_short_table() -> None:
    """A row for each change, however many calls and start methods show it; none where nothing changes."""
    cells = [
        cell(
            Verdict.HANG if python != "3.14.10" else Verdict.COMPLETED,
            python=python,
            start_method=method,
            operation=call,
        )
        for python in ("3.8.18", "3.13.0", "3.14.10")
        for method in ("fork", "spawn")
        for call in ("map", "imap")
    ]
    table = news.between_versions(cells)
    assert table is not None
    assert table.rows == [
        ["sigkill", "Pool: map, imap", "fork, spawn", "fixed in 3.14", "3.13.0: HANG", "3.14.10: completed"]
    ]
    assert "Changes between versions" in terminal.render(Run({}, [], None), cells, Style(width=200))
    assert news.between_versions(cells[:4]) is None
    assert news.between_versions([cell(Verdict.HANG), cell(Verdict.INCONCLUSIVE, python="3.16.0")]) is None
    assert news.between_versions([cell(Verdict.HANG), cell(Verdict.RAISED, python="3.16.0-pypy")]) is None


def test_a_change_is_claimed_of_what_showed_it() -> None:
    """map hung with fork only, imap with spawn only: two rows, not one in which each goes with each."""
    pythons = {"3.13.0": Verdict.HANG, "3.14.10": Verdict.COMPLETED}
    cells = [
        cell(verdict, python=python, start_method=method, operation=call)
        for python, verdict in pythons.items()
        for method, call in (("fork", "map"), ("spawn", "imap"), ("spawn", "apply"))
    ]
    table = news.between_versions(cells)
    assert table is not None
    assert [row[1:3] for row in table.rows] == [["Pool: map", "fork"], ["Pool: imap, apply", "spawn"]]


def test_builds_are_not_mixed() -> None:
    """A free-threaded build and PyPy have histories of their own."""
    cells = [cell(Verdict.HANG, python="3.13.0"), cell(Verdict.COMPLETED, python="3.14.0t")]
    assert news.between_versions(cells) is None
    table = news.between_versions([*cells, cell(Verdict.HANG, python="3.13.0t")])
    assert table is not None and [row[3:] for row in table.rows] == [
        ["fixed in 3.14t", "3.13.0t: HANG", "3.14.0t: completed"]
    ]


def test_the_expectations_say_what_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written rules are read back, with the newest version behind them; a file that does not say has none."""
    monkeypatch.setattr(expectations, "FILE", tmp_path / "expectations.json")
    rule = expectations.Expectation((Verdict.HANG,), "sigkill", POOL)

    def written(measured: list[str]) -> None:
        expectations.FILE.write_text(expectations.as_text([rule], measured))
        expectations.rules.cache_clear()
        expectations.newest_measured.cache_clear()

    try:
        written(["3.9.18", "3.15.2", "3.14.10", "3.9.18"])
        assert expectations.newest_measured() == "3.15.2"
        assert [known.to_rule() for known in expectations.rules()] == [rule.to_rule()]
        written([])
        assert expectations.newest_measured() is None
    finally:
        monkeypatch.undo()
        expectations.rules.cache_clear()
        expectations.newest_measured.cache_clear()


def test_nothing_is_as_expected_by_silence() -> None:
    """What says nothing of its pool, or has no expectation, is not as expected; only where every cell was compared, all are."""
    known = cell(Verdict.HANG, "sys-exit")
    assert news.nothing([known, cell(Verdict.UNSUPPORTED, "sys-exit")]) == "Nothing: every cell is as expected."
    silent = [cell(Verdict.HARNESS_ERROR, "sys-exit"), cell(Verdict.LOST, "sys-exit", python="3.9.16-pypy")]
    assert [one.as_expected for one in [known, *silent]] == [True, None, None]
    assert "1 cells are as expected; 2 say nothing" in news.nothing([known, *silent])
    assert news.nothing([cell(Verdict.UNSUPPORTED, "sys-exit")]) == news.nothing([], 3) == "Nothing: no cell was run."
    assert news.nothing([known], 3) == "Nothing: 1 cells are as expected; 3 were not run."


def test_a_hang_of_which_nothing_is_known_is_news() -> None:
    """That a pool which nobody knows works is none; that it hangs or loses results is, and no claim about versions."""
    third = "a.third.Partys"
    assert news.lines([cell(Verdict.RAISED, pool=third), cell(Verdict.INCONCLUSIVE, pool=third)]) == []
    assert news.lines([cell(Verdict.RAISED, pool=third, python="3.11.7"), cell(Verdict.HANG, pool=third)]) == [
        "sigkill, a.third.Partys: nothing is known of it: hang (map; fork; Python 3.12.1; 1 cell): reason"
    ]


def test_an_intermittent_cell_is_not_fixed_by_chance() -> None:
    """It hung in one version and completed in the next, as it is known to do in both: that is no change."""
    chance = [
        cell(Verdict.HANG, "between-tasks", python="3.11.7"),
        cell(Verdict.COMPLETED, "between-tasks", python="3.12.1"),
    ]
    assert news.between_versions(chance) is None
