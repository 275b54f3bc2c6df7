"""The stream of events: whatever a subject leaves in it, it is read, or it is said what is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.observation import parse_events
from tests.repro.lab import steady


@steady
@given(st.binary())
def test_any_bytes_are_read(stream: bytes) -> None:
    """Whatever a subject leaves in its stream, reading it ends with events or with what is wrong, never with an exception."""
    events, problem = parse_events(stream)
    assert (problem is None) == (bool(stream) and len(events) == stream.count(b"\n") and stream.endswith(b"\n"))


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "end", "pid": Infinity, "t": 1}',
        '{"event": "end", "pid": NaN, "t": 1}',
        '{"event": "end", "pid": 1, "t": "soon"}',
        '{"event": "end", "pid": null, "t": 1}',
        '"event pid t"',
        "[" * 100_000,
    ],
)
def test_odd_lines_are_malformed(line: str) -> None:
    """Numbers that are none, and JSON as deep as the sea, are malformed lines like any other."""
    events, problem = parse_events(line.encode() + b"\n")
    assert events == []
    assert problem is not None
    assert problem.startswith("line 1 of the event stream is malformed")


def test_an_empty_stream_says_so() -> None:
    """No stream and an empty one are the same: the program did not begin."""
    events, problem = parse_events(b"")
    assert events == []
    assert problem is not None
    assert "missing or empty" in problem
