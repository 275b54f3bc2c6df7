"""``ProcessPoolExecutor``: every method."""

from __future__ import annotations

import concurrent.futures
import gc
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safepool import PoolBroken, ProcessPoolExecutor, TaskExited, WorkerDied
from safepool.core import scheduling
from tests.safepool.tasks import FORK, die_once, square, wait_for_file

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_every_method_of_the_executor(context: multiprocessing.context.BaseContext) -> None:
    """Futures, map with chunks and a buffer, wait and as_completed."""
    with ProcessPoolExecutor(2, context) as executor:
        futures = [executor.submit(square, i) for i in range(20)]
        assert concurrent.futures.wait(futures).not_done == set()
        assert {f.result() for f in concurrent.futures.as_completed(futures)} == {i * i for i in range(20)}
        assert list(executor.map(square, range(20), chunksize=3)) == [i * i for i in range(20)]
        assert list(executor.map(pow, range(5), range(5), buffersize=2)) == [1, 1, 4, 27, 256]


# ---- calls that are pickled when they are nearly due


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is no scalar is pickled late."""
    monkeypatch.setattr(scheduling, "AHEAD_BYTES", 0)


@pytest.fixture
def held(tmp_path: Path, late: None) -> Iterator[tuple[ProcessPoolExecutor, Path]]:
    """An executor whose one worker waits for a file, so that all else waits unpickled."""
    path = tmp_path / "go on"
    executor = ProcessPoolExecutor(1, FORK)
    executor.submit(wait_for_file, str(path))
    executor.submit(first, ["is pickled, since it is the next one"])
    yield executor, path
    path.touch()
    executor.shutdown()


def first(values: list[Any]) -> Any:
    return values[0]


class Loud:
    """Says in which thread it is pickled."""

    def __init__(self) -> None:
        self.threads: list[str] = []

    def __reduce__(self) -> Any:
        self.threads.append(threading.current_thread().name)
        return int, ()


class Refuses:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __reduce__(self) -> Any:
        raise self.error


def test_calls_that_wait_are_pickled_late_and_in_order(held: tuple[ProcessPoolExecutor, Path]) -> None:
    """In a thread of the pool; between them small ones, which are not pickled at all."""
    executor, path = held
    loud = Loud()
    changed = [1]
    order: list[int] = []
    futures = [executor.submit(first, [i, loud]) if i % 3 else executor.submit(square, i) for i in range(30)]
    last = executor.submit(first, changed)
    for number, future in enumerate(futures):
        future.add_done_callback(lambda _future, number=number: order.append(number))  # type: ignore[misc]
    told = threading.Event()
    last.add_done_callback(lambda _future: told.set())  # after the others; result() does not wait for callbacks
    changed[0] = 2
    assert loud.threads == []
    path.touch()
    assert [future.result(20) for future in futures] == [i if i % 3 else i * i for i in range(30)]
    assert last.result(20) == 2
    assert told.wait(20)
    assert order == list(range(30))
    assert set(loud.threads) == {executor._engine.name + "-pickling"}
    assert len(loud.threads) == 20


def test_what_cannot_be_pickled_late_is_the_error_of_its_call(held: tuple[ProcessPoolExecutor, Path]) -> None:
    """And of no other, whatever it raises."""
    executor, path = held
    futures = [executor.submit(first, [Refuses(error)]) for error in (ValueError("mine"), SystemExit(3))]
    futures += [executor.submit(first, [lambda: 0]), executor.submit(first, [5])]
    path.touch()
    assert futures[3].result(20) == 5
    with pytest.raises(ValueError, match="mine"):
        futures[0].result(20)
    with pytest.raises(TaskExited):
        futures[1].result(20)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        futures[2].result(20)


def test_a_call_that_is_cancelled_before_it_is_pickled_lets_its_objects_go(
    held: tuple[ProcessPoolExecutor, Path],
) -> None:
    """It never is, and holds up nobody."""
    executor, path = held
    loud = Loud()
    gone = weakref.ref(loud)
    futures = [executor.submit(first, [loud]) for _ in range(5)]
    last = executor.submit(first, [7])
    assert all(future.cancel() for future in futures)
    assert loud.threads == []
    del loud
    gc.collect()
    assert gone() is None
    path.touch()
    assert last.result(20) == 7
    assert all(future.cancelled() for future in futures)


@pytest.mark.parametrize("how", ["shutdown", "kill"])
def test_unpickled_calls_end_with_their_pool(held: tuple[ProcessPoolExecutor, Path], how: str) -> None:
    """They are cancelled, or fail; nobody is left waiting."""
    executor, path = held
    loud = Loud()
    futures = [executor.submit(first, [loud]) for _ in range(5)]
    if how == "shutdown":
        executor.shutdown(wait=False, cancel_futures=True)
    else:
        executor.kill_workers()
    path.touch()
    concurrent.futures.wait(futures, 20)
    for future in futures:
        if how == "shutdown":
            assert future.cancelled()
        else:
            assert future.cancelled() or isinstance(future.exception(0), PoolBroken)
    assert loud.threads == []


def test_shutdown_waits_for_unpickled_calls(held: tuple[ProcessPoolExecutor, Path]) -> None:
    """As for all others."""
    executor, path = held
    futures = [executor.submit(first, [i]) for i in range(20)]
    executor.shutdown(wait=False)
    path.touch()
    executor.shutdown()
    assert [future.result(0) for future in futures] == list(range(20))


def test_deaths_and_retries_among_unpickled_calls(late: None, tmp_path: Path) -> None:
    """What a dead worker had goes on as it would have otherwise."""
    with ProcessPoolExecutor(2, FORK) as executor:
        dying = executor.options(retries=1).submit(die_once, str(tmp_path / "x"))
        futures = [executor.submit(first, [i, b"x" * 5000]) for i in range(50)]
        killed = executor.submit(sys.exit, [1])
        dead = executor.submit(_exit_of, [3])
        assert dying.result(20) == "alive"
        assert [future.result(20) for future in futures] == list(range(50))
        with pytest.raises(TaskExited):
            killed.result(20)
        with pytest.raises(WorkerDied):
            dead.result(20)


def _exit_of(codes: list[int]) -> None:
    os._exit(codes[0])


AT_EXIT = """
import safepool, sys
from safepool.core import scheduling
scheduling.AHEAD_BYTES = 0

def say(words):
    import time
    time.sleep(0.01)
    print(words[0], flush=True)

executor = safepool.ProcessPoolExecutor(1)
for i in range(30):
    executor.submit(say, [i])
"""


def test_unpickled_calls_are_done_when_the_interpreter_ends() -> None:
    """Nobody waits for them but the hook."""
    done = subprocess.run([sys.executable, "-c", AT_EXIT], capture_output=True, text=True, timeout=50, check=True)
    assert done.stdout.split() == [str(i) for i in range(30)]
    assert done.stderr == ""
