"""``AsyncResult`` and ``MapResult`` as state machines: settled in any pieces, by whom you like, each value is in its place."""

from __future__ import annotations

import multiprocessing
import pickle
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from safepool import PoolBroken
from safepool.interfaces import decode, results, waiting
from safepool.interfaces.results import AsyncResult, MapResult
from safepool.protocol import bell
from safepool.protocol.words import RAISED, RUN
from tests.safepool.engine.interruptions import Interruption, codes_of

from .fakes import FakePool, QuietEngine, elsewhere, pickled

TORN_IN = (results, waiting, bell, decode)
CODES = codes_of(MapResult, AsyncResult)


def function(*_args: Any) -> None:
    """Called nowhere."""


class Value(str):
    """Unpickled by code that can be torn away."""

    def __setstate__(self, state: Any) -> None:
        self.whole = True

    def __reduce__(self) -> Any:
        return Value, (str(self),), {"whole": True}


class Failed(Exception):
    """What a task raised."""


#: What a worker, or the engine, says of one item: the kind of entry, by what it will look like.
KINDS = ["value", "pickled value", "error", "pickled error"]
#: In which thread: 0 is another one, else it is the main thread, and a handler raises at that bytecode, if there are so many: of
#: all that run, or of one function, since a gap is but one or two of them.
WHERE: Any = st.one_of(st.just(0), st.integers(1, 300), st.tuples(st.sampled_from(sorted(CODES)), st.integers(1, 40)))


def entry_of(kind: str, text: str) -> Any:
    made: Any = {
        "value": text,
        "pickled value": pickled(Value(text)),
        "error": PoolBroken(text),
        "pickled error": (RAISED, pickle.dumps(Failed(text)), "text"),
    }[kind]
    return made


def look_of(value: Any) -> str:
    return f"error {value}" if isinstance(value, BaseException) else f"value {value}"


