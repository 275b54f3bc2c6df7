"""Both interfaces on one engine, with real workers: what the grid of faults does not ask."""

from __future__ import annotations

import concurrent.futures
import functools
import gc
import itertools
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import safepool
from safepool import Pool, PoolBroken, ProcessPoolExecutor, TaskExited, TaskTimeout, UnpickleFailed, WorkerDied
from safepool.protocol import slots
from safepool.worker import answers, loop

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]

FORK = multiprocessing.get_context("fork")


def square(x: int) -> int:
    return x * x


def wait_for_file(path: str) -> str:
    while not os.path.exists(path):
        time.sleep(0.001)
    return path


def run_then_wait(marker: str, path: str) -> int:
    """Say that it runs, then wait for a file."""
    Path(marker).touch()
    wait_for_file(path)
    return os.getpid()


def die_once(path: str) -> str:
    """Leave a mark; kill this worker unless there was one."""
    with open(path, "a") as file:
        file.write("x")
    if os.path.getsize(path) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def stop_here(path: str) -> None:
    Path(path).touch()
    os.kill(os.getpid(), signal.SIGSTOP)


def parity(x: int) -> object:
    """Results whose type changes from item to item."""
    return x if x % 2 else (None if x % 4 else str(x))


def kill_at(x: int) -> int:
    if x == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def test_every_method_of_pool(context: multiprocessing.context.BaseContext) -> None:
    """The same results as the builtin map, with each start method."""
    expected = [square(i) for i in range(30)]
    with Pool(2, context=context) as pool:
        assert pool.map(square, range(30)) == expected
        assert pool.map(square, range(30), chunksize=7) == expected
        assert pool.starmap(pow, [(i, 2) for i in range(30)]) == expected
        assert list(pool.imap(square, range(30), chunksize=4)) == expected
        assert sorted(pool.imap_unordered(square, range(30))) == expected
        assert pool.apply(divmod, (7, 2)) == (3, 1)
        assert pool.apply_async(int, ("11",), {"base": 2}).get() == 3
        assert pool.map_async(square, []).get() == []
    pool.join()


def test_every_method_of_the_executor(context: multiprocessing.context.BaseContext) -> None:
    """Futures, map with chunks and a buffer, wait and as_completed."""
    with ProcessPoolExecutor(2, context) as executor:
        futures = [executor.submit(square, i) for i in range(20)]
        assert concurrent.futures.wait(futures).not_done == set()
        assert {f.result() for f in concurrent.futures.as_completed(futures)} == {i * i for i in range(20)}
        assert list(executor.map(square, range(20), chunksize=3)) == [i * i for i in range(20)]
        assert list(executor.map(pow, range(5), range(5), buffersize=2)) == [1, 1, 4, 27, 256]


@pytest.mark.parametrize("chunksize", [1, 2, 100])
def test_results_of_changing_type_keep_their_order(chunksize: int) -> None:
    """Numbers, None and texts by turns: the array journals change over without losing any."""
    with Pool(2, context=FORK) as pool:
        assert pool.map(parity, range(200), chunksize) == [parity(i) for i in range(200)]
    pool.join()


def test_one_item_of_a_chunk_dies_alone() -> None:
    """The items before it are delivered, those after it run elsewhere, and the error names it."""
    with Pool(2, context=FORK) as pool:
        results = pool.map(kill_at, range(8), chunksize=8, return_exceptions=True)
        (error,) = (r for r in results if isinstance(r, Exception))
        assert isinstance(error, WorkerDied)
        assert (error.index, error.signal, error.stage, error.task) == (3, "SIGKILL", "running", "kill_at(3)")
        assert [r for r in results if r is not error] == [0, 1, 2, 4, 5, 6, 7]
        assert [d.pid for d in pool.deaths] == [error.pid]
    pool.join()


def test_retries_run_the_task_again(tmp_path: Path) -> None:
    """Once more after a death, and no more often than needed."""
    with Pool(1, context=FORK) as pool:
        assert pool.options(retries=2).apply(die_once, (str(tmp_path / "mark"),)) == "alive"
        assert (tmp_path / "mark").read_text() == "xx"
    pool.join()


def test_a_timeout_ends_a_stopped_task_and_is_not_retried(tmp_path: Path) -> None:
    """SIGSTOP is no exception; the pool's own kill is no death that retries are for."""
    with Pool(2, context=FORK) as pool:
        with pytest.raises(TaskTimeout) as caught:
            pool.options(timeout=0.2, retries=3).apply(stop_here, (str(tmp_path / "mark"),))
        assert caught.value.attempts == 1
        assert [death.cause for death in pool.deaths] == ["timeout"]
        assert pool.map(square, range(5)) == [0, 1, 4, 9, 16]
    pool.join()


