"""What ``imap`` returns as a state machine: whoever settles, takes and is torn away, each item is taken once."""

from __future__ import annotations

import dis
import multiprocessing
import pickle
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from safepool import PoolBroken
from safepool.interfaces import decode, incoming, iterators, waiting
from safepool.interfaces.iterators import IMapIterator, IMapUnorderedIterator
from safepool.protocol import bell
from safepool.protocol.words import RAISED, RUN
from tests.safepool.engine.interruptions import Interruption, codes_of

from .fakes import FakePool, QuietAside, QuietEngine, elsewhere, pickled

TORN_IN = (iterators, incoming, waiting, bell, decode)
CODES = codes_of(IMapIterator)

TIMEOUT, END, BROKEN = "timeout", "end", "broken"


def last_step(function: Any) -> int:
    """Where a function lets go of what it is about to return: what is torn away later was returned, as far as we can say."""
    return max(
        (step.offset for step in dis.get_instructions(function) if step.opname == "DELETE_SUBSCR"), default=1 << 30
    )


LAST_STEPS = {"next": last_step(IMapIterator.next), "_wait": last_step(IMapIterator._wait)}


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


class Feeder:
    """Hears how many are settled, and how much waits when one is taken."""

    waits_for_takers = True

    def __init__(self, results: Any) -> None:
        self.results = results
        self.settled = 0

    def delivered(self, count: int) -> None:
        assert count >= self.settled
        self.settled = count

    def consumed(self) -> None:
        elsewhere(self.results._incoming.untaken_bytes, 1)  # as the feeder's thread does, where no handler runs


KINDS = ["value", "pickled value", "error", "pickled error"]
#: In which thread: 0 is another one, else it is the main thread, and a handler comes at that bytecode, if there are so many: of
#: all that run, or of one function, since a gap is but one or two of them.
WHERE: Any = st.one_of(st.just(0), st.integers(1, 300), st.tuples(st.sampled_from(sorted(CODES)), st.integers(1, 150)))
#: What is there to be taken, beside what was before.
STOCK = st.lists(st.sampled_from(KINDS), max_size=2)


def entry_of(kind: str, text: str) -> Any:
    made: Any = {
        "value": text,
        "pickled value": pickled(Value(text)),
        "error": Failed(text),
        "pickled error": (RAISED, pickle.dumps(Failed(text)), "text"),
    }[kind]
    return made


