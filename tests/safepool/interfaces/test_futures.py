"""``TaskFuture``, alone: many threads settle, cancel and wait, handlers tear some of them away, and everybody gets one answer."""

from __future__ import annotations

import asyncio
import concurrent.futures
import copy
import gc
import pickle
import random
import threading
import time
import weakref
from concurrent.futures import CancelledError
from typing import Any

import pytest

from safepool import TaskExited, UnpickleFailed, WorkerDied
from safepool.core.states import Task
from safepool.interfaces import futures, watched
from safepool.interfaces.futures import TaskFuture
from safepool.interfaces.results import AsyncResult
from safepool.protocol.words import RAISED
from tests.safepool.engine.interruptions import interruptions

from .fakes import FakeEngine, FakePool, QuietEngine, Torn, answer, elsewhere, new, pickled, together

pytestmark = [pytest.mark.timeout(120)]


class Slow:
    """Unpickled slowly, and as often as it says."""

    times = 0
    gate: Any = None

    def __init__(self, seconds: float = 0) -> None:
        self.seconds = seconds

    def __setstate__(self, state: dict[str, Any]) -> None:
        Slow.times += 1
        if Slow.gate is not None:
            Slow.gate.wait(60)
        time.sleep(state["seconds"])
        self.__dict__.update(state, whole=True)


