"""The scheduler: hung cells hold no slot, and whoever leaves in the middle leaves nothing."""

from __future__ import annotations

import pytest

from repro.observer.scheduler import Scheduler
from tests.repro import lab

#: A deadline that is never met, in seconds.
LONG = 60.0


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_stop_between_two_starts_leaves_nothing(count: int) -> None:
    """Stopped when one, two or three cells have just been started: those are ended (the fixture checks)."""
    started: list[object] = []
    run = Scheduler([lab.miniature_cell("hangs") for _ in range(4)], 60.0, 4)

    def stop(_waiting: int, cell: object) -> None:
        started.append(cell)
        run.stop = len(started) == count

    run.progress = stop
    with pytest.raises(KeyboardInterrupt):
        list(run.run())
    assert len(started) == count


def test_more_hung_cells_than_slots_do_not_wait_for_each_other() -> None:
    """A hung cell holds no slot: with one slot, all of them are in hand at the same time."""
    waited: list[int] = []
    run = Scheduler([lab.miniature_cell("hangs") for _ in range(4)], LONG, 1)

    def started(waiting: int, _cell: object) -> None:
        waited.append(waiting)
        run.stop = len(waited) == 4

    run.progress = started
    with pytest.raises(KeyboardInterrupt):
        list(run.run())
    assert waited == [0, 1, 2, 3]


def test_leaving_a_run_early_leaves_nothing() -> None:
    """Closing a run in the middle ends its cells, orphans and those that ignore SIGTERM among them (the fixture checks)."""
    names = ["honest", "leaves_orphan", "ignores_sigterm", "spins", "stops_itself", "hangs"]
    run = Scheduler([lab.miniature_cell(name) for name in names], LONG, len(names)).run()
    assert next(run)
    run.close()
