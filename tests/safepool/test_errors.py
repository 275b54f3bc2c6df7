"""The errors: what callers catch, and what survives pickling."""

from __future__ import annotations

import pickle

import pytest

from safepool import errors


@pytest.mark.parametrize(
    "error",
    [
        errors.WorkerDied("died", pid=1, exitcode=-9, signal="SIGKILL", task="f()", index=2, attempts=3),
        errors.MemoryLimitExceeded("too much", limit=5),
        errors.TaskTimeout("too long", timeout=1.5),
        errors.PoolBroken("broken", reason="start"),
        errors.TaskExited("exited", code=3),
        errors.TaskInterrupted("interrupted", exception="KeyboardInterrupt()"),
        errors.PickleFailed("unpicklable", exc="e", value="v"),
        errors.UnpickleFailed("not unpicklable", stage="unpickling the task"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_can_be_pickled_with_their_attributes(error: Exception) -> None:
    """A pool may run in another pool's worker."""
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_errors_are_what_callers_catch_today() -> None:
    """except BrokenProcessPool and the three TimeoutErrors go on to work; nothing is a SystemExit."""
    import concurrent.futures
    import concurrent.futures.process
    import multiprocessing

    assert issubclass(errors.WorkerDied, concurrent.futures.process.BrokenProcessPool)
    assert issubclass(errors.PoolBroken, concurrent.futures.process.BrokenProcessPool)
    for kind in (TimeoutError, concurrent.futures.TimeoutError, multiprocessing.TimeoutError):
        assert issubclass(errors.TaskTimeout, kind)
    assert issubclass(errors.TaskExited, Exception)
