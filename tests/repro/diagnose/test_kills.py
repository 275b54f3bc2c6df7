"""Whose worker the OOM killer has ended."""

from __future__ import annotations

from typing import Any

import pytest

from repro.diagnose import kills
from repro.diagnose.diagnosis import diagnose
from repro.diagnose.kills import Victim
from repro.diagnose.view import Owner, Worker
from repro.diagnose.whose import owners
from repro.tree.memory import Kill, Memory
from tests.repro.diagnose import kept
from tests.repro.diagnose.kept import ASKS, LOCKED, READS, handlers, pool, process

GROUP = "/jobs/a"


def owner_of(*log: Kill, group: str = GROUP, name: str = "python", counted: int | None = 8059, **more: Any) -> Owner:
    """Of a program (10) with a first worker, and two that were started in the place of others, 60 and 30 s ago."""
    workers = [process(11, 10, READS), process(20, 10, LOCKED, age=60.0), process(30, 10, LOCKED, age=30.0)]
    program = process(10, 1, ASKS, *handlers(), name=name, **more)
    (owner,) = owners(pool(program, *workers, memory=Memory(log=[*log], group=group, kills=counted)))
    return owner


def replacements(owner: Owner) -> list[Worker]:
    return owner.workers[1:]


def told(owner: Owner) -> list[Victim]:
    return kills.victims(owner, replacements(owner))


FITS = Kill(12, "python", 60.4, None, GROUP)


def test_one_that_fits_in_everything_is_sure() -> None:
    assert told(owner_of(FITS)) == [Victim(FITS, True)]


@pytest.mark.parametrize(
    "other",
    [
        Kill(12, "python3.10", 60.4, None, GROUP),  # another name
        Kill(12, "python", 60.4, None, "/jobs/b"),  # another cgroup
        Kill(12, "python", 300.0, None, GROUP),  # another time
        Kill(20, "python", 60.4, None, GROUP),  # that one lives
        Kill(21, "python", 60.4, None, GROUP),  # it has a later number than the worker that was started after it
        Kill(9, "python", 60.4, None, GROUP),  # older than the program
        Kill(12, "python", 3000.0, None, GROUP),
    ],
)
def test_other_peoples_kills_are_no_evidence(other: Kill) -> None:
    assert told(owner_of(other)) == []


def test_there_are_not_more_than_were_replaced() -> None:
    """The nearest in time counts, once."""
    second = Kill(13, "python", 59.9, None, GROUP)
    late = Kill(25, "python", 30.1, None, GROUP)
    assert [one.kill for one in told(owner_of(FITS, second))] == [second]
    assert [one.kill for one in told(owner_of(FITS, late))] == [FITS, late]


@pytest.mark.parametrize(
    ("group", "logged", "sure"),
    [
        ("", GROUP, False),  # whose the program's is, is not known
        (GROUP, "", False),
        ("/", "/docker/1/a", False),  # in a namespace that shows it no name
        ("/a", "/docker/1/a", True),
        (GROUP, f"{GROUP}/worker-1", False),  # below: a worker's own, or another program's
    ],
)
def test_where_the_cgroup_does_not_tell_it_is_perhaps(group: str, logged: str, sure: bool) -> None:
    kill = Kill(12, "python", 60.4, None, logged)
    assert told(owner_of(kill, group=group)) == [Victim(kill, sure)]


def test_of_a_name_the_first_word_counts() -> None:
    """A file keeps no more of it, and a diagnosis is the same from a file."""
    kill = Kill(12, "Thread-1 (_hand", 60.4, None, GROUP)
    for name in ("Thread-1 (_hand", "Thread-1"):
        assert told(owner_of(kill, name=name)) == [Victim(kill, True)]


def test_where_the_name_is_not_known_it_is_perhaps() -> None:
    """Of a snapshot that an older version has kept."""
    assert told(owner_of(FITS, name="")) == [Victim(FITS, False)]


def test_a_cgroup_in_which_nobody_was_killed() -> None:
    """Its counter says so; in version 1 that says nothing of those below."""
    below = Kill(12, "python", 60.4, None, f"{GROUP}/worker-1")
    assert told(owner_of(FITS, Kill(13, "python", 60.4), counted=0)) == []
    assert told(owner_of(below, counted=0)) == [Victim(below, False)]


def test_numbers_begin_again() -> None:
    """The program has one near the end of them."""
    program = process(4_194_300, 1, ASKS, *handlers())
    seen = pool(program, process(4_194_301, 4_194_300, READS), process(20, 4_194_300, LOCKED, age=60.0))
    (owner,) = owners(seen)
    (young,) = [one for one in owner.workers if one.pid == 20]
    for pid, fits in ((4_194_302, True), (12, True), (21, False), (4_000_000, False)):
        log = Memory(log=[Kill(pid, "python", 60.4)])
        (owner,) = owners(pool(program, *seen.processes[1:], memory=log))
        assert bool(kills.victims(owner, [young])) is fits


def test_without_a_replacement_nothing_is_sure() -> None:
    """Its number is one of those that the first workers got."""
    assert kills.victims(owner_of(FITS), []) == [Victim(FITS, False)]
    assert kills.victims(owner_of(Kill(500, "python", 60.4, None, GROUP)), []) == []


@pytest.mark.parametrize("name", kept.names())
def test_of_programs_that_really_hung_none_is_sure_without_an_oom_kill(name: str) -> None:
    """While others were killed on the same machine."""
    evidence = diagnose(kept.read(name)).finding.evidence
    assert name.startswith("oom_") or not [one for one in evidence if one.startswith("the kernel's log has")]
