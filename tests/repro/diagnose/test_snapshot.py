"""A snapshot as a record: there and back, and what is none."""

from __future__ import annotations

import json

import pytest

from repro.diagnose import snapshot
from repro.diagnose.snapshot import Absent
from repro.errors import RecordError
from tests.repro.diagnose import kept


def test_there_and_back() -> None:
    seen = kept.idle_workers()
    assert snapshot.from_json(seen.to_json(), "it") == seen


@pytest.mark.parametrize("name", kept.names())
def test_kept_ones_are_read(name: str) -> None:
    """Those that were taken of real programs; nothing in them is a value of theirs."""
    seen = kept.read(name)
    assert snapshot.from_json(seen.to_json(), name) == seen
    assert seen.redacted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"form": "repro diagnose 1"}',
        '{"form": "repro diagnose 2"}',
        "[" * 100_000,
        json.dumps({**json.loads(kept.idle_workers().to_json()), "pid": "ten"}),
        json.dumps({**json.loads(kept.idle_workers().to_json()), "processes": 3}),
    ],
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(RecordError, match="it is no snapshot"):
        snapshot.from_json(text, "it")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("window", "seconds"), "long"),
        (("processes", 0, "ignored"), ["SIGTERM"]),
        (("processes", 0, "calls", 0, "name"), None),
        (("processes", 0, "age"), True),
        (("processes", 0, "threads", 0, "frames", 0, "line"), 7),
        (("memory", "limit"), "much"),
        (("holdings", 0, "reads"), [{}]),
        (("holdings", 0, "waits"), ["read pipe x"]),
        (("locks",), [{"number": 1, "value": [], "waiters": 0}]),
    ],
)
def test_a_field_that_is_something_else_is_named(path: tuple[str | int, ...], value: object) -> None:
    """What is computed with it would end in an error of ours."""
    record = json.loads(kept.idle_workers().to_json())
    place = record
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(RecordError, match=r"it is no snapshot .*: .* is|waits for"):
        snapshot.from_json(json.dumps(record), "it")


def test_what_was_written_by_others_is_shown_as_records_are() -> None:
    """A hand-made file with what a terminal would obey."""
    record = json.loads(kept.idle_workers().to_json())
    record["processes"][0]["command"] = "python \x1b[2J"
    record["absent"] = [{"source": "\u202e", "why": "", "help": ""}]
    seen = snapshot.from_json(json.dumps(record), "it")
    assert seen.processes[0].command == "python \\x1b[2J"
    assert seen.absent == [Absent("\\u202e", "")]