def take_long_and_slow_the_clock() -> None:
    """Run for 0.6 s; from then on this worker needs 0.3 s for its look at the clock between two tasks."""

    class Clock:
        @staticmethod
        def monotonic_ns() -> int:
            time.sleep(0.3)
            return time.monotonic_ns()

    time.sleep(0.6)
    loop.time = Clock  # type: ignore[assignment]


def test_a_task_does_not_inherit_the_time_of_the_one_before_it() -> None:
    """A worker is held up just before it begins a task: the timeout counts from there, not from the beginning of the last one."""
    with Pool(1, context=FORK) as pool:
        pool.apply(take_long_and_slow_the_clock)
        assert pool.options(timeout=0.5).apply(square, (3,)) == 9
    pool.join()


def pass_the_gate(folder: str, x: int) -> int:
    """Item 0 waits for the gate. Item 1 says that it runs, and waits for ever; a second time it returns."""
    if x == 0:
        wait_for_file(folder + "/gate")
    elif not os.path.exists(folder + "/runs"):
        run_then_wait(folder + "/runs", folder + "/never")
    return x


@pytest.mark.parametrize("retries", [0, 1])
def test_a_kill_that_comes_too_late_is_not_said_to_be_the_next_tasks_timeout(tmp_path: Path, retries: int) -> None:
    """A task is over its timeout and ends before the SIGKILL arrives: what is hit was not too slow, and retries are for that."""
    with Pool(1, context=FORK) as pool:
        kill = pool._engine._kill

        def kill_late(worker: Any, why: Any, sig: int = signal.SIGKILL) -> None:
            (tmp_path / "gate").touch()
            wait_for_file(str(tmp_path / "runs"))
            kill(worker, why, sig)

        pool._engine._kill = kill_late  # type: ignore[method-assign]
        task = functools.partial(pass_the_gate, str(tmp_path))
        first, second = pool.options(timeout=0.2, retries=retries).map(task, range(2), 2, return_exceptions=True)
        assert first == 0
        if retries:
            assert second == 1
        else:
            assert type(second) is WorkerDied
            assert "for the task before this one, which was over its timeout" in str(second)
            assert (second.index, second.cause) == (1, "timeout")
    pool.join()


def test_tasks_behind_a_long_one_go_to_another_worker(tmp_path: Path) -> None:
    """A batch was sent on the belief that all tasks are tiny; one of them is not: the rest does not wait for it."""
    with Pool(2, context=FORK) as pool:
        pool.map(square, range(2000), chunksize=1)  # now tasks are believed to be tiny
        marker, gate = tmp_path / "runs", tmp_path / "gate"
        long = pool.apply_async(run_then_wait, (str(marker), str(gate)))
        short = [pool.apply_async(square, (i,)) for i in range(500)]
        assert [r.get(30) for r in short] == [i * i for i in range(500)]
        assert not long.ready()
        gate.touch()
        long.get(30)
    pool.join()


def gated(x: int) -> int:
    """Items below 0 wait for the gate that the environment names."""
    if x < 0:
        run_then_wait(os.environ["SAFEPOOL_TEST_MARKER"], os.environ["SAFEPOOL_TEST_GATE"])
    return x


def test_items_of_imap_that_travel_with_a_long_one_go_to_another_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """imap sends tiny items together; if one of them takes long after all, those behind it do not wait for it."""
    gate = tmp_path / "gate"
    monkeypatch.setenv("SAFEPOOL_TEST_MARKER", str(tmp_path / "runs"))
    monkeypatch.setenv("SAFEPOOL_TEST_GATE", str(gate))
    with Pool(2, context=FORK) as pool:
        for _ in pool.imap_unordered(gated, range(5000)):
            pass  # now items are believed to be tiny
        items = [*range(1000), -1, *range(1000, 2000)]
        results = pool.imap_unordered(gated, items)
        assert sorted(next(results) for _ in range(2000)) == list(range(2000))
        gate.touch()
        assert list(results) == [-1]
        assert list(pool.imap(gated, range(5000))) == list(range(5000))
    pool.join()


_kept: list[object] = []


class Buffer:
    """An object whose memory travels out of band, as that of a NumPy array does."""

    def __init__(self, data: bytearray) -> None:
        self.data = data

    def __reduce_ex__(self, protocol: object) -> object:
        return Buffer, (pickle.PickleBuffer(self.data),)