class ResultMachine(RuleBasedStateMachine):
    """One result of some items, and all who have to do with it.

    An item is known by what may become of it: one text as long as nobody was torn away while telling it, the first one's.
    """

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(bell, "LOOK_AGAIN", 0.05)
        self.engine = QuietEngine()
        self.called: list[str] = []
        self.answer: str | None = None  # of get(), once there was one
        self.owed: list[Callable[[], Any]] = []
        self.number = 0
        self.threads: list[tuple[threading.Thread, list[str]]] = []

    @initialize(count=st.integers(0, 6), callbacks=st.integers(0, 3), keep_errors=st.booleans(), plain=st.booleans())
    def make(self, count: int, callbacks: int, keep_errors: bool, plain: bool) -> None:
        """``count`` 0: of a single call, an AsyncResult. ``plain``: the items are such as are kept to describe them."""
        self.count, self.single, self.keep_errors = count or 1, not count, keep_errors
        good, bad = [(None, None), (self.call, None), (None, self.call), (self.call, self.call)][callbacks]
        self.hears = [good is not None, bad is not None]
        pool: Any = FakePool(self.engine)
        if self.single:
            self.result: Any = AsyncResult(pool, (function, (1,), None), good, bad)
        else:
            items = list(range(count)) if plain else [[i] for i in range(count)]
            self.result = MapResult(pool, function, items, False, good, bad, keep_errors)
        self.possible: list[list[str]] = [[] for _ in range(self.count)]
        self.certain = [False] * self.count

    # ---- helpers

    def call(self, value: Any) -> None:
        assert not self.result.ready()  # as with the standard pool: callbacks come before anybody who waits
        self.called.append(self.look(value))

    def look(self, value: Any) -> str:
        return "[" + ", ".join(map(look_of, value)) + "]" if isinstance(value, list) else look_of(value)

    def do(self, where: Any, function: Callable[..., Any], *arguments: Any) -> tuple[bool, Any]:
        """(did it come to its end?, what it returned)"""
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

    def expected(self) -> set[str]:
        """What may come out, now that all is settled."""
        every: list[list[str]] = [[]]
        for texts in self.possible:
            every = [[*before, text] for before in every for text in texts]
        found = set()
        for texts in every:
            errors = [text for text in texts if text.startswith("error")]
            if self.single:
                found.add(texts[0])
            elif errors and not self.keep_errors:
                found.add(errors[0])
            else:
                found.add("[" + ", ".join(texts) + "]")
        return found

    def settle(self, where: Any, told: list[tuple[int, Any]], texts: dict[int, str]) -> None:
        """Torn away, whoever does it does it again, later; what is told meanwhile of the same items may stay as well."""
        ended, _ = self.do(where, self.tell, told)
        for index, text in texts.items():
            if not self.certain[index]:
                self.possible[index].append(text)
                self.certain[index] = ended
        if not ended:

            def again() -> None:
                self.tell(told)
                for index in texts:
                    self.certain[index] = True

            self.owed.append(again)

    def tell(self, told: list[tuple[int, Any]]) -> None:
        if self.single:
            for one in told:
                self.result.settle_item(*one)
        elif len(told) == 1:
            self.result.settle_item(*told[0])
        else:
            self.result.settle_items(told)

    def text(self, kind: str, index: int) -> str:
        self.number += 1
        return f"{index}.{self.number}"

    # ---- events

    @rule(data=st.data(), where=WHERE)
    def settle_some(self, data: st.DataObject, where: Any) -> None:
        """Single items and runs of plain values, in any order, overlapping, settled already or not."""
        told, texts = [], {}
        for index in data.draw(st.lists(st.integers(0, self.count - 1), min_size=1, max_size=4)):
            length = 1 if self.single else data.draw(st.integers(0, min(3, self.count - index)))
            if length and not self.single:
                values = [self.text("value", i) for i in range(index, index + length)]
                told.append((index, (RUN, values)))
                for i, value in enumerate(values, index):
                    texts.setdefault(i, f"value {value}")
            else:
                kind = data.draw(st.sampled_from(KINDS))
                text = self.text(kind, index)
                told.append((index, entry_of(kind, text)))
                texts.setdefault(index, f"{kind.split()[-1]} {text}")
        self.settle(where, told, texts)

    @rule(where=WHERE, data=st.data())
    def call_off(self, data: st.DataObject, where: Any) -> None:
        """The pool is shut down: some items never begin."""
        first = data.draw(st.integers(0, self.count - 1))
        count = data.draw(st.integers(1, self.count - first))
        ended, _ = self.do(where, self.result.settle_cancelled, first, count)
        for index in range(first, first + count):
            if not self.certain[index]:
                self.possible[index].append("error the pool was shut down before the task began")
                self.certain[index] = ended
        if not ended:

            def again() -> None:
                self.result.settle_cancelled(first, count)
                for index in range(first, first + count):
                    self.certain[index] = True

            self.owed.append(again)

    @rule()
    def tell_again(self) -> None:
        """What was torn away is done again, in the engine's thread."""
        while self.owed:
            elsewhere(self.owed.pop(0))

    @rule()
    def call_back(self) -> None:
        """The engine's thread for callbacks comes to them."""
        self.engine.run()

    @rule(where=WHERE, how=st.sampled_from(["get", "successful", "wait", "repr"]))
    def ask(self, where: Any, how: str) -> None:
        """Torn away, once more."""
        ended, answer = self.do(where, self.asked, how)
        if not ended:
            _, answer = self.do(0, self.asked, how)
        self.check(answer)

    def asked(self, how: str, timeout: float | None = 0) -> str | None:
        """What users get to know, in words; None: it is not ready."""
        result = self.result
        if how == "wait":
            result.wait(timeout)
            return "ready" if result.ready() else None
        if how == "repr":
            return "ready" if repr(result) and result.ready() else None
        if how == "successful":
            try:
                return "good" if result.successful() else "bad"
            except ValueError:
                return None
        try:
            value = result.get(timeout)
        except multiprocessing.TimeoutError:
            return None
        except Exception as error:
            return look_of(error)
        return self.look(value)

    def check(self, answer: str | None) -> None:
        if answer is None:
            # The callbacks come before; and who was torn away while telling the last item tells it again.
            assert not all(self.certain) or self.engine.waiting or self.owed
            return
        assert all(self.possible)
        if answer not in ("ready", "good", "bad"):
            assert self.answer in (None, answer)
            self.answer = answer
            assert answer in self.expected()
        elif self.answer is not None and answer != "ready":
            assert (answer == "bad") == self.answer.startswith("error")

    @rule()
    def wait(self) -> None:
        """Another thread waits, as long as it takes."""
        if len(self.threads) < 2:
            answers: list[Any] = []
            thread = threading.Thread(target=lambda: answers.append(self.asked("get", None)), daemon=True)
            thread.start()
            self.threads.append((thread, answers))

    # ---- what must hold

    @invariant()
    def ready_when_all_are_settled(self) -> None:
        if self.result.ready():
            assert all(self.possible)
        elif all(self.certain):
            assert self.engine.waiting or self.owed
        assert len(self.called) <= 1

    def teardown(self) -> None:
        try:
            self.tell_again()
            for index in range(self.count):
                if not self.certain[index]:
                    self.settle(0, [(index, entry_of("pickled value", "last"))], {index: "value last"})
            self.engine.run()
            self.is_over()
        finally:
            self.patch.undo()

    def is_over(self) -> None:
        """Everybody was told, once, and the same."""
        assert self.result.ready()
        answer = self.asked("get")
        self.check(answer)
        assert self.called == ([answer] if self.hears[str(answer).startswith("error")] else [])
        for thread, answers in self.threads:
            thread.join(30)
            assert not thread.is_alive()
            assert answers == [answer]


TestAnySequenceOfEvents = ResultMachine.TestCase
#: To explain a failure hypothesis traces, and so do we.
TestAnySequenceOfEvents.settings = settings(
    max_examples=150,
    stateful_step_count=30,
    deadline=None,
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
