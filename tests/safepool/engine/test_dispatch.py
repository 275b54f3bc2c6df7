"""Messages to workers and back, the large ones through shared memory: each keeps what it says."""

from __future__ import annotations

import gc
import marshal
import os
import pickle
import weakref
from pathlib import Path
from typing import Any

import pytest

from safepool import Pool, ProcessPoolExecutor
from safepool.core import states
from safepool.core.states import Task
from safepool.engine import watch
from safepool.protocol import slots, wire, words
from safepool.protocol.codec import Packed, Parcel
from safepool.protocol.region import ARENA_SIZE
from safepool.protocol.words import CHUNK, LARGE, PICKLED_CALL, VALUE
from tests.safepool.engine.scenes import SCALAR, Owner, Scene
from tests.safepool.tasks import FORK, die_once, square

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]
_kept: list[object] = []


class Buffer:
    """An object whose memory travels out of band, as that of a NumPy array does."""

    def __init__(self, data: bytearray) -> None:
        self.data = data

    def __reduce_ex__(self, protocol: object) -> object:
        return Buffer, (pickle.PickleBuffer(self.data),)


def keep(value: object) -> object:
    """Keep what came, so that a later message has every chance to overwrite it."""
    _kept.append(value)
    return value


def kept(i: int) -> bytes:
    value = _kept[i]
    return bytes(value.data if isinstance(value, Buffer) else value)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("size", [20_000, 1_000_000, ARENA_SIZE - 2000, ARENA_SIZE + 1])
def test_a_large_message_is_nobody_elses_memory(size: int) -> None:
    """Arguments and results stay what they are when others of their size follow through the same memory."""
    values: list[object] = [bytes([i]) * size if i % 2 else Buffer(bytearray([i]) * size) for i in range(6)]
    with Pool(1, context=FORK) as pool:
        back = [pool.apply(keep, (value,)) for value in values]
        assert [bytes(getattr(value, "data", value)) == bytes([i]) * size for i, value in enumerate(back)] == [True] * 6
        assert [pool.apply(kept, (i,)) == bytes([i]) * size for i in range(6)] == [True] * 6
    pool.join()


def test_large_messages_in_a_crowd_and_with_deaths(tmp_path: Path) -> None:
    """Many at once: some through the arenas, some through the pipes, while workers are killed."""
    values = [bytes([i]) * (40_000 + 70_000 * (i % 7)) for i in range(100)]
    with Pool(2, context=FORK, retries=3) as pool:
        results = [pool.apply_async(echo_or_die, (value, str(tmp_path / str(i)))) for i, value in enumerate(values)]
        assert [r.get(60) == value for r, value in zip(results, values, strict=True)] == [True] * 100
    pool.join()


def echo_or_die(value: bytes, path: str) -> bytes:
    """Every tenth call kills its worker, the first time."""
    if path.endswith("7"):
        die_once(path)
    return value


def test_a_pool_forgets_what_was_large() -> None:
    """A worker's arena keeps no task, no argument and no result alive."""
    with ProcessPoolExecutor(1, mp_context=FORK) as executor:
        future = executor.submit(keep, b"x" * 300_000)
        assert len(future.result()) == 300_000  # type: ignore[arg-type]
        gone = weakref.ref(future)
        del future
        executor.submit(square, 2).result()
        gc.collect()
        assert gone() is None


# ---- with nobody in it but the parts


def parcel(*parts: bytes) -> Parcel:
    return Parcel((PICKLED_CALL, len(parts)), Packed([len(part) for part in parts], list(parts)))


def test_what_is_sent_is_what_was_taken(scene: Scene) -> None:
    """The number of the first item, and a unit for each task; recorded before it is written."""
    scene.begin()
    scene.ready()
    task = scene.add()
    worker = task.worker
    assert worker is not None
    assert scene.far[worker.id].receives() == [(words.TASKS, (0, [SCALAR]), [])]
    assert worker.held[0] is task
    scene.far[worker.id].says(words.RESULTS, (0, 5, [1]))
    scene.look()
    scene.core.idle.pop(next(iter(one for one in scene.core.idle if one is not worker)))
    scene.add()
    assert scene.far[worker.id].receives() == [(words.TASKS, (1, [SCALAR]), [])]