class IteratorMachine(RuleBasedStateMachine):
    """Groups of items travel, are settled in any pieces and taken by the main thread and others.

    What becomes of an item is a text that begins with its number: one text as long as nobody was torn away while telling it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(incoming, "aside", QuietAside())
        self.patch.setattr(iterators, "BROKEN_GRACE", 0)
        self.patch.setattr(bell, "LOOK_AGAIN", 0.05)
        self.engine = QuietEngine()
        self.groups: list[tuple[int, list[Any]]] = []
        self.possible: dict[int, list[str]] = {}
        self.certain: set[int] = set()
        self.owed: list[Callable[[], Any]] = []
        self.taken: dict[str, list[str]] = {"main": [], "others": [], "alone": []}
        self.ended = False
        self.dropped = 0  # by Python, when a handler came while they were returned
        self.crowd: threading.Thread | None = None
        self.number = 0

    @initialize(kind=st.sampled_from([IMapIterator, IMapUnorderedIterator]), feeder=st.booleans())
    def make(self, kind: Any, feeder: bool) -> None:
        pool: Any = FakePool(self.engine)
        self.results: Any = kind(pool, function)
        if feeder:
            self.results._feeder = self.results._incoming.feeder = Feeder(self.results)

    # ---- helpers

    @property
    def count(self) -> int:
        return sum(len(items) for _, items in self.groups)

    def do(self, where: Any, function: Callable[..., Any], *arguments: Any, handler: Any = None) -> tuple[bool, Any]:
        """(did it come to its end?, what it returned)"""
        if not where:
            return True, elsewhere(function, *arguments)
        answers: list[Any] = []
        if isinstance(where, tuple):
            at = Interruption(where[1], (), (CODES[where[0]],))
        else:
            at = Interruption(where, TORN_IN, (Value.__setstate__.__code__,))
        if handler is not None:
            at.handler = handler
        if at.call(lambda: answers.append(function(*arguments))):
            place = at.where.split(", ")[0]
            self.dropped += int(at.where.rpartition(" ")[2]) > LAST_STEPS.get(place, 1 << 30)
            return False, None
        return True, answers[0]

    def settle(self, where: Any, told: list[tuple[int, Any]], texts: dict[int, str]) -> None:
        """Torn away, whoever does it does it again, later; what is told meanwhile of the same items may stay as well."""

        def tell() -> None:
            if len(told) == 1:
                self.results._incoming.settle_item(*told[0])
            else:
                self.results._incoming.settle_items(told)

        def again() -> None:
            tell()
            self.certain.update(texts)

        for index, text in texts.items():
            if index not in self.certain:
                self.possible.setdefault(index, []).append(text)
        if self.do(where, tell)[0]:
            self.certain.update(texts)
        else:
            self.owed.append(again)

    def next(self, timeout: float | None = 0) -> str:
        """What a taker gets, as a text."""
        try:
            return str(self.results.next(timeout))
        except StopIteration:
            return END
        except multiprocessing.TimeoutError:
            return TIMEOUT
        except PoolBroken:
            return BROKEN
        except Failed as error:
            return str(error)

    def ready(self) -> list[int]:
        """The items that somebody must get who asks for one."""
        found = sorted(set(range(self.count)) - set(self.indices()))
        if self.results.ordered:
            found = found[:1]
        return [index for index in found if index in self.certain]

    def indices(self) -> list[int]:
        return [int(one.partition(".")[0]) for texts in self.taken.values() for one in texts if one[0].isdigit()]

    def note(self, who: str, answer: str) -> None:
        """Nobody waits in vain while there is something, what the main thread was torn away from included."""
        told = self.engine.broken is not None
        if answer == TIMEOUT:
            assert not told or self.crowd
            if not self.crowd and not self.dropped:
                assert not self.ready()
        elif answer == END:
            assert told or self.ended
            if not told:
                assert self.certain | set(self.possible) == set(range(self.count))
            assert self.crowd or self.dropped or not self.ready()
        else:
            self.taken[who].append(answer)

    # ---- events

    @rule(size=st.integers(1, 4))
    @precondition(lambda self: not self.ended)
    def travel(self, size: int) -> None:
        first = self.count
        items = [object() for _ in range(size)]
        self.groups.append((first, items))
        self.results._incoming.travels(first, items)

    @rule()
    @precondition(lambda self: not self.ended and self.groups and not set(self.possible) & self.last())
    def join(self) -> None:
        self.groups[-1][1].append(7)

    def last(self) -> set[int]:
        return set(range(self.groups[-1][0], self.count))

    @rule(data=st.data(), where=WHERE)
    @precondition(lambda self: self.groups)
    def settle_some(self, data: st.DataObject, where: Any) -> None:
        """Single items and runs of plain values, in any order, overlapping, settled already or not."""
        told, texts = [], {}
        for _ in range(data.draw(st.integers(1, 4))):
            first, items = data.draw(st.sampled_from(self.groups[-4:]))
            index = data.draw(st.integers(first, first + len(items) - 1))
            length = data.draw(st.integers(0, first + len(items) - index))
            if length:
                values = [self.text(i) for i in range(index, index + length)]
                told.append((index, (RUN, values)))
            else:
                values = [self.text(index)]
                told.append((index, entry_of(data.draw(st.sampled_from(KINDS)), values[0])))
            for i, value in enumerate(values, index):
                texts.setdefault(i, value)
        self.settle(where, told, texts)

    def text(self, index: int) -> str:
        self.number += 1
        return f"{index}.{self.number}"

    @rule()
    def tell_again(self) -> None:
        """What was torn away is done again, in the engine's thread."""
        while self.owed:
            elsewhere(self.owed.pop(0))

    def stock(self, kinds: list[str]) -> None:
        """Have something to be taken, so that not most of the takers wait in vain."""
        if kinds and not self.ended and not self.crowd:
            first = self.count
            self.travel(len(kinds))
            texts = {index: self.text(index) for index in range(first, self.count)}
            told = [(index, entry_of(kind, texts[index])) for index, kind in zip(texts, kinds, strict=True)]
            self.settle(0, told, texts)

    @rule(where=WHERE, again=st.booleans(), kinds=STOCK)
    def take(self, where: Any, again: bool, kinds: list[str]) -> None:
        self.stock(kinds)
        ended, answer = self.do(where, self.next)
        if not ended and again:
            where = 1 << 30
            ended, answer = self.do(where, self.next)
        if ended:
            self.note("main" if where else "others", answer)

    @rule(where=WHERE, times=st.integers(1, 2), kinds=STOCK)
    def take_in_a_handler(self, where: Any, times: int, kinds: list[str]) -> None:
        """It gets what the main thread was about to take; that gets the next."""
        self.stock(kinds)
        answers: list[str] = []
        _, answer = self.do(where, self.next, handler=lambda: answers.extend(self.next() for _ in range(times)))
        for one in [*answers, answer]:
            self.taken["alone"].append(one) if one[0].isdigit() or one == BROKEN else None

    @rule()
    def look(self) -> None:
        """The feeder does, from time to time."""
        elsewhere(self.results._incoming.untaken_bytes, 1)

    @rule()
    @precondition(lambda self: self.count > 12)
    def end(self) -> None:
        self.ended = True
        elsewhere(self.results._incoming.end_at, self.count)

    @rule()
    @precondition(lambda self: self.count > 16)
    def break_pool(self) -> None:
        self.engine.broken = PoolBroken("it is broken")
        elsewhere(self.results._incoming.pool_ended)

    @rule()
    @precondition(lambda self: self.crowd is None and self.count > 8)
    def take_all(self) -> None:
        """Another thread takes what comes, as long as there is something."""

        def drain() -> None:
            answer = ""
            while answer != END:
                answer = self.next(None)
                if answer != END:
                    self.taken["crowd"].append(answer)

        self.taken["crowd"] = []
        self.crowd = threading.Thread(target=drain, daemon=True)
        self.crowd.start()

    # ---- what must hold

    @invariant()
    def each_is_taken_once(self) -> None:
        indices = self.indices()
        assert len(indices) == len(set(indices))
        for who, texts in self.taken.items():
            mine = [one for one in texts if one != BROKEN]
            assert all(one in self.possible[int(one.partition(".")[0])] for one in mine)
            if self.results.ordered and who != "alone":
                order = [int(one.partition(".")[0]) for one in mine]
                assert order == sorted(order)
        assert sum(texts.count(BROKEN) for texts in self.taken.values()) <= 1

    def teardown(self) -> None:
        try:
            self.tell_again()
            for index in set(range(self.count)) - self.certain:
                self.settle(0, [(index, entry_of("pickled value", f"{index}.last"))], {index: f"{index}.last"})
            if not self.ended:
                self.ended = True
                elsewhere(self.results._incoming.end_at, self.count)
            if self.crowd is not None:
                self.crowd.join(30)
                assert not self.crowd.is_alive()
            self.is_over()
        finally:
            self.patch.undo()

    def is_over(self) -> None:
        """Nothing is lost, and nothing is left."""
        for where in (0, 1 << 30):
            answer = ""
            while answer != END:
                _, answer = self.do(where, self.next)
                self.note("main" if where else "others", answer)
        self.each_is_taken_once()
        missing = set(range(self.count)) - set(self.indices())
        assert len(missing) <= self.dropped
        assert self.results._incoming.untaken() == 0
        assert self.results._incoming.untaken_bytes(0) <= 0
        assert not self.results._incoming._groups and not self.results._incoming._marks


TestAnySequenceOfEvents = IteratorMachine.TestCase
#: To explain a failure hypothesis traces, and so do we.
TestAnySequenceOfEvents.settings = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
