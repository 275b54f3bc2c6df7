"""What is told where nobody may see the stacks."""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import Any

import pytest

from repro.diagnose.diagnosis import diagnose
from repro.diagnose.kinds import Kind
from repro.diagnose.rules.finding import Finding
from repro.diagnose.snapshot import Lock, Snapshot
from repro.observation import Holding
from repro.tree.calls import Call
from tests.repro.diagnose import kept
from tests.repro.diagnose.kept import pool, process


def closed(*states: str, ages: tuple[float, ...] = (900, 900)) -> Snapshot:
    """A program and its workers, of which the kernel shows the states."""
    workers = [
        process(11 + n, 10, state=state, age=age, calls=[])
        for n, (state, age) in enumerate(zip(states, ages, strict=False))
    ]
    return pool(process(10, 1, calls=[], reaped=430), *workers)


def test_idle_or_lost_is_not_told() -> None:
    """It names what speaks for either."""
    found = diagnose(closed("S", "S", ages=(900, 60)))
    assert (found.kind, found.status) == (Kind.CANNOT_TELL, 2)
    assert "look alike" in found.finding.evidence[0]
    assert "it replaces one that is gone, or was started when it was needed" in found.finding.evidence[1]


@pytest.mark.parametrize("name", kept.names())
def test_nothing_is_certain_but_a_state(name: str) -> None:
    """Of programs that really hung, what is told where no stack of theirs is seen: what it is, or that nobody can tell. A worker
    that dies within a message has the lock of its queue."""
    seen = kept.read(name)
    found = diagnose(replace(seen, processes=[replace(one, threads=[], no_stack="no") for one in seen.processes]))
    if found.kind is not Kind.CANNOT_TELL:
        half = found.kind is Kind.POISONED_LOCK and "half" in diagnose(seen).kind
        assert found.kind is diagnose(seen).kind or half
        assert found.finding.certainty == "likely" or found.kind is Kind.STOPPED_WORKER


def test_what_the_kernel_shows_is_told() -> None:
    """A state, CPU time, a lock in memory that nobody shares: of those that a pipe shows to be workers. But for a state, each is
    the likely one only."""
    for one in (closed("S", "T"), closed("S", "S"), alone()):
        assert not any(named.certainty == "certain" for named in told(one) if named.kind is not Kind.CANNOT_TELL)
    stopped_ = diagnose(tied(closed("S", "T"))).finding
    assert (stopped_.kind, stopped_.certainty) == (Kind.STOPPED_WORKER, "certain")
    assert diagnose(closed("S", "T")).finding.certainty == "likely"
    computes = diagnose(replace(closed("S", "S"), moved={11: (300_000_000, 3)}))
    assert (computes.kind, computes.finding.certainty) == (Kind.ONLY_SLOW, "likely")
    locked = diagnose(tied(alone()))
    assert (locked.kind, locked.finding.certainty) == (Kind.AFTER_FORK, "likely")
    assert diagnose(alone()).kind is Kind.CANNOT_TELL


def told(seen: Snapshot) -> list[Finding]:
    found = diagnose(seen)
    return [found.finding, *found.also]


def alone(**more: Any) -> Snapshot:
    """A worker that waits, without a limit, for a lock that nobody shares."""
    locked = process(11, 10, calls=[Call(11, "S", "futex", "", (), False, True)], **more)
    return pool(process(10, 1, calls=[]), locked)


def tied(seen: Snapshot) -> Snapshot:
    """Each worker writes into the pipe by which the program sees its end."""
    program, *workers = (Holding(one.pid, one.parent, one.state, [], []) for one in seen.processes)
    ends = [*range(len(workers))]
    held = [replace(one, writes=[number]) for number, one in enumerate(workers)]
    return replace(seen, holdings=[replace(program, reads=ends), *held])


def test_who_waits_for_a_signals_handler_looks_like_who_waits_for_ever() -> None:
    """``Event().wait()`` in a worker, and a handler of SIGTERM that sets it. Python itself handles SIGINT."""
    found = diagnose(tied(alone(caught=[signal.SIGINT, signal.SIGTERM])))
    assert found.kind is Kind.CANNOT_TELL
    assert "a signal's handler looks alike" in found.finding.evidence[-1]
    assert diagnose(tied(alone(caught=[signal.SIGINT]))).kind is Kind.AFTER_FORK


def test_who_is_gone_did_not_stand_still() -> None:
    """It waited for a lock when it was looked at, and has ended since."""
    assert diagnose(replace(tied(alone()), gone=[11])).kind is Kind.CANNOT_TELL


def test_workers_that_come_and_go_may_be_replaced_in_good_order() -> None:
    """With ``maxtasksperchild`` they are. Beside one that stays it is one that came late."""
    seen = replace(closed("S", ages=(0.1,)), born=[11], gone=[12])
    for one in (seen, replace(closed("S", ages=(0.1,)), reaping={10: 500}, moved={})):
        found = diagnose(one)
        assert (found.kind, found.finding.certainty) == (Kind.CANNOT_TELL, "certain")
        assert "respawn storm look alike" in found.finding.evidence[1]
    stays = diagnose(replace(closed("S", "S", ages=(900, 0.1)), born=[12], gone=[13]))
    assert "respawn storm" not in " ".join(stays.finding.evidence)


def test_all_at_one_lock() -> None:
    """Whose value is 0: one of them would read, if they were idle. It is the queue's where a worker is gone who may have had it;
    else the program itself may have one of its own."""
    for ages, kind, sure in (
        ((900, 60), Kind.POISONED_LOCK, "likely"),
        ((900, 900), Kind.CANNOT_TELL, "certain"),
    ):
        seen = closed("S", "S", ages=ages)
        seen = replace(seen, holdings=kept.waits_for_lock(seen, 4)[1:], locks=[Lock(4, 0, 2)])
        found = diagnose(seen)
        assert (found.kind, found.finding.certainty) == (kind, sure)
        assert "waits for semaphore 4" in found.finding.evidence[0]
        assert diagnose(replace(seen, locks=[Lock(4, None, None)])).kind is Kind.CANNOT_TELL


def test_who_computes_may_be_a_thread_of_the_pool() -> None:
    """Pool's worker handler spins where the thread that takes results has ended: only a worker that computes is work."""
    seen = closed("S", "S")
    assert diagnose(replace(seen, moved={10: (300_000_000, 3)})).kind is Kind.CANNOT_TELL
    assert diagnose(replace(seen, moved={10: (300_000_000, 3), 12: (300_000_000, 3)})).kind is Kind.ONLY_SLOW


def test_workers_that_start_again_and_again_may_do_nothing_else() -> None:
    """Each computes: it imports the program."""
    seen = closed("R", "R", ages=(0.3, 0.8))
    found = diagnose(replace(seen, moved={11: (300_000_000, 3)}))
    assert found.kind is Kind.CANNOT_TELL
    assert "a respawn storm look alike" in found.finding.evidence[0]


def test_a_program_alone_may_have_had_a_pool() -> None:
    """Its workers have ended, and a thread of it waits for what they owe."""
    seen = pool(process(10, 1, no_stack="not permitted"))
    assert diagnose(seen).kind is Kind.CANNOT_TELL
    found = diagnose(replace(seen, born=[12, 13], gone=[11]))
    assert found.finding.evidence[0] == "within 0.4 s, 2 processes below it were started and 1 ended"
