"""Random load on a pool whose workers are killed at random moments; then the accounts are checked.

An item is ``SEED/FACE/SECONDS``. Every task appends its number to a file before it does anything else, so what really
ran is known whatever the pool says:

- *never lost*: every call returned, each task has its result or an error that says why not;
- *never twice*: a task ran at most once, with ``retries=1`` at most twice, and a task with a result at least once;
- only tasks that were in the hands of a killed worker failed: no more than deaths, except tasks of microseconds that had
  finished within the last millisecond (*finished, result lost*);
- the parent's descriptors and threads are as before, its memory does not grow.

Python 3.8, standard library. The same seed makes the same decisions, though not the same timing.
"""

import argparse
import concurrent.futures
import ctypes
import gc
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.abspath(__file__).rpartition("/tests/")[0])

import safepool
from tests.safepool.acceptance import subject_protocol
from tests.safepool.acceptance.grid.subject_faults import note
from tests.safepool.acceptance.grid.subject_pools import Resources, attempt, settle

WORKERS = 4
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGABRT)
SUICIDES = ("os._exit", "sigkill")
start_method = "fork"


class Expected(Exception):
    """An ordinary error of a task: it must arrive as it is."""


def task(log, number, kind, amount):
    """Note the number, then work, sleep, return much, raise or die."""
    note(log, number)
    if kind == "sleep":
        time.sleep(amount)
    elif kind == "spin":
        end = time.perf_counter() + amount
        while time.perf_counter() < end:
            pass
    elif kind == "large":
        return number, bytes(int(amount * 100e6))
    elif kind == "raise":
        raise Expected(number)
    elif kind == "os._exit":
        os._exit(3)
    elif kind == "sigkill":
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)
    return number, None


def packed(arguments):
    """The same for a map, whose tasks have one argument."""
    return task(*arguments[:4])


