"""Rows: picklers, iterables and callbacks that raise or block in the parent."""

import threading

import safepool
from tests.safepool.acceptance.grid import subject_faults as faults
from tests.safepool.acceptance.grid import subject_tasks as tasks
from tests.safepool.acceptance.grid.subject_rows import Executor, Pool, is_death, raises, row, works

BASE_ERRORS = (SystemExit(9), KeyboardInterrupt(), faults.OtherBase("told-you-so"), ValueError("told-you-so"))


@row
def pickling_an_argument_raises():
    """Whatever an argument's pickling raises, SystemExit too, is that call's error; the pool goes on."""
    for error in BASE_ERRORS:
        with Executor() as executor:
            raises(BaseException, lambda error=error, e=executor: e.submit(tasks.echo, tasks.BadPickle(error)).result())
            works(executor)
        with Pool() as pool:
            raises(BaseException, pool.map, tasks.echo, [1, 2, tasks.BadPickle(error), 4])
            raises(BaseException, pool.apply, tasks.echo, (tasks.BadPickle(error),))
            raises(BaseException, list, pool.imap(tasks.echo, [1, tasks.BadPickle(error)]))
            works(pool)
        pool.join()


def throwing(error, after=2):
    yield from range(after)
    raise error


@row
def an_iterable_raises():
    """Whatever an iterable raises ends that call only."""
    for error in BASE_ERRORS:
        with Pool() as pool:
            raises(BaseException, pool.map, tasks.echo, throwing(error))
            raises(BaseException, list, pool.imap(tasks.echo, throwing(error)))
            raises(BaseException, list, pool.imap_unordered(tasks.echo, throwing(error), 2))
            works(pool)
        pool.join()
        with Executor() as executor:
            raises(BaseException, lambda e=executor, error=error: list(e.map(tasks.echo, throwing(error))))
            works(executor)


@row
def a_callback_raises():
    """Whatever a callback raises, the pool goes on."""
    for error in BASE_ERRORS:

        def callback(_, error=error):
            raise error

        with Pool() as pool:
            result = pool.apply_async(tasks.times_ten, (1,), callback=callback)
            result.wait()
            pool.apply_async(tasks.exit_now, error_callback=callback).wait()
            works(pool)
        pool.join()
        with Executor() as executor:
            for function in (tasks.times_ten, tasks.exit_now):
                future = executor.submit(function, 1)
                future.add_done_callback(callback)
                future.exception()
            works(executor)


@row
def on_death_raises():
    """`on_death` may raise what it likes."""
    for error in BASE_ERRORS:

        def callback(_, error=error):
            raise error

        with Executor(on_death=callback) as executor:
            is_death(executor.submit(tasks.exit_now).exception(), 7)
            works(executor)


@row
def a_callback_that_blocks():
    """While one callback blocks, deaths are still seen and other calls return."""
    gate = threading.Event()
    with Pool() as pool:
        pool.apply_async(tasks.times_ten, (1,), callback=lambda _: gate.wait(60))
        is_death(raises(safepool.WorkerDied, pool.apply, tasks.exit_now), 7)
        works(pool)
        gate.set()
    pool.join()


@row
def a_callback_that_uses_the_pool():
    """A done-callback may submit again, and shut down."""
    answers, done = [], threading.Event()
    executor = Executor()

    def again(future):
        answers.append(future.result())
        if len(answers) < 5:
            executor.submit(tasks.times_ten, len(answers)).add_done_callback(again)
        else:
            executor.shutdown(wait=False)
            done.set()

    executor.submit(tasks.times_ten, 0).add_done_callback(again)
    assert done.wait(20), answers
    executor.shutdown(wait=True)
    assert answers == [0, 10, 20, 30, 40]


@row
def a_callback_that_terminates_the_pool():
    """A callback may end the pool it belongs to."""
    done = threading.Event()
    pool = Pool()
    pool.apply_async(tasks.times_ten, (1,), callback=lambda _: (pool.terminate(), done.set()))
    assert done.wait(20)
    pool.join()


@row
def a_result_that_does_not_unpickle():
    """It is that task's error, whatever the unpickling raises."""
    for kind in ("exception", "system-exit", "keyboard-interrupt"):
        with Executor() as executor:
            error = executor.submit(tasks.ununpicklable_result, kind).exception()
            assert error is not None and not isinstance(error, SystemExit), repr(error)
            works(executor)
        with Pool() as pool:
            outcomes = pool.map(tasks.ununpicklable_result, [kind] * 3, chunksize=2, return_exceptions=True)
            assert all(isinstance(outcome, BaseException) for outcome in outcomes), outcomes
            works(pool)
        pool.join()


@row
def a_repr_that_raises_exits_or_never_returns():
    """The error of a dead task comes in time even if its argument's repr does not."""
    for kind in ("raises", "exits", "huge", "slow"):
        with Executor() as executor:
            error = executor.submit(tasks.exit_now, tasks.BadRepr(kind)).exception()
            is_death(error, 7)
            if kind != "slow":
                assert len(str(error)) < 5000


@row
def an_iterable_that_blocks_holds_up_nobody_else():
    """imap over an iterable that does not go on: other calls return, and so does terminate()."""
    gate = threading.Event()

    def blocking():
        yield 1
        gate.wait(60)

    with Pool() as pool:
        iterator = pool.imap(tasks.times_ten, blocking())
        assert next(iterator) == 10
        works(pool)
    gate.set()
    pool.join()
