"""Which worker gets which tasks: batches that fit their cost, and shares that leave something to the others."""

from __future__ import annotations

from safepool.core.states import Task
from tests.safepool.core.cores import started


def test_a_task_of_unknown_cost_travels_alone() -> None:
    """Until a duration is known nothing waits behind a task that may be long."""
    pool, (worker,) = started()
    for _ in range(10):
        pool.add(Task("owner", 0, 1, "payload"))
    assert len(pool.take(worker)) == 1
    assert pool.take(worker) == []


def test_short_tasks_travel_in_batches_of_about_a_millisecond() -> None:
    """Ten microseconds each: a hundred of them make a batch."""
    pool, (worker,) = started()
    pool.cost = 10_000
    for _ in range(1000):
        pool.add(Task("owner", 0, 1, "payload"))
    assert len(pool.take(worker)) == 100


def test_a_batch_leaves_its_share_to_the_other_workers() -> None:
    """Four tiny tasks and two workers: two each."""
    pool, (one, two) = started(2)
    pool.cost = 1
    for _ in range(4):
        pool.add(Task("owner", 0, 1, "payload"))
    assert len(pool.take(one)) == 2
    assert len(pool.take(two)) == 2


def test_one_long_task_makes_the_next_batches_small() -> None:
    """The estimate believes in long tasks at once, in short ones slowly."""
    pool, (worker,) = started()
    pool.cost = 1000
    pool.add(Task("owner", 0, 1, "payload"))
    pool.take(worker)
    pool.delivered(worker, 0, [None], 50_000_000)
    assert pool.batch() == 1


def test_a_worker_gets_no_more_than_max_tasks() -> None:
    """With max_tasks=2 the third task waits for another worker."""
    pool, (worker,) = started(1, max_tasks=2)
    pool.cost = 1
    for _ in range(3):
        pool.add(Task("owner", 0, 1, "payload"))
    assert len(pool.take(worker)) == 2
    pool.delivered(worker, 0, [None, None])
    assert pool.worn_out(worker)
    assert pool.take(worker) == []
