"""Rows: amounts: queues, sizes, pools. Those that begin with ``heavy_`` take gigabytes or minutes."""

import signal

from tests.safepool.acceptance.grid import subject_tasks as tasks
from tests.safepool.acceptance.grid.subject_rows import Executor, Pool, is_death, row


@row
def full_pipes_in_both_directions():
    """Large arguments and large results at the same time, more than every pipe holds: no deadlock."""
    data = bytes(3 << 20)
    with Executor() as executor:
        futures = [executor.submit(tasks.both_ways, data) for _ in range(24)]
        assert all(future.result() == data for future in futures)
    with Pool() as pool:
        assert all(value == data for value in pool.imap(tasks.both_ways, [data] * 16))
    pool.join()


@row
def many_queued_tasks():
    """50,000 tasks wait behind one; all of them run."""
    with Executor() as executor:
        futures = [executor.submit(tasks.echo, i) for i in range(50000)]
        assert [future.result() for future in futures] == list(range(50000))


@row
def many_queued_tasks_and_a_death():
    """A worker is killed with a long queue behind it: one task at most is lost."""
    with Executor() as executor:
        executor.submit(tasks.delayed_death, 0.05).result()
        futures = [executor.submit(tasks.echo, i) for i in range(30000)]
        errors = [error for error in [future.exception() for future in futures] if error is not None]
        assert all(is_death(error, -signal.SIGKILL) for error in errors)
        assert sum(error.stage != "finished" for error in errors) <= 1, [str(error) for error in errors[:3]]


@row
def heavy_half_a_million_queued_tasks():
    """500,000 tasks in the queue."""
    with Executor() as executor:
        futures = [executor.submit(tasks.echo, i) for i in range(500000)]
        assert sum(future.result() for future in futures) == 500000 * 499999 // 2


@row
def heavy_a_million_tasks_through_imap():
    """A million items through imap; the iterable is not read far ahead of the reader."""
    ahead = 0
    taken = [0]

    def source():
        for i in range(1000000):
            taken[0] = i
            yield i

    with Pool() as pool:
        for count, value in enumerate(pool.imap(tasks.echo, source())):
            assert value == count
            ahead = max(ahead, taken[0] - count)
    pool.join()
    assert ahead < 200000, f"read {ahead} items ahead"


@row
def heavy_a_gigabyte_there_and_back():
    """Arguments and results of 1 GiB, beyond what a 32-bit length holds when doubled."""
    data = bytes(1 << 30)
    with Executor(1) as executor:
        assert executor.submit(tasks.length, data).result() == len(data)
        assert len(executor.submit(tasks.big, (1 << 31) + 5).result()) == (1 << 31) + 5


@row
def heavy_two_hundred_workers():
    """A pool of 200 workers works and ends."""
    with Pool(200) as pool:
        assert pool.map(tasks.times_ten, range(2000), chunksize=1) == [i * 10 for i in range(2000)]
        outcomes = pool.map(tasks.exit_at_three, range(500), chunksize=1, return_exceptions=True)
        assert is_death(outcomes.pop(3), 7) and len(outcomes) == 499
    pool.join()
