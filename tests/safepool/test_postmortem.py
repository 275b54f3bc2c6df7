"""Why did it die: facts in, words out."""

from __future__ import annotations

import os
import pickle
import signal
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from safepool import errors, postmortem
from safepool.describe import describe_call
from safepool.interfaces import limits
from safepool.postmortem import Death, OomWatch, Status


def shouting(*args: object, **kwargs: object) -> None:
    """Named in descriptions."""


class Hostile:
    def __repr__(self) -> str:
        raise SystemExit("never called")


def test_a_call_is_described_by_name_and_short_arguments() -> None:
    """As one would write it, cut where it gets long."""
    assert describe_call(shouting, (1, "a"), {"b": None}) == "shouting(1, 'a', b=None)"
    assert len(describe_call(shouting, ("x" * 10_000, list(range(10_000))))) < 300


def test_descriptions_never_run_users_code() -> None:
    """A __repr__ that exits, raises or hangs is not called; the type's name stands for the object."""
    assert describe_call(shouting, (Hostile(), [Hostile()])) == "shouting(<Hostile object>, [<Hostile object>])"


class Metres(float):
    def __float__(self) -> float:
        raise SystemExit("never called")


class Name(str):
    __slots__ = ()


class Loud(int):
    def __repr__(self) -> str:
        raise SystemExit("never called")


def test_numbers_and_texts_of_a_users_class_are_written_out() -> None:
    """Where the class leaves its repr to int, float or str, the value says which task it is; where it has its own, the type."""
    assert describe_call(shouting, (Metres(2.5), Name("a"), Loud(3))) == "shouting(2.5, 'a', <Loud object>)"
    assert describe_call(shouting, (Name("x" * 10_000),)).count("x") < 100


def test_partials_are_seen_through() -> None:
    """The function and all its arguments, not 'partial'."""
    assert describe_call(partial(shouting, 1), (2,)) == "shouting(1, 2)"


def test_well_known_values_are_written_out() -> None:
    """Dates and paths are more use than their type."""
    text = describe_call(shouting, (date(2020, 1, 2), Path("/tmp/x")))
    assert text == "shouting(datetime.date(2020, 1, 2), PosixPath('/tmp/x'))"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status(1), "exited with status 1"),
        (Status(0), "exited with status 0"),
        (Status(-signal.SIGKILL), "was killed by SIGKILL"),
        (Status(None), "nobody could tell"),
    ],
    ids=["exit 1", "exit 0", "signal", "unknown"],
)
def test_the_message_says_how_it_ended(status: Status, said: str) -> None:
    """Exit status, or the signal by its name."""
    text = postmortem.message(Death(4711, status, "running", "f(1)", 3, others=11))
    assert text.startswith("worker 4711 ")
    assert said in text
    assert "while running task 3, f(1)" in text
    assert text.endswith("The other 11 tasks are not affected by it.")


def test_likely_is_called_likely_and_certain_is_not() -> None:
    """A rise of the worker's own cgroup's counter is certain; one of the system's is likely."""
    words = {
        sure: postmortem.message(Death(1, Status(-9, 2 << 30), "running", "f()", oom=sure, evidence="counter 0 -> 1"))
        for sure in ("certain", "likely")
    }
    assert "likely the kernel's OOM killer" in words["likely"]
    assert "likely" not in words["certain"]
    assert "the kernel's OOM killer did it (counter 0 -> 1)" in words["certain"]
    assert "2.0 GiB" in words["certain"]


def test_wait_statuses_become_exit_codes() -> None:
    """As multiprocessing gives them: negative for a signal."""
    assert postmortem.from_wait(0x0100, 5) == Status(1, 5 * 1024)
    assert postmortem.from_wait(signal.SIGSEGV, 0) == Status(-signal.SIGSEGV, None)


def test_the_oom_counter_of_a_cgroup_is_compared_with_the_last_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A counter that has risen since is certain, one that has not says nothing; the next rise counts anew."""
    counter = tmp_path / "memory.events"
    counter.write_text("low 0\noom 3\noom_kill 3\n")
    monkeypatch.setattr(postmortem, "counter_file", lambda cgroup: str(counter))
    monkeypatch.setattr(postmortem, "_counter", postmortem._counter)
    watch = OomWatch()
    watch.active, watch.system = True, None
    watch.look("")
    assert watch.verdict("")[0] is None
    counter.write_text("low 0\noom 4\noom_kill 4\n")
    assert watch.verdict("") == ("certain", "cgroup counter 3 -> 4")
    assert watch.verdict("")[0] is None


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


@pytest.mark.parametrize(
    ("text", "size"), [("2GiB", 2 << 30), ("512 MB", 512 << 20), ("1.5G", 3 << 29), (1000, 1000), ("10k", 10240)]
)
def test_sizes(text: object, size: int) -> None:
    """Bytes, or text with a unit."""
    assert limits.parse_size(text) == size


@pytest.mark.parametrize(
    "options",
    [{"timeout": 0}, {"timeout": -1}, {"memory_limit": "much"}, {"retries": -1}, {"memory_limit": 0}],
)
def test_limits_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    """The message has the value."""
    (value,) = options.values()
    with pytest.raises(ValueError, match=str(value)):
        limits.make(**options)


def test_a_zombie_is_not_alive() -> None:
    """Its number still exists, and kill(2) succeeds."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert not postmortem.alive(pid)
    os.waitpid(pid, 0)
    assert postmortem.alive(os.getpid())
