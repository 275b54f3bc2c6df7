"""Each process of a snapshot in a row."""

from __future__ import annotations

from dataclasses import replace

from repro.diagnose import rows
from tests.repro.diagnose import kept
from tests.repro.diagnose.kept import ASKS, ELSEWHERE, READS, TASK, frame, handlers, pool, process, thread


def test_who_each_is_and_what_it_does() -> None:
    """The program, a worker in a task, one that has ended, a helper, a descendant, and who only holds a pipe."""
    server = process(20, 10, thread(frame("main", "multiprocessing/forkserver.py")))
    seen = pool(
        process(10, 1, ASKS, *handlers()),
        process(11, 10, TASK, resident=3 << 20),
        process(12, 10, READS),
        process(13, 10, state="Z", exit_status=-9),
        server,
        process(30, 11, ELSEWHERE),
        process(40, 1, outsider=True),
    )
    seen = replace(seen, moved={11: (200_000_000, 5)}, omitted=2)
    table = rows.table(seen)
    assert table.title == "Processes, as they were at 1970-01-01 00:00:00 UTC, without 2 more that were not looked at"
    told = {row[0]: row for row in table.rows}
    assert told["10"][2] == "the program: has a pool (multiprocessing.Pool)"
    assert told["11"][2:] == [
        *("a worker of multiprocessing.Pool", "15 min", "50 %", "3 MiB"),
        "is in a task, resize(path='photo-3.jpg') at job.py:7",
    ]
    assert told["12"][6] == "waits for a task, and has the lock of the queue"
    assert told["13"][6].endswith("(SIGKILL)")
    assert told["20"][2] == "the fork server"
    assert told["30"][2] == "a descendant"
    assert told["40"][2] == "left behind by another process"


def test_a_program_without_a_pool_and_a_time_that_is_none() -> None:
    seen = replace(pool(process(10, 1, ELSEWHERE)), taken=1e300)
    assert rows.table(seen).rows[0][2] == "the program"
    assert "9999-12-31" in rows.table(seen).title


def test_where_each_thread_is() -> None:
    """As faulthandler writes it; of those whose stack is known."""
    ((heading, text), *rest) = rows.threads(pool(process(10, 1, ASKS, *handlers()), process(11, 10)))
    assert heading == "10, the program: has a pool (multiprocessing.Pool)"
    assert 'File "job.py", line 31 in <module>' in text
    assert not rest


def test_a_forked_worker_has_its_own_stack_alone() -> None:
    """What stands below the fork is a thread of the program's, and so is the name."""
    launch, handler = (
        frame("_launch", "multiprocessing/popen_fork.py"),
        frame("_handle_workers", "multiprocessing/pool.py"),
    )
    forked = thread(*READS.frames, launch, handler, frame("<module>", "job.py"), name="Thread-1 (_handle_workers)")
    ((_, text),) = rows.threads(pool(process(10, 1), process(11, 10, forked)))
    assert text.splitlines()[-1].endswith("in _launch")
    assert "_handle_workers" not in text


def test_every_kept_snapshot_has_its_rows() -> None:
    for name in kept.names():
        taken = kept.read(name)
        assert len(rows.table(taken).rows) == len(taken.processes)
