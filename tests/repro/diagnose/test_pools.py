"""Which pool, which worker, and what it does: by the functions on a stack."""

from __future__ import annotations

import pytest

from repro.diagnose import pools
from repro.diagnose.pools import Stage
from repro.verdicts.stacks import Thread
from tests.repro.diagnose.kept import LOCKED, READS, TASK, frame, handlers, thread

LOOP = frame("worker", "multiprocessing/pool.py")


@pytest.mark.parametrize(
    ("stack", "stage"),
    [
        (READS, Stage.READS),
        (LOCKED, Stage.LOCKED),
        (TASK, Stage.TASK),
        (thread(LOOP), Stage.STARTS),
        (
            thread(frame("_send", "multiprocessing/connection.py"), frame("put", "multiprocessing/queues.py"), LOOP),
            Stage.SENDS,
        ),
        (
            thread(
                frame("__enter__", "multiprocessing/synchronize.py"), frame("put", "multiprocessing/queues.py"), LOOP
            ),
            Stage.SEND_LOCKED,
        ),
        (thread(frame("get", "job.py"), frame("resize", "job.py"), LOOP), Stage.TASK),
    ],
)
def test_what_a_worker_does(stack: Thread, stage: Stage) -> None:
    role = pools.role(stack)
    assert role is not None
    assert (role.pool, role.stage) == (pools.POOL, stage)


def test_a_forked_worker_is_one_by_its_own_loop() -> None:
    """Below it stands what forked it: another worker's loop may be there, too."""
    nested = thread(*READS.frames, frame("_launch", "multiprocessing/popen_fork.py"), *TASK.frames)
    role = pools.role(nested)
    assert role is not None
    assert role.stage is Stage.READS


def test_a_function_of_the_same_name_is_none() -> None:
    assert pools.role(thread(frame("worker", "job.py"))) is None
    assert pools.role(thread(frame("worker", "mymultiprocessing/mypool.py"))) is None


def test_service_threads_and_helpers() -> None:
    assert [pools.service(one) for one in handlers()] == [pools.POOL] * 3
    server = thread(frame("select", "selectors.py"), frame("main", "multiprocessing/forkserver.py"))
    assert pools.helper(server, "") == "the fork server"
    assert (
        pools.helper(None, "python -c from multiprocessing.resource_tracker import main;main(3)")
        == "the resource tracker"
    )
    assert pools.helper(thread(*READS.frames, *server.frames), "") == ""
    assert pools.helper(None, "python job.py") == ""
