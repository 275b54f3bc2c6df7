"""Root 4. A task raises an exception that lets nothing be set on it (a frozen dataclass), or no ``__cause__``.

What must hold: whoever waits is told: done-callbacks, ``error_callback``, asyncio.
"""

import asyncio
import dataclasses
import threading

import safepool
from tests.safepool.acceptance.cases import subject_case as case


@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    number: int = 0


class Refuses(Exception):
    __cause__ = property(lambda self: None)


def fail(kind):
    raise kind()


def run(variant, context):
    for kind in (Frozen, Refuses):
        one_kind(kind, variant, context)


def one_kind(kind, variant, context):
    told = threading.Event()
    if variant == "error_callback":
        pool = safepool.Pool(1, context=context)
        pool.apply_async(fail, (kind,), error_callback=lambda error: told.set())
        case.check(told.wait(5), "error_callback is not called")
        pool.terminate()
        return
    pool = safepool.ProcessPoolExecutor(1, mp_context=context)
    if variant == "done-callback":
        pool.submit(fail, kind).add_done_callback(lambda future: told.set())
        case.check(told.wait(5), "the done-callback is not called")
    elif variant == "result":
        _, error = case.outcome(pool.submit(fail, kind).result, 5)
        case.check(type(error) is kind, f"{error!r}")
    else:

        async def main():
            return await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(pool, fail, kind), 5)

        _, error = case.outcome(asyncio.run, main())
        case.check(type(error) is kind, f"{error!r}")
    pool.shutdown()


if __name__ == "__main__":
    case.main(run)
