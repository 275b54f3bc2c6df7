"""How far a process has come that multiprocessing has started: by its main thread."""

from __future__ import annotations

import pytest

from repro.diagnose import births
from repro.verdicts.stacks import Thread
from tests.repro.diagnose.kept import ASKS, ELSEWHERE, frame, process, thread

BEGINS = frame("_bootstrap", "multiprocessing/process.py")
RUN = frame("run", "multiprocessing/process.py")
MANAGER = thread(frame("serve_forever", "multiprocessing/managers.py"), RUN, BEGINS)
#: In a function of the program's, or of multiprocessing's own.
IN_ITS_FUNCTION = [
    MANAGER,
    thread(frame("listens", "job.py"), RUN, BEGINS),
    thread(frame("run", "job.py"), BEGINS),
    thread(*MANAGER.frames, frame("_launch", "multiprocessing/popen_fork.py"), *ASKS.frames),
]
#: On their way into it, or out of it.
ON_THEIR_WAY = [
    thread(BEGINS),
    thread(RUN, BEGINS),
    thread(frame("_run_after_forkers", "multiprocessing/util.py"), BEGINS),
    thread(frame("_shutdown", "threading.py"), BEGINS),
    thread(frame("<module>", "job.py"), frame("spawn_main", "multiprocessing/spawn.py")),
]


@pytest.mark.parametrize("main", IN_ITS_FUNCTION)
def test_one_in_its_function_does_not_start(main: Thread) -> None:
    assert births.by_multiprocessing(main)
    assert not births.starts(main)
    assert births.in_own_function(process(11, 10, main))


@pytest.mark.parametrize("main", ON_THEIR_WAY)
def test_one_on_its_way_may_become_a_worker(main: Thread) -> None:
    assert births.starts(main)
    assert not births.in_own_function(process(11, 10, main))


def test_another_process_is_none_of_them() -> None:
    assert not births.by_multiprocessing(ELSEWHERE)
    assert not births.starts(ELSEWHERE)
    assert not births.in_own_function(process(11, 10))