class Frozen(Exception):
    """Nothing can be set on it."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(name)


class Unnamed(Exception):
    """Can be pickled, and not unpickled."""

    def __reduce__(self) -> Any:
        return (int, ("no number",))


# ---- alone


def test_the_first_outcome_stays(engine: FakeEngine) -> None:
    """A value, an error, a cancellation: whatever comes first; and what was cancelled is not given to a worker."""
    future = new(engine)
    future.settle_item(0, 1)
    future.settle_item(0, WorkerDied("late"))
    future.settle_cancelled(0, 1)
    assert future.result() == 1
    assert not future.cancel()
    future = new(engine)
    task = future._task
    assert future.cancel()
    assert future.cancel()
    assert task.taken_back
    future.settle_item(0, 1)
    assert future.cancelled()
    with pytest.raises(CancelledError):
        future.result()
    future = new(engine)
    future.settle_item(0, WorkerDied("first"))
    future.settle_item(0, 1)
    with pytest.raises(WorkerDied, match="first"):
        future.result()


def test_what_a_future_says(engine: FakeEngine) -> None:
    """Its states, its text, as those of the base class; and it is not pickled or copied."""
    future = new(engine)
    assert "state=pending" in repr(future)
    assert not future.done()
    assert future._get_snapshot() == (False, False, None, None)
    with pytest.raises(concurrent.futures.TimeoutError):
        future.result(0.01)
    future._task.state = "assigned"
    future._task.claim["worker"] = "scheduler"
    assert future.running()
    assert "state=running" in repr(future)
    future.settle_item(0, pickled([1]))
    assert future.done()
    assert not future.running()
    assert future._state == "FINISHED"
    assert future._get_snapshot() == (True, False, [1], None)
    assert "returned list" in repr(future)
    for refused in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError, match="cannot pickle"):
            refused(future)


def test_an_executor_may_set_it(engine: FakeEngine) -> None:
    """The methods that the base class has for executors."""
    future = new(engine)
    assert future.set_running_or_notify_cancel()
    assert not future.cancel()
    future.set_result(3)
    assert future.result() == 3
    with pytest.raises(concurrent.futures.InvalidStateError):
        future.set_exception(ValueError())
    future = new(engine)
    future.cancel()
    assert not future.set_running_or_notify_cancel()


def test_arguments_are_let_go_when_it_is_done(engine: FakeEngine) -> None:
    """Asked for or not; and an error that is found later still names the call."""

    class Big:
        pass

    for entry in (1, pickled([1]), pickled(Slow()), (RAISED, pickle.dumps(Unnamed()), "text")):
        big = Big()
        gone = weakref.ref(big)
        future = new(engine, big)
        del big
        future.settle_item(0, entry)
        assert gone() is None
    with pytest.raises(UnpickleFailed, match=r"function\(<.*Big object>\)"):
        future.result()
    future = new(engine, 7, "seven")
    future.settle_item(0, (RAISED, pickle.dumps(Unnamed()), "text"))
    with pytest.raises(UnpickleFailed, match=r"function\(7, 'seven'\)"):
        future.result()


@pytest.mark.parametrize("error", [Frozen("a"), Unnamed(), SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_an_error_of_any_kind_reaches_everybody(engine: FakeEngine, error: BaseException) -> None:
    """Done-callbacks and asyncio included, whatever decoding it raises; never as what would end the parent."""
    called = threading.Event()
    future = new(engine, 1)
    future.add_done_callback(lambda _future: called.set())

    async def wait() -> Any:
        wrapped = asyncio.wrap_future(future)
        threading.Timer(0.01, future.settle_item, (0, (RAISED, pickle.dumps(error), "text"))).start()
        return await asyncio.wait_for(wrapped, 20)

    with pytest.raises(Exception) as raised:
        asyncio.run(wait())
    assert not isinstance(raised.value, (asyncio.TimeoutError, TimeoutError))
    assert called.wait(20)
    assert isinstance(future.exception(), Exception)
    if isinstance(error, Frozen):
        assert type(future.exception()) is Frozen
        assert "text" in str(future.exception().__cause__)  # type: ignore[union-attr]
    if isinstance(error, SystemExit):
        assert isinstance(future.exception(), TaskExited)


def test_an_error_while_it_is_pickled_anew_ends_nobody(engine: FakeEngine) -> None:
    """An argument that calls sys.exit() when it is pickled again, for a retry, is an error of this task."""

    class Leaves:
        def __reduce__(self) -> Any:
            raise SystemExit(4)

    engine.pickled = lambda _fn: None  # type: ignore[attr-defined]
    future = new(engine, Leaves())
    with pytest.raises(TaskExited):
        future.refill_part(Task(future, 0, 1, None))
    future = new(engine)
    future.settle_item(0, SystemExit(5))
    with pytest.raises(TaskExited):
        future.result()


def test_a_call_that_is_pickled_late_and_was_cancelled_meanwhile_is_let_go(engine: FakeEngine) -> None:
    """The future does not get its task back. A retry is a task of its own, which it has to know to cancel it."""
    engine.pickled = lambda _fn: b"f"  # type: ignore[attr-defined]
    future = new(engine)
    late = Task(future, 0, 1, None)
    late.deferred = True
    future._task = late
    future.refill_part(late)
    assert late.payload is not None
    assert future._task is late
    again = Task(future, 0, 1, None)
    future.refill_part(again)
    assert future._task is again
    assert future.cancel()
    with pytest.raises(concurrent.futures.CancelledError):
        future.refill_part(late)
    assert future._task is None


def test_callbacks_are_called_once_and_in_order(engine: FakeEngine) -> None:
    """In the callbacks' thread if it is settled; in this one if it is done already, or cancelled by this one."""
    future = new(engine)
    called: list[Any] = []
    for number in range(5):
        future.add_done_callback(lambda _f, number=number: called.append((number, threading.current_thread())))  # type: ignore[misc]
    future.settle_item(0, 1)
    future.settle_item(0, 1)
    deadline = time.monotonic() + 20
    while len(called) < 5 and time.monotonic() < deadline:
        time.sleep(0.001)
    future.add_done_callback(lambda _f: called.append((5, threading.current_thread())))
    assert [number for number, _ in called] == list(range(6))
    assert threading.current_thread() not in [thread for _, thread in called[:5]]
    assert called[5][1] is threading.current_thread()
    for late in (False, True):
        future = new(engine)
        called.clear()
        future.add_done_callback(lambda _f: called.append(threading.current_thread()))
        future.cancel()
        if late:
            future.settle_cancelled(0, 1)
        assert called == [threading.current_thread()]


