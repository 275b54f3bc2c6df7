"""Nobody waits for the engine: what is asked for is done once, in order, by whoever has it; and what is torn is noticed."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from safepool.engine import outcomes, turns
from safepool.engine.selector import Selector
from safepool.engine.turns import Turns
from tests.safepool.engine.desks import Desk, Quiet, lock_is_free
from tests.safepool.engine.interruptions import Interrupt, Interruption, interruptions


@pytest.fixture
def desk() -> Iterator[Desk]:
    found = Desk()
    yield found
    found.close()


# ---- a timer is about to interrupt


@pytest.fixture
def timer() -> Iterator[Callable[[Any, float], None]]:
    """Sets the handler of SIGALRM, and its timer; the one that watches over this test has to wait."""
    before, others = signal.getsignal(signal.SIGALRM), signal.setitimer(signal.ITIMER_REAL, 0)

    def set_to(handler: Any, seconds: float) -> None:
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, seconds)

    yield set_to
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
    signal.setitimer(signal.ITIMER_REAL, *others)


def ignore(*_: object) -> None:
    """A handler; that it raises cannot be known."""


def test_a_timer_that_expires_soon_threatens_the_main_thread(timer: Callable[[Any, float], None]) -> None:
    """If a handler of the program's is called; neither one that is far, nor other threads, in which no handler runs."""
    asked = []
    for handler, seconds in (
        (ignore, turns.SOON * 0.9),
        (ignore, 60.0),
        (ignore, 0.0),
        (signal.SIG_IGN, turns.SOON * 0.9),
        (signal.SIG_DFL, 0.0),
    ):
        timer(handler, seconds)
        asked.append(turns.is_threatened())
    assert asked == [True, False, False, False, False]
    timer(ignore, turns.SOON * 0.9)
    with ThreadPoolExecutor(1) as threads:
        assert not threads.submit(turns.is_threatened).result(60)


@pytest.mark.parametrize("how", ["ask", "ask_at_once"])
def test_who_is_threatened_leaves_his_message_to_the_engine(
    desk: Desk, how: str, timer: Callable[[Any, float], None]
) -> None:
    """And wakes that; in the thread in which the handler may raise, nothing is changed that could be torn."""
    timer(ignore, turns.SOON * 0.9)
    getattr(desk.turns, how)(desk.work, 1)
    assert (desk.waiting, desk.begun, desk.wakes) == ([1], [], 1)
    timer(ignore, 0)
    getattr(desk.turns, how)(desk.work, 2)
    assert (desk.waiting, desk.ended) == ([], [1, 2])


# ---- many threads