def keep(value: object) -> object:
    """Keep what came, so that a later message has every chance to overwrite it."""
    _kept.append(value)
    return value


def kept(i: int) -> bytes:
    value = _kept[i]
    return bytes(value.data if isinstance(value, Buffer) else value)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("size", [20_000, 1_000_000, slots.ARENA_SIZE - 2000, slots.ARENA_SIZE + 1])
def test_a_large_message_is_nobody_elses_memory(size: int) -> None:
    """Arguments and results stay what they are when others of their size follow through the same memory."""
    values: list[object] = [bytes([i]) * size if i % 2 else Buffer(bytearray([i]) * size) for i in range(6)]
    with Pool(1, context=FORK) as pool:
        back = [pool.apply(keep, (value,)) for value in values]
        assert [bytes(getattr(value, "data", value)) == bytes([i]) * size for i, value in enumerate(back)] == [True] * 6
        assert [pool.apply(kept, (i,)) == bytes([i]) * size for i in range(6)] == [True] * 6
    pool.join()


def test_large_messages_in_a_crowd_and_with_deaths(tmp_path: Path) -> None:
    """Many at once: some through the arenas, some through the pipes, while workers are killed."""
    values = [bytes([i]) * (40_000 + 70_000 * (i % 7)) for i in range(100)]
    with Pool(2, context=FORK, retries=3) as pool:
        results = [pool.apply_async(echo_or_die, (value, str(tmp_path / str(i)))) for i, value in enumerate(values)]
        assert [r.get(60) == value for r, value in zip(results, values, strict=True)] == [True] * 100
    pool.join()


def echo_or_die(value: bytes, path: str) -> bytes:
    """Every tenth call kills its worker, the first time."""
    if path.endswith("7"):
        die_once(path)
    return value


def test_a_stopped_idle_worker_holds_nothing_up() -> None:
    """Tasks that it was given and has not begun are taken back."""
    with Pool(2, context=FORK) as pool:
        pool.map(square, range(10))
        os.kill(pool.workers[0].pid, signal.SIGSTOP)
        assert pool.map(square, range(100), chunksize=1) == [i * i for i in range(100)]
    pool.join()


def test_a_callback_that_blocks_does_not_delay_the_news_of_a_death() -> None:
    """Callbacks have a thread of their own."""
    gate = threading.Event()
    with Pool(2, context=FORK) as pool:
        blocked = pool.apply_async(square, (2,), callback=lambda value: gate.wait(30))
        with pytest.raises(WorkerDied):
            pool.apply(kill_at, (3,))
        gate.set()
        assert blocked.get(30) == 4
    pool.join()


def test_an_iterator_that_blocks_does_not_hold_back_what_it_gave() -> None:
    """The first item's result comes while the iterable still thinks about the second."""
    gate = threading.Event()

    def items() -> object:
        yield 3
        gate.wait(30)
        yield 4

    with Pool(1, context=FORK) as pool:
        results = pool.imap(square, items())  # type: ignore[arg-type]
        assert next(results) == 9
        gate.set()
        assert list(results) == [16]
    pool.join()


def test_an_imap_that_nobody_reads_is_done_when_the_pool_is_closed(tmp_path: Path) -> None:
    """close() and join() run what was asked for, whether its results are taken or not."""
    with Pool(2, context=FORK) as pool:
        pool.imap(touch, [str(tmp_path / str(i)) for i in range(50)])
        pool.close()
        pool.join()
    assert len(list(tmp_path.iterdir())) == 50


def touch(path: str) -> None:
    Path(path).touch()


def test_a_forgotten_pool_ends_itself() -> None:
    """Without close() the workers go when the last reference does."""
    pool = Pool(2, context=FORK)
    engine = pool._engine
    gone = weakref.ref(pool)
    with pytest.warns(ResourceWarning, match="unclosed"):
        del pool
    assert gone() is None
    assert engine.join(30)


def test_get_ends_when_another_thread_terminates(tmp_path: Path) -> None:
    """The waiting thread gets PoolBroken."""
    pool = Pool(1, context=FORK)
    marker = tmp_path / "runs"
    result = pool.apply_async(run_then_wait, (str(marker), str(tmp_path / "never")))
    caught: list[BaseException] = []

    def wait() -> None:
        try:
            result.get(30)
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    wait_for_file(str(marker))
    pool.terminate()
    thread.join(30)
    pool.join()
    assert [type(error) for error in caught] == [PoolBroken]


