"""A fork that a task makes is a stranger: when it comes back it writes nothing, and ends as its function ended."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

from safepool import Pool

FORK = multiprocessing.get_context("fork")


def status_of(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def returns_a_number(x: int) -> int:
    child = os.fork()
    return status_of(child) + x if child else 10**6


def returns_none(_x: int) -> None:
    child = os.fork()
    if child:
        assert status_of(child) == 0


def returns_an_object(x: int) -> Any:
    child = os.fork()
    return ["worker", status_of(child), x] if child else ["stranger"]


def returns_another_type(x: int) -> Any:
    child = os.fork()
    return status_of(child) + x if child else "stranger"


def exits(x: int) -> int:
    child = os.fork()
    if child:
        return status_of(child)
    sys.exit(x + 3)


def exits_with_nothing(_x: int) -> int:
    child = os.fork()
    if child:
        return status_of(child)
    sys.exit()


def exits_with_a_text(_x: int) -> int:
    child = os.fork()
    if child:
        return status_of(child)
    sys.exit("the stranger's last words")


def raises(_x: int) -> int:
    child = os.fork()
    if child:
        return status_of(child)
    raise LookupError("of the stranger")


def raises_value_error(_x: int) -> int:
    """Which a store to a released view raises as well."""
    child = os.fork()
    if child:
        return status_of(child)
    raise ValueError("of the stranger")


class ForksWhenItIsPickled:
    def __reduce__(self) -> Any:
        child = os.fork()
        return (int, (status_of(child),)) if child else (int, (10**6,))


def result_that_forks(_x: int) -> Any:
    return ForksWhenItIsPickled()


class ForksWhenItIsUnpickled:
    def __reduce__(self) -> Any:
        return (returns_a_number, (7,))


def same(x: Any) -> Any:
    return x


def forks_in_the_initializer() -> None:
    child = os.fork()
    if child:
        os.environ["STATUS_OF_STRANGER"] = str(status_of(child))


def status_of_the_initializers_fork(_x: int) -> str:
    return os.environ["STATUS_OF_STRANGER"]


def process_of_its_own(x: int) -> tuple[int, int]:
    """What tasks that fork should do: it never comes back to the loop."""
    queue = FORK.SimpleQueue()
    process = FORK.Process(target=queue.put, args=(x + 1,))
    process.start()
    found = queue.get()
    process.join()
    assert process.exitcode is not None
    return found, process.exitcode


def pool_of_its_own(x: int) -> list[int]:
    with Pool(1, context=FORK) as pool:
        return pool.map(abs, [-x, -1])


CASES: list[tuple[Callable[[Any], Any], Callable[[int], Any]]] = [
    (returns_a_number, lambda x: x),
    (returns_none, lambda _: None),
    (returns_an_object, lambda x: ["worker", 0, x]),
    (returns_another_type, lambda x: x),
    (exits, lambda x: x + 3),
    (exits_with_nothing, lambda _: 0),
    (exits_with_a_text, lambda _: 1),
    (raises, lambda _: 1),
    (raises_value_error, lambda _: 1),
    (result_that_forks, lambda _: 0),
    (process_of_its_own, lambda x: (x + 1, 0)),
    (pool_of_its_own, lambda x: [x, 1]),
]


@pytest.mark.parametrize(("function", "expected"), CASES, ids=[function.__name__ for function, _ in CASES])
def test_each_result_is_the_workers(function: Callable[[Any], Any], expected: Callable[[int], Any]) -> None:
    """Alone, in chunks of scalars, and in chunks that are pickled; nobody dies of it."""
    with Pool(2, context=FORK) as pool:
        assert pool.apply(function, (1,)) == expected(1)
        assert pool.map(function, range(5), chunksize=3) == list(map(expected, range(5)))
        assert list(pool.imap(function, iter(range(3)))) == list(map(expected, range(3)))
        assert not pool.deaths


def test_items_that_fork_when_they_are_unpickled() -> None:
    """In a chunk and alone."""
    with Pool(1, context=FORK) as pool:
        assert pool.map(same, [ForksWhenItIsUnpickled() for _ in range(4)], chunksize=2) == [7] * 4
        assert pool.apply(same, (ForksWhenItIsUnpickled(),)) == 7
        assert not pool.deaths


def test_an_initializer_that_forks(context: multiprocessing.context.BaseContext) -> None:
    """Its fork is no second worker on the same pipe."""
    with Pool(1, context=context, initializer=forks_in_the_initializer) as pool:
        assert pool.map(status_of_the_initializers_fork, range(3)) == ["0"] * 3
        assert not pool.deaths


def test_what_a_stranger_says_is_seen(capfd: pytest.CaptureFixture[str]) -> None:
    """Its traceback, or the text that it exits with."""
    with Pool(1, context=FORK) as pool:
        pool.apply(raises, (0,))
        pool.apply(exits_with_a_text, (0,))
        pool.close()
        pool.join()
    said = capfd.readouterr().err
    assert "LookupError: of the stranger" in said
    assert said.endswith("the stranger's last words\n")
