"""Slow or stuck: what is still going on at its deadline has more time, what spins or waits has not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro.observation import Event, Member, Observation, Window
from repro.verdicts import pace

MS = 1_000_000
QUIET = Window(seconds=1.0, samples=4, cpu_ms=0.0, switches=0, processes=4, new_processes=0)
BUSY = replace(QUIET, cpu_ms=60.0)
SPINNING = replace(QUIET, cpu_ms=600.0, busiest_ms=600.0)
STARTING = replace(QUIET, cpu_ms=600.0, busiest_ms=150.0)
BEGIN: Event = {"event": "begin", "pid": 1, "t": 100 * MS}
OLD: Event = {"event": "task-started", "pid": 2, "task": 1, "t": 200 * MS}
NEW: Event = {"event": "task-ended", "pid": 2, "task": 1, "t": 4500 * MS}
STORM = [Member(10 + number, 1, 3.0 + number / 2, 3.2 + number / 2, "S") for number in range(pace.STORM)]


def seen(*events: Event, members: list[Member] | None = None) -> Observation:
    return Observation(main_pid=1, timeout=5.0, launched=1, events=list(events), members=members or [])


@pytest.mark.parametrize(
    ("events", "windows", "storm", "undecided"),
    [
        ((BEGIN, OLD), [QUIET], False, False),
        ((BEGIN, OLD, NEW), [QUIET], False, True),
        ((BEGIN, OLD, NEW, {**NEW, "t": 4900 * MS}), [SPINNING], False, True),
        ((BEGIN, OLD), [BUSY], False, True),
        ((BEGIN, OLD), [BUSY, BUSY], False, True),
        ((BEGIN, OLD), [BUSY] * pace.WINDOWS, False, False),
        ((BEGIN, OLD), [QUIET, BUSY, BUSY], False, True),
        ((BEGIN, OLD), [BUSY, BUSY, QUIET], False, False),
        ((BEGIN, OLD), [SPINNING], False, False),
        ((BEGIN, OLD), [STARTING], False, True),
        ((BEGIN, OLD), [replace(QUIET, new_processes=1)], False, True),
        ((BEGIN, OLD), [replace(QUIET, new_processes=2)], False, True),
        ((BEGIN, OLD), [replace(BUSY, new_processes=2)], True, False),
        ((), [SPINNING], False, True),
        ((), [QUIET], False, False),
    ],
)
def test_who_gets_more_time(events: tuple[Event, ...], windows: list[Window], storm: bool, undecided: bool) -> None:
    """Progress, a start, and a little work that has not lasted; not who waits, spins, works on and on, or respawns. Who works and
    has not begun yet, can't be judged at all."""
    assert pace.undecided(seen(*events, members=STORM if storm else None), windows) is undecided


def test_old_news_is_no_progress() -> None:
    """What is older than half of the time of who works, or than the last window of who waits, shows nothing."""
    late = {**NEW, "t": 3000 * MS}
    assert pace.slow(seen(BEGIN, late), SPINNING) == "still going on (task-ended)"
    assert pace.slow(seen(BEGIN, late), QUIET) is None
    assert pace.slow(seen(BEGIN, {**late, "t": 2400 * MS}), SPINNING) is None


STARVED = replace(QUIET, cpu_ms=110.0, switches=50, delayed_ms=900.0)


@pytest.mark.parametrize(
    ("window", "storm", "told"),
    [
        (STARVED, False, True),
        (replace(QUIET, delayed_ms=300.0), False, True),  # ready all the time, and never let
        (replace(STARVED, delayed_ms=200.0), False, False),  # about as long as it had one: that is no reason
        (replace(STARVED, cpu_ms=0.01, delayed_ms=0.1), False, False),  # a thread that looks up now and then
        (
            replace(STARVED, cpu_ms=600.0, busiest_ms=590.0, delayed_ms=9000.0),
            False,
            False,
        ),  # spins, whatever others do
        (STARVED, True, False),
    ],
)
def test_a_tree_that_got_no_processor_is_not_judged(window: Window, storm: bool, told: bool) -> None:
    """On a machine that is too busy, what starts slowly looks like what works without an end, or like what waits for ever."""
    observed = seen(BEGIN, OLD, members=STORM if storm else None)
    text = pace.slow(observed, window)
    assert (text is not None and "the machine is too busy to tell" in text) is told
    assert pace.undecided(observed, [window] * pace.WINDOWS) is told


def test_a_window_counts_what_happened_between_its_looks() -> None:
    """CPU time and switches of threads that stayed, all of those that came, and a switch for each that went."""
    looks = [
        (0.0, {(1, 1): (1_000_000, 10, 7), (2, 2): (0, 5, 0)}),
        (0.5, {(1, 1): (3_000_000, 11, 1_000_007), (3, 3): (500_000, 2, 0)}),
        (1.0, {(1, 1): (3_000_000, 11, 1_000_007), (3, 3): (500_000, 2, 0), (3, 4): (0, 1, 2_000_000)}),
    ]
    window = pace.window(looks)
    assert (window.seconds, window.samples) == (1.0, 3)
    assert (window.cpu_ms, window.busiest_ms, window.delayed_ms) == (2.5, 2.0, 3.0)
    assert window.switches == (11 - 10) + 2 + 1 + 1
    assert (window.processes, window.new_processes) == (2, 1)


def test_a_wait_for_a_processor_is_seen_while_it_goes_on() -> None:
    """The kernel counts it when it is over; until then there is a thread that could run and does not. Who runs, or sleeps, does
    not wait."""
    waits, sleeps, runs = (1, 1), (1, 2), (2, 2)
    looks = [(at / 2, {waits: (5, 7, 9), sleeps: (5, 7, 9), runs: (at * 400 * MS, 7, 9)}) for at in range(3)]
    for ready, delayed in (({waits, runs}, 1000.0), ({runs}, 0.0)):
        assert pace.window(looks, [ready] * 3).delayed_ms == delayed
    assert pace.window(looks, [{waits}, {waits}, set()]).delayed_ms == 500.0
    still = [(at, {waits: look[waits]}) for at, look in looks]
    assert pace.window(still, [{waits}] * 3).starved and not pace.window(still, [set()] * 3).starved


def test_two_equal_looks_are_quiet() -> None:
    """Two equal answers of the kernel mean that nothing ran in between."""
    look = {(1, 1): (7, 7, 0), (1, 2): (9, 9, 3)}
    window = pace.window([(0.0, look), (1.0, look)])
    assert (window.cpu_ms, window.switches, window.new_processes) == (0.0, 0, 0)


def test_a_process_that_came_and_went_leaves_a_trace() -> None:
    """Respawned processes may all be gone at the last look: one that was seen in between is a new process all the same."""
    look = {(1, 1): (7, 7, 0)}
    window = pace.window([(0.0, look), (0.5, {**look, (9, 9): (0, 0, 0)}), (1.0, look)])
    assert (window.processes, window.new_processes) == (1, 1)
    assert window.switches > 0
