"""The two faces under test and the four operations, as the cells use them. Python 3.8, standard library.

``standard`` puts CPython's classes in the place of safepool's: the grid must then show their hangs, which is
what proves that it would show ours.
"""

import concurrent.futures
import gc
import multiprocessing
import os
import threading
import time

WORKERS = 2
OPERATIONS = ("map", "imap", "apply_async", "submit")
CHUNK = 3


class Face:
    """One pool of the kind that `operation` needs, with what the checks ask of it."""

    def __init__(self, target, operation, start_method, workers=WORKERS, **extras):
        self.operation, self.workers = operation, workers
        self.deaths = []
        self.died = threading.Condition()
        context = multiprocessing.get_context(start_method)
        if target == "safepool":
            import safepool

            extras["on_death"] = self._on_death
            pool_class, executor_class = safepool.Pool, safepool.ProcessPoolExecutor
        else:
            pool_class, executor_class = multiprocessing.Pool, concurrent.futures.ProcessPoolExecutor
        self.target = target
        self.is_pool = operation != "submit"
        if self.is_pool:
            self.pool = (
                pool_class(workers, context=context, **extras)
                if target == "safepool"
                else context.Pool(workers, **extras)
            )
        else:
            self.pool = executor_class(workers, mp_context=context, **extras)

    def _on_death(self, death):
        with self.died:
            self.deaths.append(death)
            self.died.notify_all()

    def wait_for_deaths(self, count, timeout=10):
        """Whether `count` deaths have been reported within `timeout` seconds."""
        with self.died:
            return self.died.wait_for(lambda: len(self.deaths) >= count, timeout)

    def start(self, function, specs):
        """Start the operation; the returned function waits for the outcomes: a list of (value, error) pairs."""
        if self.operation == "map":
            if self.target == "safepool":
                result = self.pool.map_async(function, specs, chunksize=CHUNK, return_exceptions=True)
                return lambda: [
                    (None, value) if isinstance(value, BaseException) else (value, None) for value in result.get()
                ]
            result = self.pool.map_async(function, specs, chunksize=CHUNK)
            return lambda: [(value, None) for value in result.get()]
        if self.operation == "imap":
            iterator = self.pool.imap(function, specs, chunksize=CHUNK)
            return lambda: [attempt(lambda: next(iterator)) for _ in specs]
        if self.operation == "apply_async":
            results = [self.pool.apply_async(function, (spec,)) for spec in specs]
            return lambda: [attempt(result.get) for result in results]
        futures = [self.pool.submit(function, spec) for spec in specs]
        return lambda: [attempt(future.result) for future in futures]

    def run(self, function, specs):
        return self.start(function, specs)()

    def finish(self):
        """The orderly end."""
        if self.is_pool:
            self.pool.close()
            self.pool.join()
        else:
            self.pool.shutdown(wait=True)

    def abandon(self):
        """End a pool of which a check has failed, as hard as it offers."""
        if self.is_pool:
            self.pool.terminate()
            self.pool.join()
        else:
            getattr(self.pool, "kill_workers", self.pool.shutdown)()


def attempt(function):
    """(value, None) or (None, error), whatever class the error has."""
    try:
        return function(), None
    except BaseException as error:
        return None, error


HELPERS = ("-callbacks", "-pickling", "-unpickling", "-log")


class Resources:
    """What the parent holds now: descriptors, threads, other processes of the session (zombies too)."""

    def __init__(self):
        self.descriptors = {}
        for fd in os.listdir("/proc/self/fd"):
            try:
                self.descriptors[int(fd)] = os.readlink("/proc/self/fd/" + fd)
            except OSError:
                continue
        self.descriptors = {fd: link for fd, link in self.descriptors.items() if not link.startswith("/proc/")}
        self.threads = sorted(thread.name for thread in threading.enumerate())
        self.kernel_threads = len(os.listdir("/proc/self/task"))
        self.processes = session_processes()

    def growth_since(self, before, arenas=0):
        """In words what there is more of than `before`; empty if nothing.

        So many `arenas` may have come: each is a part of the pool's shared memory that is mapped when a worker's first large
        message needs it, and Python keeps a descriptor for each mapping.
        """
        grown = []
        regions = sum("safepool" in link for link in self.descriptors.values())
        regions -= sum("safepool" in link for link in before.descriptors.values())
        if len(self.descriptors) - min(max(regions, 0), arenas) > len(before.descriptors):
            new = {fd: link for fd, link in self.descriptors.items() if fd not in before.descriptors}
            grown.append(f"descriptors: {len(before.descriptors)} -> {len(self.descriptors)}, new: {new}")
        # A pool makes each of its threads for users' code when it is first needed, and keeps it.
        helpers = [name for name in set(self.threads) - set(before.threads) if name.endswith(HELPERS)]
        if self.kernel_threads - len(helpers) > before.kernel_threads:
            grown.append(
                f"threads: {before.threads} -> {self.threads} "
                f"(kernel: {before.kernel_threads} -> {self.kernel_threads})"
            )
        if len(self.processes) > len(before.processes):
            grown.append(f"processes: {before.processes} -> {self.processes}")
        return "; ".join(grown)


def session_processes():
    """pid, state and name of all other processes of our session."""
    session, found = os.getsid(0), []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    name, _, rest = file.read().rpartition(")")
                fields = rest.split()
                if int(fields[3]) == session:
                    found.append((int(entry), fields[0], name.partition("(")[2]))
            except (OSError, ValueError):
                continue
    return found


def settle(before, what, timeout=4.0, arenas=0):
    """Wait until nothing has grown since `before`, but for `arenas`; AssertionError with what has, after `timeout` seconds."""
    end = time.monotonic() + timeout
    gc.collect()  # errors refer to frames that refer to errors
    while True:
        growth = Resources().growth_since(before, arenas)
        if not growth:
            return
        if time.monotonic() > end:
            raise AssertionError(f"{what} left something behind: {growth}")
        time.sleep(0.005)