class Run:
    """One chaos run."""

    def __init__(self, seed, face, seconds, folder):
        self.random = random.Random(seed)
        self.face, self.seconds = face, seconds
        self.log = os.path.join(folder, "log")
        self.numbers = 0
        self.outcomes = {}  # number: (value, error)
        self.kinds = {}
        self.retries = 1 if face == "executor-retries" else 0
        self.stop = threading.Event()
        self.kills = 0

    def make(self):
        context = multiprocessing.get_context(start_method)
        if self.face == "pool":
            return safepool.Pool(WORKERS, context=context, maxtasksperchild=self.random.choice([None, None, 200]))
        return safepool.ProcessPoolExecutor(WORKERS, mp_context=context, retries=self.retries)

    def specs(self, count):
        """`count` tasks of random kinds; one in two hundred kills its worker by itself."""
        specs = []
        for _ in range(count):
            draw = self.random.random()
            if draw < 0.55:
                kind, amount = "quick", 0
            elif draw < 0.75:
                kind, amount = "sleep", self.random.random() * 0.01
            elif draw < 0.9:
                kind, amount = "spin", self.random.random() * 0.003
            elif draw < 0.96:
                kind, amount = "large", self.random.random() ** 4 * 0.2
            elif draw < 0.995:
                kind, amount = "raise", 0
            else:
                kind, amount = self.random.choice(SUICIDES), 0
            number, self.numbers = self.numbers, self.numbers + 1
            self.kinds[number] = kind
            ballast = bytes(int(self.random.random() ** 8 * 4e6))
            specs.append((self.log, number, kind, amount, ballast))
        return specs

    def kill_at_random(self, pool, seed):
        """Kill a random worker every now and then, sometimes several; never more often than they start."""
        chance = random.Random(seed)
        while not self.stop.wait(chance.expovariate(6 if start_method == "fork" else 3)):
            # Mostly those that have started: a pool none of whose workers lives to see its first task is rightly broken.
            early = chance.random() < 0.1
            pids = [worker.pid for worker in pool.workers if worker.pid and (early or worker.state != "starting")]
            for pid in chance.sample(pids, min(len(pids), chance.choice([1, 1, 1, 2, WORKERS]))):
                try:
                    os.kill(pid, chance.choice(SIGNALS))
                    self.kills += 1
                except ProcessLookupError:
                    pass

    def round(self, pool):
        """One burst of load, by a random one of the interfaces; waits for all of it."""
        specs = self.specs(self.random.choice([1, 10, 100, 400]))
        if self.face.startswith("executor"):
            if self.random.random() < 0.3:
                specs = [spec[:4] for spec in specs]
            futures = [pool.submit(packed, spec) for spec in specs]
            outcomes = [attempt(future.result) for future in futures]
        else:
            how = self.random.choice(["map", "imap", "imap_unordered", "apply_async"])
            chunk = self.random.choice([1, 3, 20])
            if how == "map":
                values = pool.map(packed, specs, chunksize=chunk, return_exceptions=True)
                outcomes = [(None, value) if isinstance(value, BaseException) else (value, None) for value in values]
            elif how == "imap":
                iterator = pool.imap(packed, specs, chunksize=chunk)
                outcomes = [attempt(lambda: next(iterator)) for _ in specs]
            elif how == "apply_async":
                outcomes = [attempt(result.get) for result in [pool.apply_async(packed, (spec,)) for spec in specs]]
            else:
                iterator = pool.imap_unordered(packed, specs, chunksize=chunk)
                self.unordered(specs, [attempt(lambda: next(iterator)) for _ in specs])
                return
        for spec, (value, error) in zip(specs, outcomes):
            # Without the ballast, and without the frames that hold the ballast.
            self.outcomes[spec[1]] = (value and value[:1], error and error.with_traceback(None))

    def unordered(self, specs, outcomes):
        """Results name their number; the errors belong to the rest, which one is not needed for the accounts."""
        rest = {spec[1] for spec in specs}
        for value, error in outcomes:
            if error is None:
                rest.remove(value[0])
                self.outcomes[value[0]] = (value[:1], None)
        errors = [error for _, error in outcomes if error is not None]
        assert len(errors) == len(rest), (len(errors), len(rest))
        plain = [error for error in errors if isinstance(error, Expected)]
        for error in plain:
            rest.remove(error.args[0])
            self.outcomes[error.args[0]] = (None, error.with_traceback(None))
        deaths = [error for error in errors if not isinstance(error, Expected)]
        for number, error in zip(sorted(rest), deaths):
            self.outcomes[number] = (None, error.with_traceback(None))

    def run(self):
        pool = self.make()
        attempt(lambda: self.round(pool))
        gc.collect()
        killer = threading.Thread(target=self.kill_at_random, args=(pool, self.random.random()))
        killer.start()
        memory = []  # after each round; what a round leaves for a moment is not growth, so the least of many counts
        end = time.monotonic() + self.seconds
        try:
            while time.monotonic() < end:
                self.round(pool)
                memory.append(resident())
        finally:
            self.stop.set()
            killer.join()
        self.round(pool)
        memory.append(resident())
        third = len(memory) // 3
        grown = min(memory[-third - 1 :]) - min(memory[third : -third or None])
        if self.face == "pool":
            pool.close()
            pool.join()
        else:
            pool.shutdown(wait=True)
        figures = self.check(pool)
        figures["memory_growth_mb"] = round(grown / 1e6, 1)
        assert grown < 60e6, (
            f"the parent's memory grew by {grown / 1e6:.0f} MB from the second to the last third of the run: {figures}"
        )
        return figures

    def check(self, pool):
        """The accounts: what the pool said against what really ran."""
        with open(self.log) as file:
            ran = dict.fromkeys(range(self.numbers), 0)
            for line in file:
                ran[int(line)] += 1
        assert len(self.outcomes) == self.numbers, f"{self.numbers} tasks, {len(self.outcomes)} outcomes"
        failed, lost_in_batch = 0, 0
        for number, (value, error) in self.outcomes.items():
            what = f"task {number} ({self.kinds[number]}) ran {ran[number]} times; outcome {error!r}"
            assert ran[number] <= 1 + self.retries, "twice: " + what
            if error is None:
                assert value[0] == number, f"task {number} has the result of {value[0]}"
                assert ran[number] >= 1, "a result without having run: " + what
                assert self.kinds[number] not in SUICIDES, what
            elif isinstance(error, Expected):
                assert error.args == (number,) and self.kinds[number] == "raise", what
            else:
                assert isinstance(error, safepool.WorkerDied), what
                failed += 1
                lost_in_batch += "lost" in str(error)
        suicides = sum(kind in SUICIDES for kind in self.kinds.values()) * (1 + self.retries)
        deaths = self.kills + suicides
        assert failed - lost_in_batch <= deaths, (
            f"{failed} tasks failed, {lost_in_batch} of them finished, {deaths} deaths"
        )
        return {
            "tasks": self.numbers,
            "kills": self.kills,
            "suicides": suicides,
            "failed": failed,
            "finished_result_lost": lost_in_batch,
            "ran": sum(ran.values()),
        }


def resident():
    """Bytes of memory of this process, as /proc/self/statm has it, without what malloc only keeps in reserve."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def run_item(item):
    seed, face, seconds = item.split("/")
    before = Resources()
    folder = tempfile.mkdtemp(prefix="chaos-")
    try:
        figures = Run(seed, face, float(seconds), folder).run()
        gc.collect()
        settle(before, "the chaos run")
        return figures
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def setup(arguments):
    global start_method
    start_method = arguments.start_method
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(start_method)) as executor:
        executor.submit(len, "").result()  # what the standard library keeps: forkserver, resource tracker


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--start-method", choices=["fork", "spawn", "forkserver"], required=True)
    subject_protocol.main(run_item, parser, setup)
