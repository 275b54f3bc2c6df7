"""``lanes``: each process has its name, its birth, and its end, as far as they were seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro.lessons.pictures.lanes import Lane, lanes, status_in_words
from repro.observation import Member
from tests.repro.lessons.recorded import FOUR, HANG, ONE, PARENT, RUN, THREE, TWO, reaped, with_seen


def test_workers_and_replacements_have_their_names() -> None:
    """An end after the watchdog had its verdict was its own doing, and is not told."""
    assert lanes(RUN, HANG) == [
        Lane(PARENT, "parent", 1, 0.0, None),
        Lane(ONE, "worker", 1, 0.5, 0.6, 1),
        Lane(TWO, "worker", 2, 0.5, None),
        Lane(THREE, "worker", 3, 0.5, None),
        Lane(FOUR, "replacement", 4, 0.6, None),
    ]
    assert lanes(RUN, HANG)[4].name("en") == "replacement 4"
    assert lanes(RUN, HANG)[1].ended("ja") == "終了ステータス1"


def test_who_came_and_went_between_two_looks_is_there() -> None:
    """The parent was told of its end; its birth is not known."""
    found = lanes(RUN, with_seen(events=[reaped(99, -9, 0.3)]))
    assert [lane for lane in found if lane.pid == 99] == [Lane(99, "worker", 1, 0.3, 0.3, -9)]
    assert found[1].pid == 99 and found[-1].role == "replacement"


def test_a_command_that_the_program_runs_is_no_replacement() -> None:
    """No worker has ended that has not been replaced yet."""
    later = Member(99, PARENT, 3.0, 3.1, "S", "ps")
    found = lanes(RUN, with_seen(members=[*HANG.seen.members, later]))
    assert [lane.role for lane in found] == ["parent", "worker", "worker", "worker", "replacement", "child"]


def test_a_program_without_a_pool_has_children() -> None:
    """And whom they start, are grandchildren."""
    members = [Member(PARENT, 1, 0.0, None, "S"), Member(ONE, PARENT, 0.1, None, "S"), Member(TWO, ONE, 0.2, None, "S")]
    found = lanes(replace(RUN, workers=0), with_seen(members=members, events=[]))
    assert [lane.role for lane in found] == ["parent", "child", "grandchild"]


def test_the_servants_of_multiprocessing_are_told_apart() -> None:
    """By what they run; where nobody asked that, by who has which children."""
    tracker = Member(20, PARENT, 0.1, None, "S", "python -c from multiprocessing.resource_tracker import main")
    server = Member(21, PARENT, 0.1, None, "S", "python -c from multiprocessing.forkserver import main")
    workers = [Member(pid, 21, 0.2, None, "S", server.command) for pid in (30, 31)]  # copies of it
    program = Member(PARENT, 1, 0.0, None, "S")
    found = lanes(RUN, with_seen(members=[program, tracker, server, *workers], events=[]))
    assert [(lane.pid, lane.role) for lane in found] == [
        (PARENT, "parent"),
        (30, "worker"),
        (31, "worker"),
        (20, "tracker"),
        (21, "server"),
    ]
    silent = [replace(one, command="") for one in (tracker, server, *workers)]
    assert lanes(RUN, with_seen(members=[program, *silent], events=[])) == found


@pytest.mark.parametrize("tracked", [True, False])
def test_a_child_with_a_pool_of_its_own_is_no_fork_server(tracked: bool) -> None:
    """Of a program that starts it with fork, or with spawn, which takes a resource tracker: it is told of the child's end."""
    program, tracker = Member(PARENT, 1, 0.0, None, "S"), Member(20, PARENT, 0.1, None, "S")
    job = [Member(21, PARENT, 0.1, 0.5, "S"), *(Member(pid, 21, 0.2, None, "S") for pid in (30, 31))]
    members = [program, *[tracker] * tracked, *job]
    roles = {lane.pid: lane.role for lane in lanes(RUN, with_seen(members=members, events=[reaped(21, -9, 0.5)]))}
    assert roles[21] == "worker" and roles[30] == roles[31] == "grandchild"


def test_a_status_is_told_in_words() -> None:
    """A code, a signal, and a signal without a name."""
    assert [status_in_words(status, "en") for status in (0, -9, -40)] == ["exit code 0", "SIGKILL", "signal 40"]