def crowd(desk: Desk, threads: int, messages: int) -> None:
    """So many threads ask for so many things each, in both ways."""
    together = threading.Barrier(threads)

    def ask(thread: int) -> None:
        together.wait()
        for number in range(messages):
            (desk.turns.ask if (thread + number) % 3 else desk.turns.ask_at_once)(desk.work, (thread, number))

    running = [threading.Thread(target=ask, args=(thread,)) for thread in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(60)
        assert not thread.is_alive()


def check_order(desk: Desk, threads: int, messages: int) -> None:
    assert len(desk.ended) == threads * messages
    for thread in range(threads):
        assert [number for who, number in desk.ended if who == thread] == list(range(messages))  # type: ignore[misc]


@pytest.mark.usefixtures("switching")
def test_what_many_threads_ask_for_is_done_once_and_in_order(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each message exactly once, each thread's own in its order; none is left when all have returned."""
    monkeypatch.setattr(turns, "COURTESY", 1 << 30)
    crowd(desk, 8, 500)
    assert not desk.turns.inbox
    check_order(desk, 8, 500)


@pytest.mark.usefixtures("switching")
def test_what_many_threads_leave_to_the_engine_is_done_once_and_in_order(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Callers work off a few messages of others, and leave the rest to the engine's thread, which is woken for it."""
    monkeypatch.setattr(turns, "COURTESY", 2)
    del desk.selector.wake  # type: ignore[method-assign]
    stop: list[bool] = []

    def engine() -> None:
        while not stop or desk.turns.inbox:
            desk.selector.wait(idle=not desk.turns.inbox)
            desk.turns.mine(desk.work_all)

    thread = threading.Thread(target=engine)
    thread.start()
    crowd(desk, 8, 500)
    stop.append(True)
    desk.selector.wake()
    thread.join(60)
    assert not thread.is_alive()
    check_order(desk, 8, 500)
    assert desk.turns.torn_by is None


@pytest.mark.usefixtures("switching")
def test_only_one_thread_has_the_engine(desk: Desk) -> None:
    """Whichever way it is had: by a message, at once, or by the engine's own thread."""
    inside: list[int] = []
    crowded: list[int] = []

    def alone(_what: object) -> bool:
        inside.append(1)
        for _ in range(3):
            if len(inside) != 1:
                crowded.append(1)
        inside.pop()
        return True

    def ask(way: Callable[..., Any], *arguments: Any) -> None:
        for _ in range(300):
            way(*arguments)

    ways: list[tuple[Any, ...]] = [
        (desk.turns.ask, alone, 1),
        (desk.turns.ask_at_once, alone, 1),
        (desk.turns.mine, lambda: alone(1)),
    ]
    running = [threading.Thread(target=ask, args=way) for way in ways * 2]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(60)
        assert not thread.is_alive()
    assert not crowded


def test_tasks_are_taken_in_up_to_the_first_other_message() -> None:
    """In their order: what came before a close is taken in before the answers are read, the close itself is not."""
    taken: list[tuple[object, bool]] = []
    operations: list[object] = []

    def taking_in(task: object, will_wait: bool) -> None:
        taken.append((task, will_wait))

    selector = Selector()
    turns_ = Turns(selector, outcomes.Outcomes("test"), taking_in)
    turns_.inbox.extend(
        [(taking_in, 1, False), (taking_in, 2, True), (operations.append, "close"), (taking_in, 3, False)]
    )
    turns_.take_in()
    assert taken == [(1, False), (2, True)]
    assert not operations
    assert turns_.work(10)
    assert taken == [(1, False), (2, True), (3, False)]
    assert operations == ["close"]


def test_a_task_leaves_the_inbox_after_it_was_taken_in() -> None:
    """A handler that raises in the middle loses none."""

    def torn(_task: object, _will_wait: bool) -> None:
        raise KeyboardInterrupt

    turns_ = Turns(Selector(), outcomes.Outcomes("test"), torn)
    turns_.inbox.append((torn, 1, False))
    with pytest.raises(KeyboardInterrupt):
        turns_.take_in()
    assert len(turns_.inbox) == 1


def test_a_caller_works_off_a_few_messages_of_others_only(desk: Desk) -> None:
    """The rest is left to the engine's thread, which is woken."""
    for number in range(turns.COURTESY + 5):
        desk.turns.inbox.append((desk.work, number))
    desk.turns.turn()
    assert desk.ended == list(range(turns.COURTESY))
    assert desk.wakes == 1
    assert desk.waiting == list(range(turns.COURTESY, turns.COURTESY + 5))


def test_the_asker_of_a_busy_engine_goes_on(desk: Desk) -> None:
    """He leaves his message, and whoever has the engine works it off before letting go."""
    entered, go_on = threading.Event(), threading.Event()

    def busy(what: object) -> None:
        entered.set()
        assert go_on.wait(30)
        desk.work(what)

    thread = threading.Thread(target=desk.turns.ask_at_once, args=(busy, "first"))
    thread.start()
    assert entered.wait(30)
    desk.turns.ask(desk.work, "second")
    desk.turns.ask_at_once(desk.work, "third")
    assert desk.ended == []
    assert not desk.turns.is_held_here()
    go_on.set()
    thread.join(30)
    assert desk.ended == ["first", "second", "third"]


# ---- from inside


@pytest.mark.parametrize("way", ["ask", "ask_at_once"])
@pytest.mark.parametrize("below", ["ask", "ask_at_once", "mine"])
def test_asking_from_inside_returns_at_once(desk: Desk, below: str, way: str) -> None:
    """As a signal's handler or a destructor does: the message is left, and worked off by the frame below."""
    seen: list[object] = []

    def interrupted(what: object = "below") -> None:
        desk.begun.append(what)
        assert desk.turns.is_held_here()
        getattr(desk.turns, way)(desk.work, "inside")
        seen.append(list(desk.ended))
        desk.ended.append(what)

    if below == "mine":
        desk.turns.mine(lambda: (interrupted(), desk.work_all()))  # type: ignore[func-returns-value]
    else:
        getattr(desk.turns, below)(interrupted, "below")
    assert seen == [[]]
    assert desk.ended == ["below", "inside"]
    assert desk.begun == ["below", "inside"]
    assert not desk.turns.is_held_here()


def test_what_is_asked_before_the_pool_has_begun_waits(desk: Desk) -> None:
    """Nobody has the engine then but who makes it; its thread sees what was left before it sleeps."""
    young = Turns(desk.selector, desk.outcomes, print)
    young.ask(desk.work, "one")
    young.ask_at_once(desk.work, "other")
    young.turn()
    assert desk.ended == []
    young.begin()
    young.turn()
    assert desk.ended == ["one", "other"]


def test_asking_for_more_and_more_ends(desk: Desk) -> None:
    """An operation that asks again does not keep the caller for ever: the rest goes to the engine's thread."""

    def again(number: int) -> None:
        desk.work(number)
        desk.turns.ask(again, number + 1)

    desk.turns.ask(again, 0)
    assert len(desk.ended) == turns.COURTESY
    assert desk.wakes
    assert desk.waiting == [turns.COURTESY]


# ---- exceptions at each point


def states_after_interrupts(way: str) -> Iterator[tuple[Desk, Interruption]]:
    """A desk for each point at which a call can be interrupted, as it is afterwards.

    There is a message of somebody else, and an outcome to be delivered, so that the call goes through everything.
    """
    for interruption in interruptions((turns, outcomes), Desk.work):
        desk = Desk()
        desk.outcomes.errands.append((Quiet(), int))  # type: ignore[arg-type]
        function = getattr(desk.turns, way)
        if way == "ask":
            desk.turns.inbox.append((desk.work, "another's"))
        arguments: list[Any] = [] if way == "turn" else [desk.work, "mine"]
        if way == "turn":
            for what in ("mine", "another's"):
                desk.turns.inbox.append((desk.work, what))
        try:
            interruption.call(function, *arguments)
            yield desk, interruption
        finally:
            desk.close()


def torn_unnoticed(desk: Desk) -> bool:
    return desk.turns.torn_by is None and desk.begun != desk.ended


def lost(desk: Desk) -> set[object]:
    """Messages that were left, and are neither done nor to be done."""
    return set(desk.left) - set(desk.ended) - set(desk.waiting)


WAYS = ["ask", "ask_at_once", "turn"]


@pytest.mark.parametrize("way", WAYS)
def test_interrupted_anywhere_the_lock_is_free(way: str) -> None:
    """Whatever the point at which a handler raises: this thread does not have the lock, another one gets it at once."""
    assert [at.where for desk, at in states_after_interrupts(way) if not lock_is_free(desk)] == []


@pytest.mark.parametrize("way", WAYS)
def test_interrupted_in_an_operation_the_pool_is_torn(way: str) -> None:
    """An operation that had begun and did not end is noticed, and the engine's thread is told."""
    assert [at.where for desk, at in states_after_interrupts(way) if torn_unnoticed(desk)] == []


@pytest.mark.parametrize("way", WAYS)
def test_interrupted_nothing_is_torn_without_need(way: str) -> None:
    """A call that was not interrupted, or not before anything had begun, breaks no pool."""
    for desk, at in states_after_interrupts(way):
        if not at.where:
            assert desk.turns.torn_by is None
        if desk.turns.torn_by is not None:
            assert desk.turns.torn_by == "Interrupt"
            assert desk.wakes


@pytest.mark.parametrize("way", WAYS)
def test_interrupted_anywhere_no_message_is_lost(way: str) -> None:
    """It was worked off, or is there still; or it was never left, and its asker got the exception."""
    for desk, at in states_after_interrupts(way):
        assert not lost(desk), at.where
        assert at.where or "mine" in desk.ended


@pytest.mark.parametrize("way", WAYS)
def test_interrupted_anywhere_the_engine_goes_on(way: str) -> None:
    """Its thread gets it, does what is left, and from then on callers have it at once again."""
    for desk, at in states_after_interrupts(way):
        run_elsewhere(desk, desk.turns.mine, desk.work_all)
        assert not desk.turns.inbox, at.where
        assert set(desk.left) <= set(desk.ended)
        desk.turns.torn_by = (
            None  # as its thread does when it has mended the pool; until then callers only leave messages
        )
        desk.turns.ask(desk.work, "later")
        run_elsewhere(desk, desk.turns.ask_at_once, desk.work, "later elsewhere")
        assert desk.ended[-2:] == ["later", "later elsewhere"], at.where


def run_elsewhere(desk: Desk, function: Callable[..., Any], *arguments: Any) -> None:
    desk.elsewhere(lambda: (function(*arguments), True)[1])


@pytest.mark.parametrize("way", WAYS)
def test_interrupted_anywhere_callers_have_the_engine_at_once(way: str) -> None:
    """Another caller's message is worked off by that caller, or somebody is woken; and nobody is told that he has it still."""
    stuck = []
    for desk, at in states_after_interrupts(way):
        run_elsewhere(desk, desk.turns.ask, desk.work, "later")
        if ("later" not in desk.ended and not desk.wakes) or desk.turns.is_held_here():
            stuck.append(at.where)
    assert stuck == []


@pytest.mark.parametrize("way", WAYS)
def test_what_is_raised_inside_an_engine_that_is_had_below_leaves_it_there(way: str) -> None:
    """A destructor asks, inside an operation, and Ctrl-C hits it there; Python passes over what a destructor raises.

    The operation goes on, and so it has to have the engine still.
    """
    taken = []
    for interruption in interruptions((turns,)):
        desk = Desk()

        def below(what: object, desk: Desk = desk, at: Interruption = interruption) -> None:
            at.call(getattr(desk.turns, way), *([] if way == "turn" else [desk.work, "inside"]))
            if not desk.turns.is_held_here():
                taken.append(at.where)
            desk.work(what)

        try:
            desk.turns.ask(below, "below")
        except RuntimeError as error:
            taken.append(f"{interruption.where}: {error}")
        desk.close()
    assert taken == []


# ---- a handler that asks, at each point


def desks_with_a_handler(way: str, handler: Callable[[Desk], Any]) -> Iterator[tuple[Desk, Interruption, object]]:
    """A desk for each point at which a handler can interrupt a call; with the error that came out of that."""
    for interruption in interruptions((turns, outcomes), Desk.work, Desk.work_all):
        desk = Desk()
        desk.outcomes.errands.append((Quiet(), int))  # type: ignore[arg-type]
        arguments: list[Any] = [desk.work, "mine"]
        if way == "turn":
            desk.turns.inbox.append((desk.work, "mine"))
            arguments = []
        elif way == "mine":
            desk.turns.inbox.append((desk.work, "mine"))
            arguments = [desk.work_all]
        interruption.handler = lambda desk=desk: handler(desk)  # type: ignore[misc]
        error: object = None
        try:
            if interruption.call(getattr(desk.turns, way), *arguments):
                error = Interrupt
        except Exception as problem:
            error = problem
        yield desk, interruption, error
        desk.close()


@pytest.mark.parametrize("inner", ["ask", "ask_at_once"])
@pytest.mark.parametrize("way", [*WAYS, "mine"])
def test_a_handler_may_ask_anywhere(way: str, inner: str) -> None:
    """Whatever it interrupts: both are done once, the lock is free, and nothing waits for the engine's thread."""
    for desk, at, error in desks_with_a_handler(way, lambda desk: getattr(desk.turns, inner)(desk.work, "handler's")):
        assert error is None, at.where
        assert desk.turns.torn_by is None
        if way == "mine":
            desk.turns.mine(desk.work_all)  # the thread looks into the inbox before it sleeps
        assert sorted(desk.ended) == (["handler's", "mine"] if at.where else ["mine"]), at.where  # type: ignore[type-var]
        assert not desk.turns.inbox
        assert lock_is_free(desk)


def ask_and_be_interrupted(desk: Desk) -> None:
    """A handler asks, and another signal's handler raises in the middle of what it asks for."""

    def torn(what: object) -> None:
        desk.begun.append(what)
        raise Interrupt

    desk.turns.ask(torn, "handler's")


@pytest.mark.parametrize("way", WAYS)
def test_a_handler_that_asks_may_be_interrupted(way: str) -> None:
    """What was raised comes out, and nothing else; and the lock is free."""
    wrong = []
    for desk, at, error in desks_with_a_handler(way, ask_and_be_interrupted):
        if error not in (None, Interrupt) or not lock_is_free(desk):
            wrong.append((at.where, error))
    assert wrong == []


# ---- a lock that is lost


class LostLock:
    """A lock that somebody has and never releases; the waiting is only asked for."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def acquire(self, _blocking: bool, seconds: float) -> bool:
        self.asked.append(seconds)
        return False


def test_a_lock_that_is_lost_is_given_up(desk: Desk) -> None:
    """After a second, by the engine's own thread, if nobody is at work; and what it guarded is torn."""
    lock = LostLock()
    desk.turns._lock = lock  # type: ignore[assignment]
    desk.turns.inbox.append((desk.work, "left"))
    desk.turns.mine(desk.work_all)
    assert lock.asked == [1.0]
    assert desk.turns.torn_by == "an exception"
    assert desk.ended == ["left"]
    assert lock_is_free(desk)


def test_a_lock_that_was_leaked_by_a_caller_is_given_up(desk: Desk) -> None:
    """The same with a real one, whose thread goes on with other things."""
    desk.turns._lock.acquire()
    run_elsewhere(desk, desk.turns.mine, desk.work_all)
    assert desk.turns.torn_by == "an exception"
    assert not desk.turns.is_held_here()
    desk.turns.torn_by = None  # mended
    desk.turns.ask(desk.work, "later")
    assert desk.ended == ["later"]


def test_a_lock_whose_owner_is_at_work_is_not_given_up(desk: Desk) -> None:
    """However long that takes: the engine's thread asks for it again."""
    entered, go_on, asked_again = threading.Event(), threading.Event(), threading.Event()

    class SlowLock:
        """The caller's; the engine's thread does not wait a second, but asks again as often as it likes."""

        def __init__(self, lock: Any) -> None:
            self.lock, self.asked = lock, 0

        def acquire(self, blocking: bool, seconds: float = -1) -> bool:
            if not blocking:
                return bool(self.lock.acquire(False))
            self.asked += 1
            if self.asked == 3:
                asked_again.set()
            return bool(self.lock.acquire(True, 0.01))

        def _is_owned(self) -> bool:
            return bool(self.lock._is_owned())

        def __enter__(self) -> None:
            self.lock.__enter__()

        def __exit__(self, *error: object) -> None:
            self.lock.__exit__(*error)

        def release(self) -> None:
            self.lock.release()

    desk.turns._lock = SlowLock(desk.turns._lock)  # type: ignore[assignment]

    def busy(what: object) -> None:
        entered.set()
        assert go_on.wait(30)
        desk.work(what)

    caller = threading.Thread(target=desk.turns.ask, args=(busy, "slow"))
    caller.start()
    assert entered.wait(30)
    engine = threading.Thread(target=desk.turns.mine, args=(lambda: desk.ended.append("engine"),))
    engine.start()
    assert asked_again.wait(30)
    assert desk.ended == []
    go_on.set()
    caller.join(30)
    engine.join(30)
    assert desk.ended == ["slow", "engine"]
    assert desk.turns.torn_by is None


@pytest.mark.parametrize("way", ["ask", "ask_at_once"])
@pytest.mark.parametrize("next_one", ["ask", "ask_at_once", "mine"])
def test_a_second_exception_in_the_clean_up_hides_nothing(way: str, next_one: str) -> None:
    """What was torn is noticed by the next one who has the engine, at the latest: nothing is built on the half of it."""
    wrong = []

    def torn(what: object) -> None:
        desk.begun.append(what)
        if desk.begun == [what]:
            raise ValueError

    def ask() -> None:
        with contextlib.suppress(ValueError):
            getattr(desk.turns, way)(torn, "mine")

    for interruption in interruptions((turns, outcomes)):
        desk = Desk()
        interruption.call(ask)
        if desk.begun:
            seen: list[object] = []
            if next_one == "mine":
                run_elsewhere(desk, desk.turns.mine, lambda desk=desk, seen=seen: seen.append(desk.turns.torn_by))
            else:
                run_elsewhere(desk, getattr(desk.turns, next_one), desk.work, "later")
                seen.append(desk.turns.torn_by)
            if seen == [None] or "later" in desk.ended or not lock_is_free(desk):
                wrong.append(interruption.where)
        desk.close()
    assert wrong == []


def test_a_fork_forgets_who_had_the_engine(desk: Desk) -> None:
    """And what was asked for: that is the parent's."""
    desk.turns._lock.acquire()
    desk.turns.inbox.append((desk.work, "the parent's"))
    desk.turns.forget()
    assert not desk.turns.is_held_here()
    desk.turns.ask(desk.work, "here")
    assert desk.ended == []  # it never begins here
    desk.turns.begin()
    desk.turns.turn()
    assert desk.ended == ["here"]


def test_an_exception_goes_to_the_asker(desk: Desk) -> None:
    """He is told; the message stays, for the engine's thread to mend what is torn."""

    def torn(_what: object) -> None:
        raise Interrupt

    with pytest.raises(Interrupt):
        desk.turns.ask(torn, "mine")
    assert desk.turns.torn_by == "Interrupt"
    assert desk.waiting == ["mine"]
    assert desk.wakes
    assert lock_is_free(desk)
