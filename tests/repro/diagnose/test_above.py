"""Who is asked about when the number is a worker's."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from repro.diagnose import above, redacted, reports, snapshot, targets, words
from repro.diagnose.diagnosis import diagnose
from repro.diagnose.kinds import Kind
from repro.diagnose.snapshot import Seen, Snapshot
from repro.errors import UsageError
from repro.tree import processes
from tests.repro import lab
from tests.repro.cli.commands import called
from tests.repro.diagnose import kept
from tests.repro.diagnose.kept import ASKS, ELSEWHERE, LOCKED, READS, TASK, frame, handlers, pool, process, thread

SERVER = thread(frame("main", "multiprocessing/forkserver.py"))


def looks(*several: Snapshot) -> Callable[[int], Snapshot]:
    """As each of some programs looks when one asks for it."""
    by_pid = {one.pid: one for one in several}

    def look(pid: int) -> Snapshot:
        if pid not in by_pid:
            raise UsageError(f"there is no process {pid}")
        return by_pid[pid]

    return look


def asked(worker: Seen, program: Snapshot, *above_: int) -> Snapshot:
    return above.whole(worker.pid, looks(pool(worker), program), above_ or (program.pid,))


@pytest.mark.parametrize("worker", [process(12, 10, LOCKED), process(12, 10, LOCKED, state="T"), process(12, 10)])
def test_of_a_worker_its_program_is_looked_at(worker: Seen) -> None:
    """Whether it waits, is stopped, or can't be looked into: what is said, and the status, are those of the program; and which
    number was asked for."""
    program = pool(process(10, 1, ASKS, *handlers()), process(11, 10, READS), worker)
    found = diagnose(asked(worker, program))
    assert (found.kind, found.status) == (diagnose(program).kind, 1 if worker.threads else diagnose(program).status)
    assert (found.pid, found.asked) == (10, 12)
    told = words.text(found, program, 80).splitlines()
    name = " (multiprocessing.Pool)" if worker.threads else ""
    assert told[0] == f"12 is a worker of 10{name}: 10 is looked at"
    assert told[2].startswith("10: ")
    document = words.document(found, program)
    assert (document["pid"], document["asked"]) == (10, 12)
    assert reports.belongs(found).text == [f"12 is a worker of 10{name}: 10 is watched"]


def test_the_program_was_asked_for() -> None:
    program = kept.idle_workers()
    found = diagnose(above.whole(10, looks(program), [1]))
    assert words.text(found, program, 80).startswith("10: STUCK")
    assert words.document(found, program)["asked"] == 10


def test_what_is_kept_says_so_too() -> None:
    """Without its values, and read again; for a comment and a browser."""
    taken = redacted.redacted(asked(process(12, 10, LOCKED), kept.idle_workers()))
    again = snapshot.from_json(taken.to_json(), "kept")
    assert diagnose(again).asked == 12
    assert "12 is a worker of 10" in words.page([(diagnose(again), again)])
    assert any("12 is a worker of 10" in one for one in words.markdown(diagnose(again), again, False))


def test_what_stands_between_a_worker_and_its_program_is_passed_over() -> None:
    """The fork server; and of that, too, the program is looked at."""
    program = process(10, 1, ASKS, *handlers())
    server, workers = process(20, 10, SERVER), (process(21, 20, READS), process(22, 20, LOCKED))
    seen, below = pool(program, server, *workers), pool(server, *workers)
    look = looks(pool(workers[1]), below, seen)
    assert above.whole(22, look, [20, 10]) == replace(seen, asked=22)
    assert diagnose(above.whole(20, look, [10])).belongs == "the fork server of 10"


def test_the_nearest_pool_counts() -> None:
    """Of a worker that has a pool, a worker is that one's; and what a worker has forked is a process of a worker's."""
    inner = process(11, 10, thread(*ASKS.frames, *TASK.frames), *handlers())
    innermost = process(12, 11, LOCKED)
    outer = pool(process(10, 1, ASKS, *handlers()), inner, innermost)
    nested = pool(inner, innermost)
    look = looks(pool(innermost), nested, outer)
    assert above.whole(12, look, [11, 10]) == replace(nested, asked=12)
    assert above.whole(11, look, [10]) == nested
    forked = process(13, 12, TASK)
    seen = pool(process(10, 1, ASKS, *handlers()), process(12, 10, LOCKED), forked)
    assert above.belongs(seen, 13) == "a process of a worker of 10"


def test_a_process_that_belongs_to_no_pool_is_asked_for_itself() -> None:
    """A program of its own, below one that has a pool."""
    own = process(12, 10, ELSEWHERE)
    assert diagnose(asked(own, kept.idle_workers())).kind is Kind.NOT_A_POOL


@pytest.mark.parametrize(
    "name",
    [
        "initializer-exits_Pool_below-a-scheduler_fork_3.11.7",
        "max-tasks-shutdown-nowait_executor_below-a-scheduler_spawn_3.11.7",
    ],
)
def test_a_program_below_a_scheduler_is_no_worker_of_it(name: str) -> None:
    """A Python has started three programs, and no stacks are seen. Of two of them no worker is left, or there at the moment: what
    is wrong with the third one was told of each."""
    program, scheduler = kept.read(name), kept.read("fork-with-lock_Pool_below-a-scheduler_fork_3.11.7")
    assert diagnose(scheduler).kind is Kind.AFTER_FORK
    assert above.whole(program.pid, looks(program, scheduler), [scheduler.pid]) == program


def test_what_a_dead_worker_left_behind_leads_to_its_program() -> None:
    """It has another parent now, and holds a pipe of the program's."""
    stuck = kept.read("grandchild_executor_submit_fork_3.11.7")
    (left,) = diagnose(stuck).finding.pids
    seen = stuck.seen(left)
    assert seen is not None
    other = kept.idle_workers()
    found = diagnose(above.whole(left, looks(pool(replace(seen, outsider=False)), other, stuck), [10, stuck.pid]))
    assert (found.kind, found.asked, found.pid) == (Kind.GRANDCHILD, left, stuck.pid)
    assert "may have left behind" in found.belongs


def test_a_worker_whose_program_is_gone_gets_no_all_clear() -> None:
    """Nobody above it has a pool, or has ended since."""
    left = process(12, 1, LOCKED)
    for several in ([1], [10]):
        found = diagnose(above.whole(12, looks(pool(left)), several))
        assert (found.kind, found.status) == (Kind.CANNOT_TELL, 2)
        assert "the parent of 12 is 1" in found.finding.evidence[0]
        assert "process 12 is a worker of multiprocessing.Pool" in found.finding.evidence[1]


JOB = """
import multiprocessing, os, sys
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(1) as pool:
        print(pool.apply(os.getpid), flush=True)
        input()
"""


@pytest.mark.skipif(not processes.LINUX, reason="needs /proc")
def test_a_worker_that_is_really_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With or without stacks."""
    (tmp_path / "job.py").write_text(JOB)
    command = [sys.executable, "job.py"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as job:
        try:
            assert job.stdout is not None
            worker = int(job.stdout.readline())
            assert next(targets.programs_of(worker)) == job.pid
            called("diagnose", str(worker), "--format", "json")
            document = json.loads(capsys.readouterr().out)
        finally:
            lab.kill_session(job)
    assert (document["asked"], document["pid"]) == (worker, job.pid)
    assert document["asked_is"].startswith(f"a worker of {job.pid}")
