"""The parts, and the one thing that all of them ask: look at this worker then."""

from __future__ import annotations

from safepool.engine import watch
from tests.safepool.engine.scenes import Scene


def test_the_earliest_look_that_was_asked_for_is_the_one(scene: Scene) -> None:
    """A later one does not put it off; never is no time, and what is due for one is due for the thread."""
    scene.begin()
    worker, _ = scene.ready()
    worker.io.attention.look_at = watch.NEVER
    scene.selector.next_tick = float("inf")
    scene.parts.look(worker, watch.NEVER)
    assert scene.selector.next_tick == float("inf")
    for when, expected in ((5000.0, 5000.0), (6000.0, 5000.0), (4000.0, 4000.0)):
        scene.parts.look(worker, when)
        assert worker.io.attention.look_at == expected
        assert scene.selector.next_tick == expected
