"""How programs write a pool: each word of a scenario's text, for both interfaces and for those that differ from them."""

from __future__ import annotations

import pytest

from repro.plan import catalogue
from repro.subject.script import WORDS, ExecutorWording, PoolWording, Wording, expand

POOL = PoolWording("Pool", "map", {"initializer": "initializer", "tasks_per_worker": "maxtasksperchild"})
EXECUTOR = ExecutorWording("Executor", "submit", {"initializer": "initializer"})


@pytest.mark.parametrize(
    ("text", "of_a_pool", "of_an_executor"),
    [
        ("POOL(3)", "Pool(3)", "Executor(3)"),
        ("POOL(3, initializer=f)", "Pool(3, initializer=f)", "Executor(3, initializer=f)"),
        ("CALL(f, [1])", "pool.map(f, [1])", "[f.result() for f in [pool.submit(f, x) for x in [1]]]"),
        ("EACH(f, [1])", "pool.imap(f, [1])", "pool.map(f, [1])"),
        ("LIST(MAP(f, [1]))", "pool.map_async(f, [1]).get()", "list(pool.map(f, [1]))"),
        ("ASK(one, 2)", "[r.get(2) for r in one]", "[f.result(2) for f in one]"),
        ("if x:\n    FINISH()", "if x:\n    pool.close()\n    pool.join()", "if x:\n    pool.shutdown()"),
        (
            "started = START(f, [1], g)",
            "started = [pool.apply_async(f, (x,), callback=g, error_callback=g) for x in [1]]",
            "started = [pool.submit(f, x) for x in [1]]\nfor one in started:\n    one.add_done_callback(g)",
        ),
    ],
)
def test_a_word_is_written_as_the_pool_is(text: str, of_a_pool: str, of_an_executor: str) -> None:
    """Words may stand in each other's arguments; lines that follow stand under the first."""
    assert expand(text, POOL) == of_a_pool
    assert expand(text, EXECUTOR) == of_an_executor


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("map", "pool.map(f, y)"),
        ("apply_async", "[r.get() for r in [pool.apply_async(f, (x,)) for x in y]]"),
        ("imap", "list(pool.imap(f, y))"),
        ("imap_unordered", "list(pool.imap_unordered(f, y))"),
    ],
)
def test_a_call_is_that_of_the_operation(operation: str, call: str) -> None:
    assert expand("CALL(f, y)", PoolWording("Pool", operation, {})) == call


def test_an_option_that_a_pool_has_not_is_an_error() -> None:
    """No program that would fail for another reason than the one that it is to show."""
    with pytest.raises(KeyError, match="tasks_per_worker"):
        expand("POOL(3, tasks_per_worker=1)", EXECUTOR)


@pytest.mark.parametrize("pool", ["safepool", "pebble", "deadpool-executor", "mpire"])
def test_a_time_limit_is_said_where_the_pool_takes_it(pool: str) -> None:
    """To the constructor, or with each call; once."""
    adapter = catalogue.pools()[pool].adapter
    wording = adapter.wording(adapter.operations[0], 2.0)
    assert wording is not None
    assert expand("POOL(3)\nCALL(f, y)", wording).count("timeout=2") == 1


def test_a_pool_without_a_time_limit_is_not_told_one() -> None:
    with pytest.raises(NotImplementedError):
        catalogue.pools()["multiprocessing.Pool"].adapter.wording("map", 2.0)


def test_every_word_is_a_method() -> None:
    assert all(callable(getattr(Wording, word.lower())) for word in WORDS)
