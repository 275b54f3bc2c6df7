"""The adapter of mpire, over a fake."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from repro.plan import catalogue


def test_mpire_is_told_with_each_call() -> None:
    """What other pools are made with, mpire is told with each call: the initializer and the time limit."""
    mpire = catalogue.pools()["mpire"].adapter
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