def test_a_callback_that_raises_stops_no_other(engine: FakeEngine) -> None:
    """Wherever it is called."""
    future, called = new(engine), []

    def raises(_future: Any) -> None:
        raise ValueError

    future.add_done_callback(raises)
    future.add_done_callback(called.append)
    future.cancel()
    future.add_done_callback(raises)
    assert called == [future]


# ---- several threads


def outcomes_of(entries: list[Any]) -> set[str]:
    """How the results may look."""
    return {str(entry) if type(entry) is not tuple else str(pickle.loads(entry[1])) for entry in entries}


def test_everybody_gets_the_same_answer(engine: FakeEngine, switching: None) -> None:
    """One settles, one cancels, one breaks the pool, others wait in every way: the answers agree, whoever is first."""
    for i in range(300):
        future = new(engine)
        entry = pickled([i]) if i % 2 else i
        answers: list[Any] = []
        cancelled: list[bool] = []
        called: list[Any] = []
        together(
            lambda f=future, e=entry: f.settle_item(0, e),
            lambda f=future: f.settle_item(0, WorkerDied("broken")),
            lambda f=future, c=cancelled: c.append(f.cancel()),
            lambda f=future, a=answers: a.append(answer(f)),
            lambda f=future, a=answers: (concurrent.futures.wait([f], 20), a.append(answer(f))),
            lambda f=future, c=called: f.add_done_callback(c.append),
        )
        assert len(set(answers)) == 1, answers
        assert answers[0] in {str(i), str([i]), "broken", "cancelled"}
        assert cancelled == [answers[0] == "cancelled"]
        done = threading.Event()
        engine.call_back(done.set)
        assert done.wait(20)
        assert called == [future]


def test_cancel_and_the_scheduler_agree(engine: FakeEngine, switching: None) -> None:
    """Either a worker has the task or it is cancelled."""
    for _ in range(500):
        future = new(engine)
        task = future._task
        given: list[bool] = []
        cancelled: list[bool] = []
        together(
            lambda t=task, g=given: g.append(t.claim.setdefault(0, "scheduler") == "scheduler"),
            lambda f=future, c=cancelled: c.append(f.cancel()),
        )
        assert given != cancelled


def test_it_is_unpickled_once_and_for_everybody(engine: FakeEngine, switching: None) -> None:
    """By one thread; others wait for it, as long as that takes."""
    Slow.gate, Slow.times = threading.Event(), 0
    try:
        future = new(engine)
        future.settle_item(0, pickled(Slow()))
        got: list[Any] = []
        threads = [threading.Thread(target=lambda: got.append(future.result())) for _ in range(4)]
        for thread in threads:
            thread.start()
        threads[0].join(1.5)
        assert got == []
        Slow.gate.set()
        for thread in threads:
            thread.join(20)
        assert len(got) == 4
        assert len(set(map(id, got))) == 1
        assert Slow.times == 1
    finally:
        Slow.gate = None


# ---- a handler tears the main thread away


def test_a_result_outlives_a_handler_that_raises(engine: FakeEngine, alarm: Any) -> None:
    """At any moment of result(): the next call gets the value, and not an error, None, or a wait."""
    torn = 0
    for i in range(1500):
        future = new(engine)
        future.settle_item(0, pickled(Slow(0.001 if i % 100 == 0 else 0)))
        try:
            try:
                alarm(1e-6 + random.random() * 6e-5)
                value = future.result()
            finally:
                alarm(0)
        except Torn:
            torn += 1
        began = time.monotonic()
        value = future.result(20)
        assert value.whole
        assert time.monotonic() - began < 0.9
    assert torn > 50


def test_who_cancels_may_be_torn_away(engine: FakeEngine, alarm: Any) -> None:
    """At any moment of cancel(): the task is then a worker's or it is cancelled, and whoever waits hears of that."""
    torn = 0
    for _ in range(600):
        future = new(engine)
        task = future._task
        try:
            try:
                alarm(1e-6 + random.random() * 2e-5)
                future.cancel()
            finally:
                alarm(0)
        except Torn:
            torn += 1
        if task.claim.setdefault(0, "scheduler") == "scheduler":
            future.settle_item(0, 1)
            assert answer(future) == "1"
        else:
            answers: list[str] = []
            thread = threading.Thread(target=lambda f=future, a=answers: a.append(answer(f)))  # type: ignore[misc]
            thread.start()
            thread.join(20)
            assert answers == ["cancelled"]
    assert torn > 20


