"""Messages to workers and back, the large ones through shared memory: each keeps what it says."""

from __future__ import annotations

import gc
import pickle
import weakref
from pathlib import Path

import pytest

from safepool import Pool, ProcessPoolExecutor
from safepool.protocol import slots
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


@pytest.mark.parametrize("size", [20_000, 1_000_000, slots.ARENA_SIZE - 2000, slots.ARENA_SIZE + 1])
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