def test_a_large_message_goes_through_the_arena_while_that_is_free(scene: Scene) -> None:
    """The next one through the pipe, until the worker has no task any more that may read it."""
    scene.begin()
    worker, other = scene.ready()
    scene.workers.stop(other, 1000)
    kinds = []
    real = worker.io.channel.send

    def send(head: bytes, parts: Any = ()) -> None:
        kinds.append(wire.HEADER.unpack_from(head)[2] & wire.IN_ARENA)
        real(head, parts)

    worker.io.channel.send = send
    scene.core.cost = 1e6
    tasks = [scene.add(payload=parcel(bytes([i]) * 50_000, b"tail")) for i in range(3)]
    far = scene.far[worker.id]
    assert scene.parts.dispatch.feed(worker)  # one ahead
    got = far.receives()
    for i in range(3):
        far.says(words.RESULTS, (i, 1_000_000, [i]))
        scene.look()
        got += far.receives()
    assert [task.owner.told for task in tasks] == [[(0, 0)], [(0, 1)], [(0, 2)]]
    assert [buffers for _, _, buffers in got] == [[bytes([i]) * 50_000, b"tail"] for i in range(3)]
    assert kinds == [wire.IN_ARENA, 0, wire.IN_ARENA]
    assert worker.io.in_arena == [] or worker.io.in_arena[0].state is states.DONE


def test_results_in_an_arena_are_copied_before_the_worker_may_use_it_again(scene: Scene) -> None:
    """And it is told that they were."""
    scene.begin()
    scene.ready()
    task = scene.add()
    worker = task.worker
    assert worker is not None
    far = scene.far[worker.id]
    wire.put(far.slot.answers, [b"large" * 5000])
    frame = wire.frame(words.RESULTS | wire.IN_ARENA, (0, 5, [(LARGE, VALUE, 1)]), [25_000])
    os.write(far.result_fd, frame)
    scene.look()
    far.slot.answers[0:25_000] = b"other" * 5000
    ((_, entry),) = task.owner.told
    assert entry[0] == VALUE
    assert bytes(entry[1]) == b"large" * 5000
    assert far.slot.words[slots.TAKEN] == 1


def test_a_journal_is_read_only_up_to_what_the_pipe_has_not(scene: Scene) -> None:
    """What is in the pipe comes first; results that are known already are passed over."""
    scene.begin()
    scene.ready()
    task = scene.add(count=4, payload=(CHUNK, b"", 0, 0, [0, 1, 2, 3]))
    worker = task.worker
    assert worker is not None
    slot = scene.far[worker.id].slot

    def note(base: int, entries: list[bytes]) -> None:
        end = 0
        for i, entry in enumerate(entries):
            slot.data[end : end + len(entry)] = entry
            end += len(entry)
            slot.ends[i] = end
        slot.words[slots.BASE] = base

    note(1, [marshal.dumps("b")])
    scene.parts.dispatch.journal(worker, 2)
    assert not scene.outcomes.settled  # item 0 is in the pipe
    note(0, [marshal.dumps("a"), marshal.dumps("b")])
    scene.parts.dispatch.journal(worker, 2)
    scene.parts.dispatch.journal(worker, 2)
    scene.far[worker.id].says(words.RESULTS, (0, 5, ["a", "b", "c"]))
    scene.look()
    assert task.owner.told == [(0, "a"), (1, "b"), (2, "c")]
    note(3, [b"\xff\xff"])
    scene.parts.dispatch.journal(worker, 4)  # makes no sense: passed over
    assert task.done == 3


def test_tiny_tasks_wait_for_a_batch_while_the_workers_are_busy(scene: Scene) -> None:
    """A fraction of a millisecond; should they be busy with something longer, the tick deals them out."""
    scene.core.crew = 1
    scene.begin()
    scene.ready()
    scene.core.cost = 1000.0
    first = scene.add()
    second = scene.add()
    assert first.worker is not None
    assert second.worker is None
    assert scene.selector.next_tick <= scene.time + watch.BATCH_CHECK
    took = scene.until(lambda: second.worker is not None)
    assert took <= 2 * watch.BATCH_CHECK + 0.001


def test_tasks_that_nobody_began_are_looked_for_when_a_worker_has_nothing_to_do(scene: Scene) -> None:
    """So that they do not wait behind a long one."""
    scene.begin()
    one, other = scene.ready()
    scene.core.cost = 1000.0
    for _ in range(8):
        scene.core.add(Task(Owner(), 0, 1, SCALAR))
    scene.staffing.deal()
    busy, free = (one, other) if len(one.held) > 1 else (other, one)
    assert len(busy.held) > 1
    scene.far[busy.id].notes(0, words.RUNNING)
    done = sum(task.count for task in free.held)
    scene.far[free.id].notes(done, words.IDLE)
    scene.far[free.id].says(words.RESULTS, (0, 5000, list(range(done))))
    before = set(busy.held)
    scene.until(lambda: len(busy.held) == 1, within=1.0)
    assert all(task.worker is free for task in before - set(busy.held))
