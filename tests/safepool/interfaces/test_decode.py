"""Errors as callers get them: each names its item."""

from __future__ import annotations

import concurrent.futures
import functools
import pickle
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from safepool import Pool, ProcessPoolExecutor, TaskExited, UnpickleFailed
from safepool.interfaces.decode import decode, of_a_handler, recall, remember
from safepool.protocol.words import EXITED, NOT_PICKLED, NOT_UNPICKLED, RAISED, VALUE
from tests.safepool.tasks import FORK

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


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


class Owner:
    """The owner of one call."""

    remote_traceback = RuntimeError

    def describe_item(self, index: int) -> tuple[str, None]:
        return f"call({index})", None


class Loud(Exception):
    """Raised by a signal handler, or by what a handler interrupts."""


def raises(*_args: Any) -> None:
    raise Loud


class Handler:
    def __call__(self, number: int, frame: Any) -> None:
        raise Loud

    def method(self, number: int, frame: Any) -> None:
        raise Loud

    def deeper(self, *args: Any) -> None:
        self.method(0, None)


def forgets(number: int, frame: Any) -> None:
    del frame
    raise Loud


HANDLERS = [
    raises,
    forgets,
    Handler(),
    Handler().method,
    Handler().deeper,
    lambda number, frame: raises(),
    functools.partial(lambda _first, number, frame: raises(), 1),
]


class Interrupted:
    """Unpickling it, a signal comes."""

    def __setstate__(self, state: Any) -> None:
        signal.raise_signal(signal.SIGUSR1)

    def __reduce__(self) -> Any:
        return (Interrupted, (), {"a": 1})


class Fails:
    """Unpickling it raises what a handler might have raised, with a frame at hand."""

    def __setstate__(self, state: Any) -> None:
        caller = sys._getframe(1)
        assert caller is not None
        raise Loud

    def __reduce__(self) -> Any:
        return (Fails, (), {"a": 1})


@pytest.mark.parametrize("handler", HANDLERS, ids=[str(number) for number in range(len(HANDLERS))])
def test_what_a_handler_raises_comes_out(handler: Any) -> None:
    """Of whatever kind the handler is; and whoever asks again gets the value."""
    entry = (VALUE, pickle.dumps(Interrupted()))
    before = signal.signal(signal.SIGUSR1, handler)
    try:
        with pytest.raises(Loud):
            decode(Owner(), 0, entry)
        signal.signal(signal.SIGUSR1, lambda _number, _frame: None)
        good, value = decode(Owner(), 0, entry)
        assert good
        assert type(value) is Interrupted
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="up to 3.10 the interrupted instruction is not known exactly")
def test_ctrl_c_comes_out_and_the_entry_is_as_good_as_before() -> None:
    """C code raises it, wherever the unpickling is."""
    entry = (VALUE, pickle.dumps(Waits()))
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            decode(Owner(), 0, entry)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    Waits.patient = False
    good, value = decode(Owner(), 0, entry)
    assert good
    assert type(value) is Waits


class Waits:
    patient = True

    def __setstate__(self, state: Any) -> None:
        while self.patient:
            signal.sigpending()

    def __reduce__(self) -> Any:
        return (Waits, (), {"a": 1})


def test_a_keyboardinterrupt_that_users_code_raises_is_no_ctrl_c() -> None:
    """In any thread."""
    entry = (RAISED, pickle.dumps(Stops()), "text")
    answers: list[Any] = [decode(Owner(), 0, entry)]
    thread = threading.Thread(target=lambda: answers.append(decode(Owner(), 0, entry)))
    thread.start()
    thread.join()
    for good, error in answers:
        assert not good
        assert type(error) is UnpickleFailed
    assert len(answers) == 2


class Stops(Exception):
    def __setstate__(self, state: Any) -> None:
        raise KeyboardInterrupt

    def __reduce__(self) -> Any:
        return (Stops, (), {"a": 1})


def test_what_users_code_raises_does_not_come_out() -> None:
    """It is the outcome of that task."""
    good, error = decode(Owner(), 0, (VALUE, pickle.dumps(Fails())))
    assert not good
    assert type(error) is UnpickleFailed
    assert type(error.__cause__) is Loud
    assert not of_a_handler(error.__cause__)


class BadRepr(BaseException):
    def __repr__(self) -> str:
        raise SystemExit("never mind")


class Lies(Exception):
    """It says that it is of another class."""

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise SystemExit("never mind")


@pytest.mark.parametrize(
    "entry",
    [
        (RAISED, pickle.dumps(BadRepr()), "text"),
        (RAISED, pickle.dumps(SystemExit(BadRepr())), "text"),
        (RAISED, pickle.dumps(7), "text"),
        (RAISED, b"no pickle", "text"),
        (EXITED, 3, "text", None),
        (NOT_PICKLED, False, "why", "what", "text"),
        (NOT_UNPICKLED, "why", "text"),
        SystemExit(4),
        GeneratorExit(),
    ],
    ids=str,
)
def test_an_error_is_always_an_exception(entry: Any) -> None:
    """Never what would end the parent, and never what decoding it raises."""
    good, error = decode(Owner(), 0, entry)
    assert not good
    assert isinstance(error, Exception)
    assert "call(0)" in str(error)


def test_a_call_is_remembered_without_its_objects() -> None:
    """Numbers and short texts are kept as they are; of anything else the description is."""
    assert remember(exit_at_three, (1, "a")) == (exit_at_three, (1, "a"))
    assert recall(remember(exit_at_three, (1, "a"))) == "exit_at_three(1, 'a')"
    kept = remember(exit_at_three, ([1],), {"b": 2})
    assert kept == recall(kept) == "exit_at_three([1], b=2)"
    assert type(remember(functools.partial(exit_at_three, 1), ())) is str
    assert recall(None) is None


def test_a_workers_traceback_is_shown_as_the_standard_classes_show_it() -> None:
    """Between quotes, on lines of its own: who cuts it out of a log finds it."""

    def frame(error: BaseException | None) -> tuple[str, str, str]:
        assert error is not None
        cause = error.__cause__
        text = str(cause)
        return type(cause).__name__, text[: text.index("Traceback")], text[text.rindex("ValueError") :]

    shown = []
    for pools in (
        (FORK.Pool, lambda size: concurrent.futures.ProcessPoolExecutor(size, FORK)),
        (lambda size: Pool(size, context=FORK), lambda size: ProcessPoolExecutor(size, FORK)),
    ):
        with pools[0](1) as pool, pools[1](1) as executor:
            with pytest.raises(ValueError, match="invalid literal") as raised:
                pool.apply(int, ("x",))
            shown.append((frame(raised.value), frame(executor.submit(int, "x").exception(30))))
    assert shown[0] == shown[1]