def test_a_fork_of_the_parent_cannot_use_the_pool() -> None:
    """It is told so, instead of waiting for answers that the parent gets."""
    with Pool(1, context=FORK) as pool:
        result = pool.apply_async(square, (3,))
        pid = os.fork()
        if pid == 0:
            try:
                pool.apply_async(square, (1,))
            except RuntimeError as error:
                os._exit(7 if "fork" in str(error) else 1)
            os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
        assert result.get(30) == 9
    pool.join()


def test_workers_are_shown_with_their_task(tmp_path: Path) -> None:
    """pid, state, the task in hand and memory."""
    with Pool(1, context=FORK) as pool:
        marker, gate = tmp_path / "runs", tmp_path / "gate"
        result = pool.apply_async(run_then_wait, (str(marker), str(gate)))
        wait_for_file(str(marker))
        (worker,) = pool.workers
        assert worker.state == "busy"
        assert worker.task is not None
        assert worker.task.startswith("run_then_wait(")
        assert worker.memory is None or worker.memory > 0
        gate.touch()
        assert result.get(30) == worker.pid
    pool.join()


def test_on_death_is_called_with_the_death() -> None:
    """Once for each, in a thread that may take its time."""
    seen: list[WorkerDied] = []
    called = threading.Event()

    def note(death: WorkerDied) -> None:
        seen.append(death)
        called.set()

    with ProcessPoolExecutor(1, FORK, on_death=note) as executor:
        error = executor.submit(kill_at, 3).exception(30)
        assert called.wait(30)
    assert isinstance(error, WorkerDied)
    assert [death.pid for death in seen] == [error.pid]


def test_an_initializer_that_raises_breaks_the_pool_with_its_traceback(
    context: multiprocessing.context.BaseContext,
) -> None:
    """At the first failure, not after a storm of respawns."""
    pool = Pool(2, int, ("no number",), context=context)
    with pytest.raises(PoolBroken, match="no number") as caught:
        pool.apply(square, (1,))
    assert "ValueError" in str(caught.value.__cause__)
    pool.close()
    pool.join()


def test_public_names_are_there() -> None:
    """Everything in __all__ can be had; nothing else by accident."""
    for name in safepool.__all__:
        assert getattr(safepool, name) is not None
    with pytest.raises(AttributeError):
        safepool.nothing_of_that_name  # noqa: B018
    assert set(safepool.__all__) <= set(dir(safepool))


def exit_at_three(x: int) -> int:
    if x == 3:
        sys.exit(x)
    return x


def test_errors_name_the_item_of_the_whole_call() -> None:
    """The executor's map counts over all its chunks; an iterable that ends the program is called by its name."""

    def inputs() -> Iterator[int]:
        yield 1
        sys.exit(9)

    with ProcessPoolExecutor(2, mp_context=FORK) as executor:
        for chunksize in (1, 2):
            with pytest.raises(TaskExited, match=r"^task 2, exit_at_three\(3\) called sys\.exit\(3\)"):
                list(executor.map(exit_at_three, [1, 2, 3, 4], chunksize=chunksize))
    with Pool(2, context=FORK) as pool:
        results = pool.imap(exit_at_three, inputs())
        assert next(results) == 1
        with pytest.raises(
            TaskExited, match=r"the iterable of the inputs raised SystemExit\(9\) in the place of item 1"
        ):
            next(results)
    pool.join()


