"""What an adapter has to declare, and what the interfaces that adapters share make of a pool's answers: over fakes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from repro.plan import catalogue, interpreters, matrix
from repro.plan.catalogue import PoolEntry
from repro.subject.adapter import Adapter
from repro.subject.event_loop import AsyncExecutor
from repro.subject.pools.concurrent_futures import ExecutorInterface
from repro.verdicts import adapter_check
from tests.repro import lab

RIVALS = {name: entry for name, entry in catalogue.pools().items() if entry.adapter.project}


class Fine(ExecutorInterface):
    """An adapter with nothing wrong."""

    name = label = "fine"

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        return ThreadPoolExecutor(workers)


@pytest.mark.parametrize("name", list(catalogue.pools()))
def test_every_adapter_of_the_suite_keeps_the_contract(name: str) -> None:
    """What repro check-adapter asks of third parties, the suite's own adapters do."""
    assert adapter_check.contract(catalogue.pools()[name].adapter) == []


def test_an_adapter_with_nothing_wrong_has_no_findings() -> None:
    """The contract can be kept: the table below changes one thing each in this adapter."""
    assert adapter_check.contract(Fine()) == []


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"name": ""}, "name is ''"),
        ({"name": "two words"}, "name is 'two words'"),
        ({"name": None}, "name is None: it has to be a str"),
        ({"label": ""}, "label is empty"),
        ({"operations": ()}, "operations is ()"),
        ({"operations": ("map", "map")}, "each once"),
        ({"operations": "map"}, "operations is 'map': it has to be a tuple of str; one element needs a comma"),
        ({"has": ("callbacks",)}, "has names callbacks: known are initializer"),
        ({"start_methods": ("fork", "thread")}, "start_methods is ('fork', 'thread')"),
        ({"start_methods": ()}, "start_methods is ()"),
        ({"start_methods": ("", "fork")}, "start_methods is ('', 'fork')"),
        ({"default_start_method": "thread"}, "default_start_method is 'thread'"),
        ({"patience": -1}, "patience is -1"),
        ({"requires": None}, "requires is None"),
        ({"open": Adapter.open}, "open() is missing: no pool can be made"),
        ({"collect": Adapter.collect}, "collect() is missing"),
    ],
)
def test_what_is_declared_wrongly_is_said(changes: dict[str, Any], phrase: str) -> None:
    """Each mistake in a declaration is found, alone, and named with the value that was found."""
    (problem,) = adapter_check.contract(type("Changed", (Fine,), changes)())
    assert phrase in problem


def test_something_else_than_an_adapter_is_said() -> None:
    """A POOL that is a class instead of an instance, for one."""
    (problem,) = adapter_check.contract(Fine)
    assert "has to be an instance" in problem


def test_no_adapter_needs_its_pool_to_be_loaded() -> None:
    """The observer loads every adapter to know its name; none of the pools has been imported by that."""
    here = "import sys; from repro.plan import catalogue; catalogue.pools(); print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", here], env=lab.environment(), capture_output=True, text=True, timeout=60
    )
    assert loaded.returncode == 0, loaded.stderr
    assert "repro.plan.catalogue" in loaded.stdout.split()
    assert not {entry.adapter.requires for entry in RIVALS.values()} & set(loaded.stdout.split())


def test_every_adapter_brings_a_script() -> None:
    """repro script has lines for every call of every pool."""
    for entry in catalogue.pools().values():
        for operation in entry.adapter.operations:
            assert any("worker" in line for line in entry.adapter.script(operation)), (entry.name, operation)


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
    pebble = RIVALS["pebble"].adapter
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


def test_mpire_is_told_with_each_call() -> None:
    """What other pools are made with, mpire is told with each call: the initializer and the time limit."""
    mpire = RIVALS["mpire"].adapter
    calls: list[dict[str, Any]] = []

    def answer(function: Any, inputs: Any, **said: Any) -> Any:
        calls.append(said)
        return iter(inputs)

    opened = SimpleNamespace(
        pool=SimpleNamespace(map=answer, imap=answer, imap_unordered=answer), said={"worker_init": 7}
    )
    for operation in ("map", "imap", "imap_unordered"):
        got = list(mpire.run(opened, operation, abs, [1, 2], lambda error: None))
        assert [one.value for one in got] == [1, 2]
        assert [one.task for one in got] == ([None, None] if operation == "imap_unordered" else [1, 2])
    assert calls == [{"worker_init": 7}] * 3


def loop_of(await_call: Any) -> AsyncExecutor:
    """An executor over an asyncio loop, as an async library's adapter makes one."""

    def main(executor: AsyncExecutor) -> None:
        asyncio.run(serve(executor))

    async def serve(executor: AsyncExecutor) -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        executor.ready(
            lambda call: asyncio.run_coroutine_threadsafe(call(), loop) and None,
            lambda: loop.call_soon_threadsafe(ended.set) and None,
        )
        await ended.wait()

    return AsyncExecutor(main, await_call)


def test_an_event_loop_gives_what_await_gives() -> None:
    """Results and errors reach the future of their own call; SystemExit does not end the loop with the other calls in it."""

    async def call(function: Any, argument: int) -> int:
        await asyncio.sleep(0)
        if argument == 2:
            raise SystemExit(1)
        return int(function(argument))

    executor = loop_of(call)
    try:
        futures = [executor.submit(abs, number) for number in (-1, 2, -3)]
        assert [futures[0].result(60), futures[2].result(60)] == [1, 3]
        assert isinstance(futures[1].exception(60), SystemExit)
    finally:
        executor.shutdown()


def cells_of(adapter: Adapter, methods: list[str]) -> list[str]:
    """The start methods of the cells that a pool gets."""
    entry = PoolEntry(adapter, RIVALS["loky"].path)
    cells = matrix.expand([catalogue.scenarios()["ok"]], [entry], [], methods, [interpreters.current()])
    return [cell.start_method for cell in cells]


def test_a_pool_without_start_methods_runs_once() -> None:
    """Whatever start methods are asked for, it has its own way, and the records don't claim another."""
    adapter = type("Own", (Fine,), {"start_methods": ("",)})()
    assert cells_of(adapter, []) == [""]
    assert cells_of(adapter, ["*"]) == [""]


def test_a_pool_that_lacks_the_default_start_method_runs_with_its_first() -> None:
    """Without a filter, a pool is not unsupported for what it was never asked to do."""
    here = interpreters.current().start_methods
    other = next(name for name in matrix.START_METHODS if name != here[0])
    assert cells_of(type("Other", (Fine,), {"start_methods": (other,)})(), []) == [other]
    assert cells_of(Fine(), []) == [here[0]]


def test_a_pool_runs_as_its_users_get_it() -> None:
    """Without a filter, a pool with a default of its own starts its workers by that, and by what was asked for with one."""
    adapter = type("Own", (Fine,), {"default_start_method": "spawn"})()
    assert cells_of(adapter, []) == ["spawn"]
    assert cells_of(adapter, ["fork"]) == ["fork"]
