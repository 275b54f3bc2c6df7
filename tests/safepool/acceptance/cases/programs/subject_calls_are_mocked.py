"""Root 8. A test mocks calls of the system's, or of the standard library's; each of them raises, or returns nonsense.

What must hold: a pool that was made before, and one that is made meanwhile, work; and the first one does so afterwards. (But what
multiprocessing itself calls in a new worker must not raise there: the standard pool has no workers then, either.)
"""

from unittest import mock

import safepool
from tests.safepool.acceptance.cases import subject_case as case

TARGETS = {
    "process": "os.getpid os.getppid os.kill os.waitpid os.wait4 os.waitid os.fork os.pidfd_open os.cpu_count",
    "time": "time.monotonic_ns time.monotonic time.time time.sleep time.clock_gettime os.sched_yield",
    "descriptors": "os.read os.write os.readv os.writev os.close os.dup os.pipe os.set_blocking os.set_inheritable",
    "files": "builtins.open os.open os.stat os.fstat os.path.exists os.unlink os.ftruncate os.memfd_create mmap.mmap fcntl.fcntl",
    "waiting": "select.poll select.epoll select.select socket.socket socket.socketpair",
    "signals": "signal.signal signal.getsignal signal.pthread_sigmask signal.set_wakeup_fd signal.valid_signals",
    "pickles": "pickle.loads pickle.dumps pickle.Pickler pickle.Unpickler",
}
#: multiprocessing asks a new worker who it is, and opens its standard input.
MUST_NOT_RAISE = ("builtins.open", "os.open", "os.getpid")


def used(pool, executor):
    got = [pool.apply(case.same, (3,)), pool.map(case.same, [1, 2], 1), executor.submit(case.same, 4).result(10)]
    case.check(got == [3, [1, 2], 4], f"wrong: {got}")


def death(pool, target):
    _, error = case.outcome(pool.apply_async(case.die).get, 10)
    case.check(isinstance(error, safepool.WorkerDied), f"{target}: a death is answered by {error!r}")


def run(variant, context):
    def pools():
        return safepool.Pool(1, context=context), safepool.ProcessPoolExecutor(1, mp_context=context)

    ways = {"value": {"return_value": 123456}, "raise": {"side_effect": RuntimeError("mocked")}}
    pool, executor = pools()
    with pool, executor:
        for target in TARGETS[variant].split():
            for way, what in ways.items():
                if way == "raise" and target in MUST_NOT_RAISE:
                    continue
                try:
                    patch = mock.patch(target, **what)
                    patch.start()
                except AttributeError:
                    continue  # this Python has none
                try:
                    used(pool, executor)
                    another, other = pools()
                    with another, other:
                        used(another, other)
                    death(pool, target)
                    used(pool, executor)
                except BaseException as error:
                    raise AssertionError(f"{target} ({way}): {error!r}") from error
                finally:
                    patch.stop()
                used(pool, executor)


if __name__ == "__main__":
    case.main(run)
