"""The messages of rule 1 as a state machine: whoever asks, has the engine and is torn away, each message is worked off."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from safepool.core.states import Task
from safepool.engine import outcomes, turns
from tests.safepool.engine.desks import Desk, Quiet, lock_is_free
from tests.safepool.engine.interruptions import Interruption, codes_of, interrupt

#: What a message is known by: who asked, and his how manieth it is.
Message = tuple[str, int]


class Failed(Exception):
    """Raised in the middle of an operation, as by a handler there; the next time it is not."""


class Owner:
    """Notes what it is told, item by item or many at once."""

    def __init__(self, many: bool) -> None:
        self.told: set[int] = set()
        self.settle_items: Any = self.settle_many if many else None

    def settle_item(self, index: int, _entry: object) -> None:
        self.told.add(index)

    def settle_many(self, entries: list[tuple[int, object]]) -> None:
        self.told.update(index for index, _ in entries)


WAYS = st.sampled_from(["ask", "ask_at_once", "turn"])
KINDS = st.sampled_from(["plain", "plain", "raises", "asks", "settles", "errand"])
CODES = codes_of(turns.Turns, outcomes.Outcomes)
#: At which bytecode a handler comes, if there are so many: of all that run, or of one function.
WHERE: Any = st.one_of(
    st.integers(1, 200),
    st.tuples(st.sampled_from(["ask", "ask_at_once", "turn", "work", "deliver"]), st.integers(1, 120)),
)
#: What the handler does first, if it does not raise at once: asks, or lets another thread run that asks.
HANDLERS = st.sampled_from(["", "", "ask", "ask_at_once", "elsewhere"])
OTHERS = st.sampled_from(["first", "second"])


class TurnsMachine(RuleBasedStateMachine):
    """The main thread, two others and the engine's ask for things, work them off, and fail at it."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(turns, "COURTESY", 4)
        self.desk = Desk()
        self.turns = self.desk.turns
        self.numbers: dict[str, int] = {}
        self.asked: set[Message] = set()  # whose askers were not torn away: they count on it
        self.failed: set[Message] = set()  # that have raised, and do not again
        self.mended_at = (0, 0)  # how many had begun and ended, when the engine's thread had mended all
        self.torn = 0  # how often somebody was torn away
        self.owners = [Owner(False), Owner(True)]
        self.due: list[set[int]] = [set(), set()]  # the items that the owners are to hear of
        self.errands: set[int] = set()
        self.run: set[int] = set()  # errands
        self.items = itertools.count()

    @initialize(begun=st.booleans())
    def make(self, begun: bool) -> None:
        if not begun:
            self.turns.begin_failed()

    # ---- helpers

    def operate(self, what: Message, kind: str) -> None:
        """An operation on the engine: noted when it begins and when it has ended."""
        self.desk.begun.append(what)
        if kind == "raises" and what not in self.failed:
            self.failed.add(what)
            raise Failed
        if kind == "asks":
            self.ask("inside", "ask", "plain")
        elif kind == "settles":
            for which in (0, 1, 1, 1):
                item = next(self.items)
                self.desk.outcomes.settled.append((Task(self.owners[which], 0, 1 << 30, None), item, "entry"))
                self.due[which].add(item)
        elif kind == "errand":
            item = next(self.items)
            self.desk.outcomes.errands.append((Quiet(), lambda: self.run.add(item)))  # type: ignore[arg-type]
            self.errands.add(item)
        self.desk.ended.append(what)

    def ask(self, who: str, way: str, kind: str) -> None:
        if way == "turn":
            self.turns.turn()
            return
        number = self.numbers[who] = self.numbers.get(who, 0) + 1
        getattr(self.turns, way)(self.operate, (who, number), kind)
        self.asked.add((who, number))

    def try_to(self, function: Callable[..., Any], *arguments: Any) -> bool:
        """Does it end? It may fail."""
        try:
            function(*arguments)
        except Failed:
            self.torn += 1
            return False
        return True

    def be_the_engine(self) -> None:
        """The engine's thread has its turn: mends, works everything off, tells everybody."""

        def work() -> None:
            self.turns.torn_by = None
            self.desk.outcomes.deliver(True)
            while self.turns.inbox:
                self.try_to(self.turns.work, 1 << 30)
            self.desk.outcomes.deliver(True)
            self.mended_at = len(self.desk.begun), len(self.desk.ended)

        self.turns.mine(work)
        self.desk.wakes = 0

    def be_torn(self, where: Any, handler: str, raises: bool, way: str, kind: str) -> bool:
        """The main thread asks, and a handler comes; did the call end?"""

        def come() -> None:
            if handler == "elsewhere":
                self.desk.elsewhere(self.try_to, self.ask, "meanwhile", "ask", "plain")
            elif handler:
                self.ask("handler", handler, "plain")
            if raises:
                self.torn += 1
                interrupt()

        if isinstance(where, tuple):
            at = Interruption(where[1], (), (CODES[where[0]],))
        else:
            at = Interruption(where, (turns, outcomes), (self.operate.__code__,))
        at.handler = come
        ended: list[bool] = []
        torn = at.call(lambda: ended.append(self.try_to(self.ask, "main", way, kind)))
        return not torn and ended[0]

    def is_announced(self) -> bool:
        """What is left there nobody has forgotten: the engine's thread was woken for it."""
        return not self.turns.inbox or not self.turns._begun or self.desk.wakes > 0

    # ---- events

    @rule(way=WAYS, kind=KINDS, where=WHERE, handler=HANDLERS, raises=st.booleans())
    def main_thread_asks(self, way: str, kind: str, where: Any, handler: str, raises: bool) -> None:
        torn = self.torn
        before = self.is_announced()
        self.be_torn(where, handler, raises, way, kind)
        if before and torn == self.torn:
            assert self.is_announced()

    @rule(who=OTHERS, way=WAYS, kind=KINDS)
    def another_asks(self, who: str, way: str, kind: str) -> None:
        """In which no handler runs; it is told at once, and what was forgotten with a thread that was torn away is found."""
        self.desk.elsewhere(self.try_to, self.ask, who, way, kind)
        assert self.is_announced()

    @rule()
    @precondition(lambda self: self.turns._begun)
    def engine_looks(self) -> None:
        self.desk.elsewhere(lambda: (self.be_the_engine(), True)[1])  # type: ignore[func-returns-value]

    @rule(before=st.integers(0, 7))
    def begin(self, before: int) -> None:
        """The pool has begun; or once more, after it failed and some have asked meanwhile. What is too much is announced."""
        self.turns.begin_failed()
        for _ in range(before):
            self.ask("main", "ask", "plain")
        if not self.turns.torn_by:
            self.desk.wakes = 0
        self.turns.begin()
        if self.try_to(self.turns.turn) and not self.turns.torn_by:
            assert self.is_announced()

    @rule(
        plans=st.lists(st.lists(st.tuples(WAYS, KINDS), min_size=1, max_size=4), min_size=2, max_size=2),
        engine=st.booleans(),
        where=WHERE,
        way=WAYS,
    )
    @precondition(lambda self: self.turns._begun)
    def all_at_once(self, plans: list[list[tuple[str, str]]], engine: bool, where: Any, way: str) -> None:
        """Two threads ask, the engine's looks, and a handler raises in the main thread."""
        jobs: list[Callable[[], Any]] = [
            lambda who=who, plan=plan: [self.try_to(self.ask, who, *one) for one in plan]  # type: ignore[misc]
            for who, plan in zip(("first", "second"), plans, strict=True)
        ]
        if engine:
            jobs.append(self.be_the_engine)
        threads = [threading.Thread(target=job) for job in jobs]
        for thread in threads:
            thread.start()
        self.be_torn(where, "", True, way, "plain")
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()

    # ---- what must hold

    @invariant()
    def nobody_has_it(self) -> None:
        assert not self.turns.is_held_here()
        assert lock_is_free(self.desk)

    @invariant()
    def no_message_is_lost(self) -> None:
        """It was worked off, or is there still; or its asker got an exception before he had left it."""
        done, waiting = set(self.desk.ended), set(self.desk.waiting)
        assert set(self.desk.left) <= done | waiting
        assert self.asked <= done | waiting

    @invariant()
    def nothing_is_done_twice_without_need(self) -> None:
        assert len(self.desk.ended) - len(set(self.desk.ended)) <= self.torn

    @invariant()
    def each_in_his_order(self) -> None:
        ended: list[Any] = list(dict.fromkeys(self.desk.ended))
        for who in self.numbers:
            numbers = [number for asker, number in ended if asker == who]
            assert numbers == sorted(numbers), who

    @invariant()
    def what_is_torn_is_noticed(self) -> None:
        begun, ended = self.mended_at
        if len(self.desk.begun) - begun != len(self.desk.ended) - ended:
            # Or the next one who has the engine will notice: that was torn away from saying so, by a second exception.
            assert self.turns.torn_by in ("Interrupt", "Failed", "an exception") or self.turns._in_hand
            assert self.desk.wakes or self.turns._in_hand
        if not self.torn:
            assert self.turns.torn_by is None

    def teardown(self) -> None:
        try:
            self.turns.begin()
            self.engine_looks()
            self.nobody_has_it()
            self.each_in_his_order()
            assert not self.turns.inbox
            assert self.asked <= set(self.desk.ended)
            for owner, due in zip(self.owners, self.due, strict=True):
                assert due <= owner.told
            assert self.errands <= self.run
        finally:
            self.desk.close()
            self.patch.undo()


TestAnySequenceOfEvents = TurnsMachine.TestCase
#: To explain a failure hypothesis traces, and so do we.
TestAnySequenceOfEvents.settings = settings(
    max_examples=100,
    stateful_step_count=30,
    deadline=None,
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
