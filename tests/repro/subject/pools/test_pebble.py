"""The adapter of Pebble, over a fake."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

from repro.plan import catalogue


def done(value: int | BaseException) -> Future[int]:
    """A future that is done."""
    future: Future[int] = Future()
    if isinstance(value, BaseException):
        future.set_exception(value)
    else:
        future.set_result(value)
    return future


def test_pebble_takes_a_time_limit_and_goes_on_after_an_error() -> None:
    """schedule() gets the arguments as a tuple, map() gives the results behind an error, too."""
    pebble = catalogue.pools()["pebble"].adapter
    calls = []

    def schedule(function: Any, args: Any, timeout: Any) -> Future[int]:
        calls.append((args, timeout))
        return done(args[0])

    answers = iter([1, ValueError("2"), 3])

    class Answers:
        def __next__(self) -> int:
            answer = next(answers)
            if isinstance(answer, Exception):
                raise answer
            return answer

    results = SimpleNamespace(result=Answers)
    pool = SimpleNamespace(schedule=schedule, map=lambda function, inputs, timeout: results)
    got = list(pebble.run(pool, "schedule", abs, [1, 2], lambda error: None))
    assert [(one.task, one.value) for one in got] == [(1, 1), (2, 2)]
    assert calls == [((1,), None), ((2,), None)]
    assert [(one.task, one.value, str(one.error)) for one in pebble.run(pool, "map", abs, [1, 2, 3], print)] == [
        (1, 1, "None"),
        (2, None, "2"),
        (3, 3, "None"),
    ]
