"""How long a single thing takes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from repro.bench.subject.measurements.setting import Setting, seconds
from repro.bench.subject.pools import Unsupported
from repro.bench.subject.tasks import die, noop


def round_trip(setting: Setting) -> list[float]:
    """Microseconds from a call to its result, nothing else going on."""
    with setting.warm_pool() as pool:
        return [seconds(lambda: pool.call(noop, None)) * 1e6 for _ in range(setting.count(2000))]


def first_result(setting: Setting) -> list[float]:
    """Milliseconds from the construction to the first result."""
    samples = []
    for _ in range(5):
        start = time.perf_counter()
        with setting.pool() as pool:
            pool.call(noop, None)
            samples.append((time.perf_counter() - start) * 1e3)
    return samples


def import_time(setting: Setting) -> list[float]:
    """Milliseconds that the import takes in a fresh interpreter."""
    return time_statement(setting.adapter.modules)


def import_classes_time(setting: Setting) -> list[float]:
    """Milliseconds that the import of the pool classes takes in a fresh interpreter."""
    return time_statement(setting.adapter.classes)


def time_statement(statement: str) -> list[float]:
    program = f"import time; start = time.perf_counter(); {statement}; print((time.perf_counter() - start) * 1e3)"
    return [
        float(subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE).stdout)
        for _ in range(10)
    ]


def death(setting: Setting) -> list[float]:
    """Milliseconds from a worker's death in a task to the exception in the caller."""
    if setting.adapter.unmeasured_death:
        raise Unsupported(setting.adapter.unmeasured_death)
    samples = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "time")
        pool = setting.adapter(setting.workers, setting.start_method)
        for _ in range(20):
            pool.submit_all(noop, range(20))
            try:
                pool.call(die, path)
            except Exception:
                now = time.monotonic_ns()
            with open(path) as file:
                samples.append((now - int(file.read())) / 1e6)
            if setting.adapter.dies_with_a_worker:
                pool.end()
                pool = setting.adapter(setting.workers, setting.start_method)
        pool.end()
    return samples