@pytest.mark.parametrize("way", ["cancel", "set_result", "set_exception"])
@pytest.mark.parametrize("tells", ["at once", "later"])
def test_callbacks_are_called_once_wherever_the_main_thread_is_torn_away(way: str, tells: str) -> None:
    """By itself, or by the engine's thread if it does not come to that; and nobody has to cancel once more."""
    wrong = []
    for interruption in interruptions((futures, watched)):
        engine = QuietEngine()

        def cancel(task: Task) -> bool:
            taken = task.take_back()
            if tells == "at once":
                elsewhere(task.owner.settle_cancelled, 0, 1)
            return taken

        engine.cancel = cancel  # type: ignore[method-assign]
        future = new(engine)
        task, called = future._task, [[], []]  # type: ignore[var-annotated]
        for one in called:
            future.add_done_callback(one.append)
        interruption.call(getattr(future, way), *{"set_result": [1], "set_exception": [ValueError()]}.get(way, []))
        if task.taken_back and tells == "later":
            elsewhere(future.settle_cancelled, 0, 1)
        engine.run()
        if [len(one) for one in called] != [int(future.done())] * 2:
            wrong.append((interruption.where, called))
    assert wrong == []


def test_a_callback_that_is_no_function_is_as_in_the_base_class(engine: FakeEngine) -> None:
    """That is logged when it is called, and stops no other."""
    future, called = new(engine), []
    future.add_done_callback(3)  # type: ignore[arg-type]
    future.add_done_callback(called.append)
    future.cancel()
    future.add_done_callback(None)  # type: ignore[arg-type]
    assert called == [future]


def test_a_handler_may_use_the_future_that_it_interrupts(engine: FakeEngine) -> None:
    """result(), cancel(), done() and callbacks from a handler, while the main thread is in any of them."""
    import signal

    futures: list[TaskFuture[Any]] = []
    seen: list[Any] = []

    def handler(_number: int, _frame: Any) -> None:
        for future in futures:
            future.add_done_callback(seen.append)
            if future.done():
                seen.append(answer(future, 5))
            else:
                future.cancel()

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        end = time.monotonic() + 2
        while time.monotonic() < end:
            future = new(engine)
            futures[:] = [future]
            if random.random() < 0.5:
                future.settle_item(0, pickled([1]))
            else:
                future.cancel()
            assert answer(future, 5) in ("[1]", "cancelled")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert "HANGS" not in seen


@pytest.mark.parametrize(
    "make",
    [
        lambda engine: TaskFuture(engine, (len, ())),
        lambda engine: AsyncResult(FakePool(engine), (len, ()), None, None),
    ],
    ids=["future", "result"],
)
def test_a_shared_object_has_one_dictionary(make: Any, engine: FakeEngine) -> None:
    """Though the first to ask for it allocates it, which may begin a collection, in which another one asks: CPython 3.11 then
    made two with the same values, which were freed twice."""
    thresholds, kept, seen = gc.get_threshold(), [], []

    def ask(_phase: str, _info: Any) -> None:
        if shared is not None and not seen:
            seen.append(shared.__dict__)

    shared: Any = None
    gc.disable()
    gc.callbacks.append(ask)
    try:
        for _ in range(20):
            seen.clear()
            shared = make(engine)
            kept.append(
                [{} for _ in range(150)]
            )  # or a dictionary that was thrown away would do, without an allocation
            gc.set_threshold(1)
            gc.enable()
            found = shared.__dict__
            gc.disable()
            assert all(one is found for one in seen)
            assert len(found) == len(list(found))
            shared = None
    finally:
        gc.callbacks.remove(ask)
        gc.set_threshold(*thresholds)
        gc.enable()
