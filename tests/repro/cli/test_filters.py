"""The filters of stored runs: what they let through, and what they say of what is not there."""

from __future__ import annotations

import argparse

import pytest

from repro.cli import filters
from repro.errors import UsageError
from repro.records.results import Run
from repro.records.series import Key
from repro.verdicts.judge import Verdict
from tests.repro.cells import EXECUTOR, POOL, cell, series_of

KEYS: list[Key] = [
    ("sigkill", POOL, "map", "fork", "3.12.1"),
    ("sigterm", POOL, "map", "spawn", "3.12.1"),
    ("sigkill", EXECUTOR, "submit", "fork", "3.13.0"),
    ("oom", "a.pool", "submit", "", "3.1.2"),
]


def parsed(*options: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    filters.add_filters(parser)
    return parser.parse_args(options)


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ([], [0, 1, 2, 3]),
        (["--scenario", "sig*"], [0, 1, 2]),
        (["--scenario", "sigkill", "--scenario", "oom"], [0, 2, 3]),
        (["--pool", "Pool"], [0, 1]),
        (["--pool", "*pool*"], [0, 1, 2, 3]),
        (["--pool", "a.pool"], [3]),
        (["--operation", "SUBMIT"], [2, 3]),
        (["--start-method", "fork", "--pool", "Pool"], [0]),
        (["--python", "3.12"], [0, 1]),
        (["--python", "3.1"], [3]),
        (["--python", "3.1*"], [0, 1, 2, 3]),
        (["--python", "all"], [0, 1, 2, 3]),
        (["--tag", "memory"], [3]),
        (["--tag", "memory", "--scenario", "sigkill"], []),
    ],
)
def test_filters_let_through_what_they_name(options: list[str], kept: list[int]) -> None:
    """Globs in any case, aliases of pools, versions by their beginning; those of one kind add up, those of several narrow."""
    chosen = filters.Filter(parsed(*options), KEYS)
    assert [number for number, key in enumerate(KEYS) if chosen.wants(key)] == kept


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--scenario", "sigkil"], "no scenario of this run 'sigkil'; nearest: sigkill"),
        (["--pool", "loky"], "no pool of this run 'loky'"),
        (["--python", "3.14"], "no Python of this run '3.14'; nearest: "),
        (["--start-method", "frok"], "no start method of this run 'frok'; nearest: fork"),
        (["--tag", "memry"], "no tag 'memry'; nearest: memory"),
    ],
)
def test_what_no_cell_has_is_said(options: list[str], said: str) -> None:
    """By what the run has, and not by what there is elsewhere: the pool is known, and is not in these runs."""
    with pytest.raises(UsageError) as caught:
        filters.Filter(parsed(*options), KEYS)
    assert said in str(caught.value)


def test_runs_and_series_are_narrowed() -> None:
    """A run keeps the lines of its cells; one of several may have none; all may not."""
    names = ("scenario", "pool", "operation", "start_method", "python")
    one, other = (Run({}, [dict(zip(names, key, strict=True)) for key in keys], None) for keys in (KEYS[:2], KEYS[1:]))
    narrowed, without = filters.of_runs(parsed("--scenario", "sigkill", "--pool", "Pool"), [one, other])
    assert (narrowed.numbers, without.cells) == ([2], [])
    assert filters.of_runs(parsed("--scenario", "sigkill"), [other])[0].numbers == [3]
    assert filters.of_runs(parsed(), [one])[0].numbers == [2, 3]
    with pytest.raises(UsageError, match="nothing matches all of them"):
        filters.of_runs(parsed("--scenario", "oom", "--pool", "Pool"), [one, other])
    series = series_of([cell(Verdict.HANG), cell(Verdict.HANG, "oom")])
    assert [key[0] for key in filters.of_series(parsed("--tag", "memory"), series).verdicts] == ["oom"]