def test_interrupts_while_tasks_are_handed_over_lose_none() -> None:
    """Ctrl-C at any moment of apply_async and get: what was handed over settles, and pools end."""
    program = Path(__file__).with_name("interrupted_program.py")
    done = subprocess.run([sys.executable, str(program), "1", "1"], capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr


def exit_at_five(x: int) -> int:
    if x % 50 == 5:
        sys.exit(x)
    return x


def test_errors_that_nobody_asked_for_yet_keep_their_items() -> None:
    """Results of imap that are taken long after all are there: each error names its item."""
    with Pool(2, context=FORK) as pool:
        results = pool.imap(exit_at_five, range(1000))
        pool.close()
        pool.join()
        for x in range(1000):
            if x % 50 == 5:
                with pytest.raises(TaskExited, match=rf"^task {x}, exit_at_five"):
                    next(results)
            else:
                assert next(results) == x


def test_several_threads_wait_for_one_result() -> None:
    """Each gets it, however short the task is."""
    with Pool(2, context=FORK) as pool, ProcessPoolExecutor(2, mp_context=FORK) as executor:
        pool.map(square, range(100), chunksize=1)
        for i in range(300):
            calls = [pool.apply_async(square, (i,)).get, executor.submit(square, i).result]
            with concurrent.futures.ThreadPoolExecutor(6) as threads:
                for answer in [threads.submit(call) for call in calls for _ in range(3)]:
                    assert answer.result() == i * i
    pool.join()


def exit_or_wait(place: tuple[int, str]) -> int:
    number, marker = place
    if number == 0:
        wait_for_file(marker)
        os._exit(1)
    return number


def test_an_iterable_that_fails_harms_no_item_before_it(tmp_path: Path) -> None:
    """The iterable's error is its own: an item that has to be sent again, since its neighbour died, is sent again."""
    marker = str(tmp_path / "the iterable has failed")

    def inputs() -> Iterator[tuple[int, str]]:
        yield (0, marker)
        yield (1, marker)
        raise LookupError("no more")

    with Pool(1, context=FORK) as pool:
        results = pool.imap(exit_or_wait, inputs(), chunksize=2)
        while results._length is None:
            time.sleep(0.001)
        Path(marker).touch()
        with pytest.raises(WorkerDied, match=r"task 0, "):
            next(results)
        assert next(results) == 1
        with pytest.raises(LookupError, match="no more"):
            next(results)
    pool.join()


def test_a_pool_forgets_what_was_large() -> None:
    """A worker's arena keeps no task, no argument and no result alive."""
    with ProcessPoolExecutor(1, mp_context=FORK) as executor:
        future = executor.submit(keep, b"x" * 300_000)
        assert len(future.result()) == 300_000  # type: ignore[arg-type]
        gone = weakref.ref(future)
        del future
        executor.submit(square, 2).result()
        gc.collect()
        assert gone() is None


def pipes(pid: int) -> set[str]:
    """The pipes that a process has open."""
    found = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            found.add(os.readlink(f"/proc/{pid}/fd/{fd}"))
        except OSError:
            pass  # closed meanwhile
    return {name for name in found if name.startswith("pipe:")}


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_pools_made_at_once_share_no_pipe() -> None:
    """A worker that had another pool's pipes would keep that pool's workers from seeing their parent's end."""
    before = pipes(os.getpid())
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        pools = [made.result() for made in [threads.submit(Pool, 2, context=FORK) for _ in range(4)]]
    try:
        theirs = []
        for pool in pools:
            pool.map(square, range(100), chunksize=1)
            while any(worker.pid is None or worker.state == "starting" for worker in pool.workers):
                time.sleep(0.001)
            theirs.append(set().union(*(pipes(worker.pid) for worker in pool.workers)) - before)
        for one, other in itertools.combinations(theirs, 2):
            assert not one & other
    finally:
        for pool in pools:
            pool.terminate()
            pool.join()


_slow_to_go_on = False


def append_number(place: tuple[str, int, bool]) -> int:
    """Note that it ran; ``long``: take 0.1 s, and let this worker rest after its next answer."""
    global _slow_to_go_on
    path, number, long = place
    with open(path, "a") as file:
        file.write(f"{number} ")
    if long:
        _slow_to_go_on = True
        time.sleep(0.1)
    return number


def test_what_was_taken_back_twice_runs_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that gets no processor time after an answer is taken back what it holds, and then what it got since."""
    send = answers.Channel.send

    def send_and_rest(channel: answers.Channel, *message: object) -> None:
        global _slow_to_go_on
        send(channel, *message)  # type: ignore[arg-type]
        if _slow_to_go_on:
            _slow_to_go_on = False
            time.sleep(0.6)

    monkeypatch.setattr(answers.Channel, "send", send_and_rest)
    path = str(tmp_path / "ran")
    with Pool(2, context=FORK) as pool:
        pool.map(square, range(2000), chunksize=1)  # now tasks are believed to be tiny
        pool.map(append_number, [(path, number, number == 1) for number in range(40)], chunksize=1)
        pool.map(append_number, [(path, number, False) for number in range(40, 61)], chunksize=1)
        pool.close()  # and so each worker comes to its end by itself, and by what it had been sent
        pool.join()
    assert sorted(map(int, Path(path).read_text().split())) == list(range(61))


def test_a_function_that_the_workers_do_not_have_fails_every_item(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was made after the pool: each item that travels with others fails by itself, and nobody waits for one."""

    def late(x: int) -> int:
        return x

    late.__qualname__ = "late"
    with Pool(2, context=FORK) as pool:
        list(pool.imap(square, range(5000)))  # now items are believed to be tiny, and travel together
        monkeypatch.setattr(sys.modules[__name__], "late", late, raising=False)
        results = pool.imap(late, range(500))
        for _ in range(500):
            with pytest.raises(UnpickleFailed, match="late"):
                results.next(30)
        with pytest.raises(StopIteration):
            next(results)
    pool.join()
