"""What is told where nobody may see the stacks."""

from __future__ import annotations

from dataclasses import replace

from repro.diagnose.diagnosis import diagnose
from repro.diagnose.kinds import Kind
from repro.diagnose.snapshot import Lock, Snapshot
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
    assert "it replaces one that is gone" in found.finding.evidence[1]


def test_what_the_kernel_shows_is_told() -> None:
    """A state, CPU time, comings and goings, a lock in memory that nobody shares."""
    assert diagnose(closed("S", "T")).kind is Kind.STOPPED_WORKER
    assert diagnose(replace(closed("S", "S"), moved={11: (300_000_000, 3)})).kind is Kind.ONLY_SLOW
    storm = replace(closed("S", ages=(0.1,)), born=[11], gone=[12])
    assert diagnose(storm).kind is Kind.RESPAWN_STORM
    locked = process(11, 10, calls=[Call(11, "S", "futex", "", (), False, True)])
    assert diagnose(pool(process(10, 1, calls=[]), locked)).kind is Kind.AFTER_FORK


def test_all_at_one_lock() -> None:
    """Whose value is 0: one of them would read, if they were idle."""
    seen = closed("S", "S")
    seen = replace(seen, holdings=kept.waits_for_lock(seen, 4)[1:], locks=[Lock(4, 0, 2)])
    found = diagnose(seen)
    assert (found.kind, found.finding.certainty) == (Kind.POISONED_LOCK, "likely")
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
    assert diagnose(pool(process(10, 1, no_stack="not permitted"))).kind is Kind.CANNOT_TELL
