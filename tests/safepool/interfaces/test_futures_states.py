"""``TaskFuture`` as a state machine: whoever settles, cancels, asks and is torn away, in whatever order, gets one answer."""

from __future__ import annotations

import concurrent.futures
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, InvalidStateError, _base
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from safepool import PoolBroken
from safepool.core.states import Task
from safepool.interfaces import decode, futures, waiting, watched, watchers
from safepool.interfaces.futures import TaskFuture
from safepool.interfaces.watched import Watched
from safepool.protocol import bell
from safepool.protocol.words import RAISED
from tests.safepool.engine.interruptions import Interruption, codes_of

from .fakes import QuietAside, QuietEngine, elsewhere, pickled

TORN_IN = (futures, waiting, bell, watched, watchers, decode, _base)
CODES = codes_of(TaskFuture, Watched)


def function(*_args: Any) -> None:
    """Called nowhere."""


class Value(str):
    """Unpickled by code that can be torn away."""

    def __setstate__(self, state: Any) -> None:
        self.whole = True

    def __reduce__(self) -> Any:
        return Value, (str(self),), {"whole": True}


class Waiter:
    """As ``wait`` and ``as_completed`` put into a future; notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def add_result(self, _future: Any) -> None:
        self.told.append("value")

    def add_exception(self, _future: Any) -> None:
        self.told.append("error")

    def add_cancelled(self, _future: Any) -> None:
        self.told.append("cancelled")


class Case:
    """A future, and what is known of it. An outcome is known by a text: "value 3", "error 5", "cancelled"."""

    def __init__(self, engine: QuietEngine) -> None:
        self.future: TaskFuture[Any] = TaskFuture(engine, (function, (), {}))
        self.task = self.future._task = Task(self.future, 0, 1, "payload")
        self.entries: dict[int, tuple[Any, str]] = {}  # by id, so that an entry is known before it is decoded
        self.outcome: str | None = None
        self.cancelled = False  # cancel() has said so
        self.to_be_told = False  # it was taken back, and the engine has not told the future so
        self.owed: list[Callable[[], Any]] = []  # was torn away: whoever does it does it again
        self.callbacks: list[tuple[list[str | None], int, int]] = []  # what each saw; how often at least, and at most
        self.waiters: list[Waiter] = []
        self.threads: list[tuple[threading.Thread, list[str]]] = []

    def entry(self, kind: str, number: int) -> Any:
        text = f"{'value' if 'value' in kind else 'error'} {number}"
        made: Any = {
            "value": text,
            "pickled value": pickled(Value(text)),
            "error": PoolBroken(text),
            "pickled error": (RAISED, pickle.dumps(ValueError(text)), "text"),
        }[kind]
        self.entries[id(made)] = (made, text)
        return made

    def said(self) -> str | None:
        """The outcome, looked at without touching anything."""
        outcome = self.future.__dict__.get("_outcome")
        if outcome is None:
            return None
        if outcome[0] is futures.CANCELLED:
            return "cancelled"
        return self.entries[id(outcome[2])][1] if outcome[1] is None else str(outcome[2])

    def answer(self, how: str, timeout: float | None = 0) -> str | None:
        """The outcome as users are told of it; None: there is none. What cannot be told that way is "done"."""
        future = self.future
        try:
            if how == "result":
                return str(future.result(timeout))
            if how == "exception":
                error = future.exception(timeout)
                return "done" if error is None else str(error)
            if how == "snapshot":
                done, cancelled, value, error = future._get_snapshot()
                return "cancelled" if cancelled else str(value if error is None else error) if done else None
        except CancelledError:
            return "cancelled"
        except concurrent.futures.TimeoutError:
            return None
        except (PoolBroken, ValueError) as error:
            return str(error)
        if how == "cancelled":
            return "cancelled" if future.cancelled() else None
        if how == "running":
            future.running()
            return None
        if how == "repr":
            return None if "state=pending" in repr(future) or "state=running" in repr(future) else "done"
        return "done" if future.done() else None

    def check(self, how: str, answer: str | None) -> None:
        """An answer agrees with all others, before and after."""
        before, now = self.outcome, self.said()
        self.outcome = now
        assert before in (None, now), (before, now)
        if answer == "done":
            assert now is not None
        elif answer is not None:
            assert answer == now, how
        elif how in ("result", "exception", "snapshot", "done", "repr"):
            assert now is None, how
            assert not self.task.taken_back  # or whoever asks finds out
        elif how == "cancelled":
            assert now != "cancelled"


KINDS = st.sampled_from(["value", "pickled value", "error", "pickled error"])
#: In which thread: 0 is another one, else it is the main thread, and a handler raises at that bytecode, if there are so many: of
#: all that run, or of one function, since a gap is but one or two of them.
WHERE: Any = st.one_of(st.just(0), st.integers(1, 300), st.tuples(st.sampled_from(sorted(CODES)), st.integers(1, 40)))
WHICH = st.integers(0, 1)


class FutureMachine(RuleBasedStateMachine):
    """Two futures, and all who have to do with them."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(watched, "aside", QuietAside())
        self.patch.setattr(bell, "LOOK_AGAIN", 0.05)
        self.patch.setattr(watchers, "WAITER_BOUND", 0)
        self.patch.setattr(futures.logger, "disabled", True)
        self.engine = QuietEngine()
        self.engine.cancel = self.cancel_task  # type: ignore[method-assign]
        self.cases = [Case(self.engine), Case(self.engine)]
        self.tells = 0
        self.number = 0

    # ---- helpers

    def case(self, which: int, fresh: bool) -> Case:
        """One of the two. ``fresh``: a new one, with somebody to be told, if it was done: most happens before that."""
        if fresh and self.cases[which].said() is not None:
            self.finish(which)
            self.cases[which] = Case(self.engine)
            self.add_callback(which, 0, False, False)
            self.watch(which)
        return self.cases[which]

    def do(self, where: Any, function: Callable[..., Any], *arguments: Any) -> tuple[bool, Any]:
        """(did it come to its end?, what it returned)"""
        # A condition that the main thread was torn away from is done without at once. Else nobody has it for long.
        self.patch.setattr(watched, "CONDITION_BOUND", 0 if self.left_locked() else 20)
        if not where:
            return True, elsewhere(function, *arguments)
        answers: list[Any] = []
        if isinstance(where, tuple):
            at = Interruption(where[1], (), (CODES[where[0]],))
        else:
            at = Interruption(where, TORN_IN, (Value.__setstate__.__code__,))
        if at.call(lambda: answers.append(function(*arguments))):
            return False, None
        return True, answers[0]

    def left_locked(self) -> bool:
        """Has the main thread left the condition of one of them locked?"""
        made = [
            case.future.__dict__.get(name) for case in self.cases for name in ("_made_condition", "_late_condition")
        ]
        return any(isinstance(one, watchers.Condition) and one._is_owned() for one in made)  # type: ignore[attr-defined]

    def cancel_task(self, task: Task) -> bool:
        """The engine's part of cancel(): it may tell the future at once, in this thread or its own, or later."""
        if not task.take_back():
            return False
        if self.tells:
            self.tell_cancelled(next(case for case in self.cases if case.task is task), self.tells == 1)
        return True

    def tell_cancelled(self, case: Case, here: bool) -> None:
        case.to_be_told = True
        if here:
            case.future.settle_cancelled(0, 1)
        else:
            elsewhere(case.future.settle_cancelled, 0, 1)
        case.to_be_told = False

    # ---- events

    @rule(which=WHICH, kind=KINDS, where=WHERE, fresh=st.booleans())
    def settle(self, which: int, kind: str, where: Any, fresh: bool) -> None:
        """The engine has an answer; torn away while it tells, it does so again, later."""
        case = self.case(which, fresh)
        self.number += 1
        entry = case.entry(kind, self.number)
        case.task.claim.setdefault(0, "scheduler")
        if not self.do(where, case.future.settle_item, 0, entry)[0]:
            case.owed.append(lambda: case.future.settle_item(0, entry))

    @rule(which=WHICH, where=WHERE, fresh=st.booleans())
    def call_off(self, which: int, where: Any, fresh: bool) -> None:
        """The pool is shut down, and cancels what has not begun; or it comes to a task that its owner has taken back."""
        case = self.case(which, fresh)
        if not case.task.take_back():
            return
        if self.do(where, case.future.settle_cancelled, 0, 1)[0]:
            case.to_be_told = False
        else:
            case.owed.append(lambda: case.future.settle_cancelled(0, 1))

    @rule(which=WHICH)
    def give_to_a_worker(self, which: int) -> None:
        self.cases[which].task.claim.setdefault(0, "scheduler")

    @rule(which=WHICH)
    def tell_again(self, which: int) -> None:
        """What was torn away is done again, in the engine's thread."""
        case = self.cases[which]
        while case.owed:
            self.do(0, case.owed.pop(0))

    @rule(which=WHICH, where=WHERE, again=st.booleans(), tells=st.integers(0, 2), fresh=st.booleans())
    def cancel(self, which: int, where: Any, again: bool, tells: int, fresh: bool) -> None:
        case = self.case(which, fresh)
        self.tells = tells
        mine = case.task.taken_back
        ended, answer = self.do(where, case.future.cancel)
        if not mine and case.task.taken_back and not tells:
            case.to_be_told = True
        if not ended and again:
            ended, answer = self.do(0, case.future.cancel)
        if ended:
            assert answer == (case.said() == "cancelled")
            case.cancelled = case.cancelled or answer

    @rule(which=WHICH, where=WHERE, again=st.booleans(), raises=st.booleans())
    def add_callback(self, which: int, where: Any, again: bool, raises: bool) -> None:
        """Who is torn away does not know whether it was added: it may be called, once; added again, it is called."""
        case = self.cases[which]
        seen: list[str | None] = []

        def callback(future: Any) -> None:
            assert future is case.future
            seen.append(case.said())
            if raises:
                raise ValueError("a callback's")

        ended, _ = self.do(where, case.future.add_done_callback, callback)
        torn = not ended
        if torn and again:
            ended, _ = self.do(0, case.future.add_done_callback, callback)
        case.callbacks.append((seen, int(ended), int(ended) + torn))

    @rule(
        which=WHICH,
        where=WHERE,
        how=st.sampled_from(["result", "exception", "done", "cancelled", "running", "repr", "snapshot"]),
    )
    def ask(self, which: int, where: Any, how: str) -> None:
        case = self.cases[which]
        ended, answer = self.do(where, case.answer, how)
        if not ended:
            _, answer = self.do(0, case.answer, how)
        case.check(how, answer)

    @rule(which=WHICH, where=WHERE)
    def set_running(self, which: int, where: Any) -> None:
        future = self.cases[which].future
        try:
            ended, runs = self.do(where, future.set_running_or_notify_cancel)
        except RuntimeError:
            assert future.running() or future.done()
        else:
            assert not ended or runs == (self.cases[which].said() is None)

    @rule(which=WHICH, where=WHERE, good=st.booleans(), fresh=st.booleans())
    def set_outcome(self, which: int, where: Any, good: bool, fresh: bool) -> None:
        """As an executor does it, with the methods of the base class; torn away it does so again."""
        case = self.case(which, fresh)
        self.number += 1
        entry = case.entry("value" if good else "error", self.number)
        setter = case.future.set_result if good else case.future.set_exception

        def put() -> None:
            try:
                setter(entry)
            except InvalidStateError:
                assert case.said() is not None

        case.task.claim.setdefault(0, "scheduler")
        if not self.do(where, put)[0]:
            case.owed.append(put)

    @rule(where=WHERE, how=st.sampled_from(["wait", "first", "as_completed"]))
    def look_at_all(self, where: Any, how: str) -> None:
        """With concurrent.futures.wait and as_completed. Torn away there, the main thread leaves locks behind."""
        ours = [case.future for case in self.cases]
        if self.left_locked():
            where = where or 300  # as with the standard library's futures, no other thread can look then

        def look() -> list[Any]:
            if how == "as_completed":
                found = []
                try:
                    for future in concurrent.futures.as_completed(ours, 0):
                        found.append(future)
                except concurrent.futures.TimeoutError:
                    pass
                return found
            when = concurrent.futures.FIRST_COMPLETED if how == "first" else concurrent.futures.ALL_COMPLETED
            return list(concurrent.futures.wait(ours, 0, when).done)

        ended, found = self.do(where, look)
        if ended:
            assert len(found) == len(set(found))
            for case in self.cases:
                if case.future in found:
                    assert case.said() is not None
                elif not case.owed and not case.to_be_told:
                    assert case.said() is None

    @rule(which=WHICH)
    def watch(self, which: int) -> None:
        """Look, and leave a waiter if it is not done, as they do; another thread may tell meanwhile."""
        case = self.cases[which]
        condition = case.future._condition
        with condition:
            if case.future._state not in ("CANCELLED_AND_NOTIFIED", "FINISHED"):
                waiter = Waiter()
                case.future._waiters.append(waiter)
                case.waiters.append(waiter)

    @rule(which=WHICH, how=st.sampled_from(["result", "exception"]))
    def wait(self, which: int, how: str) -> None:
        """Another thread waits, as long as it takes."""
        case = self.cases[which]
        if len(case.threads) < 2:
            answers: list[Any] = []
            thread = threading.Thread(target=lambda: answers.append(case.answer(how, None)), daemon=True)
            thread.start()
            case.threads.append((thread, answers))

    @rule()
    def call_back(self) -> None:
        """The engine's thread for callbacks comes to them."""
        self.engine.run()

    # ---- what must hold

    @invariant()
    def one_outcome(self) -> None:
        for case in self.cases:
            case.check("nothing", None)
            assert not case.cancelled or case.outcome == "cancelled"
            for seen, _, most in case.callbacks:
                assert len(seen) <= most
                assert None not in seen
                assert set(seen) <= {case.outcome}
            if case.outcome and not (case.owed or case.to_be_told or self.engine.waiting):
                # Nobody has to do anything more.
                assert all(len(seen) >= least for seen, least, _ in case.callbacks)
                assert all(waiter.told for waiter in case.waiters)
            for waiter in case.waiters:
                assert len(waiter.told) <= 1
                assert waiter.told in ([], [str(case.outcome).split()[0]])

    def teardown(self) -> None:
        try:
            for which in range(len(self.cases)):
                self.finish(which)
        finally:
            self.patch.undo()

    def finish(self, which: int) -> None:
        """What is still to come comes."""
        case = self.cases[which]
        self.tell_again(which)
        if case.to_be_told:
            self.do(0, case.future.settle_cancelled, 0, 1)
            case.to_be_told = False
        if case.said() is None:
            self.settle(which, "pickled value", 0, False)
        self.engine.run()
        self.is_over(case)

    def is_over(self, case: Case) -> None:
        """Everybody was told, once."""
        self.one_outcome()
        assert case.answer("result") == case.outcome
        for seen, least, most in case.callbacks:
            assert least <= len(seen) <= most  # though nobody cancels once more
        assert case.future.cancel() == (case.outcome == "cancelled")
        for waiter in case.waiters:
            assert len(waiter.told) == 1
        for thread, answers in case.threads:
            thread.join(30)
            assert not thread.is_alive()
            assert answers in ([case.outcome], ["done"])
        assert case.future in concurrent.futures.wait([case.future], 0).done
        late: list[Any] = []
        case.future.add_done_callback(late.append)
        assert late == [case.future]


TestAnySequenceOfEvents = FutureMachine.TestCase
#: To explain a failure hypothesis traces, and so do we.
TestAnySequenceOfEvents.settings = settings(
    max_examples=220,
    stateful_step_count=40,
    deadline=None,
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
