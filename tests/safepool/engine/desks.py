"""A desk: where messages for the engine are left and worked off, with nobody else there."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from safepool.engine.outcomes import Outcomes
from safepool.engine.selector import Selector
from safepool.engine.turns import Turns


class Inbox(deque):  # type: ignore[type-arg]
    """Remembers what was left in it."""

    def __init__(self) -> None:
        super().__init__()
        self.left: list[object] = []

    def append(self, message: Any) -> None:
        super().append(message)
        self.left.append(message[1])


class Desk:
    """Turns with a selector of their own, and one kind of operation, which notes when it begins and when it has ended."""

    def __init__(self) -> None:
        self.selector = Selector()
        self.selector.open()
        self.outcomes = Outcomes("test")
        self.turns = Turns(self.selector, self.outcomes, print)
        self.turns.inbox = Inbox()
        self.turns.begin()
        self.begun: list[object] = []
        self.ended: list[object] = []
        self.wakes = 0

        def wake() -> None:
            self.wakes += 1

        self.selector.wake = wake  # type: ignore[method-assign]

    @property
    def left(self) -> list[object]:
        return self.turns.inbox.left  # type: ignore[attr-defined, no-any-return]

    @property
    def waiting(self) -> list[object]:
        return [message[1] for message in list(self.turns.inbox)]

    def work(self, what: object) -> bool:
        self.begun.append(what)
        self.ended.append(what)
        return True

    def work_all(self) -> None:
        """As the engine's own thread does it."""
        self.turns.work(1 << 30)

    def elsewhere(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a function returns in another thread."""
        answers: list[Any] = []
        thread = threading.Thread(target=lambda: answers.append(function(*arguments)))
        thread.start()
        thread.join(30)
        assert answers, "it waits, or failed"
        return answers[0]

    def close(self) -> None:
        self.selector.close()
        self.outcomes.stop()


class Quiet:
    """Instead of a thread for users' functions."""

    @staticmethod
    def call(function: Callable[[], Any]) -> None:
        function()


def lock_is_free(desk: Desk) -> bool:
    def taken() -> bool:
        free: bool = desk.turns._lock.acquire(False)
        if free:
            desk.turns._lock.release()
        return free

    return bool(desk.elsewhere(taken))
