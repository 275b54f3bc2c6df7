"""What a worker is when it begins: its name and number, its signals, and the program that it is a part of."""

from __future__ import annotations

import concurrent.futures
import json
import multiprocessing
import multiprocessing.process
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import safepool
from tests.house.checkout import ROOT

START_METHODS = ("fork", "forkserver", "spawn")


def who(_: Any = None) -> tuple[tuple[int, ...], str, int | None]:
    me = multiprocessing.current_process()
    parent = multiprocessing.parent_process()
    return me._identity, me.name, parent.pid if parent else None  # type: ignore[attr-defined]


def standard_pool(context: Any) -> Any:
    return context.Pool(1)


def our_pool(context: Any) -> Any:
    return safepool.Pool(1, context=context)


def standard_executor(context: Any) -> Any:
    return concurrent.futures.ProcessPoolExecutor(1, mp_context=context)


def our_executor(context: Any) -> Any:
    return safepool.ProcessPoolExecutor(1, mp_context=context)


@pytest.mark.parametrize(
    ("standard", "ours"), [(standard_pool, our_pool), (standard_executor, our_executor)], ids=["pool", "executor"]
)
def test_names_and_numbers_are_the_standard_ones(
    context: Any, standard: Callable[[Any], Any], ours: Callable[[Any], Any]
) -> None:
    """One count over all pools of the program."""
    with standard(context) as pool:
        ((number,), name, parent) = next(iter(pool.map(who, [0])))
    with ours(context) as pool:
        ((our_number,), our_name, our_parent) = next(iter(pool.map(who, [0])))
    assert our_number == number + 1
    assert our_name == name.replace(f"-{number}", f"-{our_number}")
    assert our_parent == parent == os.getpid()


def test_replacements_go_on_counting(context: Any) -> None:
    """A worker that ends gives its number to nobody."""
    with safepool.Pool(1, context=context, maxtasksperchild=1) as pool:
        numbers = [pool.apply(who)[0][0] for _ in range(3)]
    assert numbers == list(range(numbers[0], numbers[0] + 3))


def numbers_in_a_child() -> list[Any]:
    with safepool.Pool(1, context=multiprocessing.get_context("fork")) as pool:
        return [who()[:2], pool.map(who, [0])[0][:2]]


def test_a_pool_in_a_worker() -> None:
    """Its workers' numbers begin with that worker's."""
    with safepool.Pool(1, context=multiprocessing.get_context("fork")) as pool:
        (outer, _), (inner, name) = pool.apply(numbers_in_a_child)
    assert inner == (*outer, 1)
    assert name == f"ForkPoolWorker-{outer[0]}:1"


def signals(_: Any) -> tuple[list[int], dict[int, str]]:
    mask = sorted(int(signum) for signum in signal.pthread_sigmask(signal.SIG_BLOCK, []))
    wanted = (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGUSR1, signal.SIGPIPE)
    return mask, {int(signum): str(signal.getsignal(signum)) for signum in wanted}


SIGNALS = """
import json, multiprocessing, signal, sys
sys.path[:0] = [{root!r}]
from tests.safepool.worker.test_births import our_pool, signals, standard_pool
if __name__ == "__main__":
    import os
    os.setpgid(0, 0)
    for signum in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(signum, signal.{disposition})
    signal.pthread_sigmask(signal.SIG_BLOCK, {blocked})
    context = multiprocessing.get_context({method!r})
    found = []
    for make in (our_pool, standard_pool):
        pool = make(context)
        found.append(pool.map(signals, [0])[0])
        pool.close()
        if make is our_pool:
            pool.join()
    print(json.dumps(found), flush=True)
    os.killpg(0, signal.SIGKILL)  # the standard pool's end waits for what is blocked
"""


@pytest.mark.parametrize("blocked", ["[]", "[signal.SIGCHLD, signal.SIGTERM]", "[signal.SIGUSR1, signal.SIGINT]"])
@pytest.mark.parametrize("disposition", ["SIG_DFL", "SIG_IGN"])
@pytest.mark.parametrize("method", START_METHODS)
def test_a_worker_has_the_programs_mask_and_dispositions(
    method: str, disposition: str, blocked: str, tmp_path: Path
) -> None:
    """As a worker of the standard pool, whatever the template blocks for itself."""
    program = tmp_path / "program.py"
    program.write_text(SIGNALS.format(root=str(ROOT), disposition=disposition, method=method, blocked=blocked))
    found = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=60, check=False)
    assert found.stdout, found.stderr
    ours, theirs = json.loads(found.stdout)
    assert ours == theirs


def nap(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


GROUP = """
import multiprocessing, os, signal, sys
sys.path[:0] = [{root!r}]
import safepool
from tests.safepool.worker.test_births import ignore_term, wait_for
if __name__ == "__main__":
    os.setpgid(0, 0)
    heard = []
    signal.signal(signal.SIGTERM, lambda *_: heard.append(1))
    pool = safepool.Pool(2, context=multiprocessing.get_context({method!r}), initializer=ignore_term, maxtasksperchild=1)
    started, go = sys.argv[1:]
    results = [pool.apply_async(wait_for, (started, go, i)) for i in range(6)]
    while not os.path.exists(started):
        pass
    os.killpg(0, signal.SIGTERM)
    open(go, "w").close()
    print([result.get(20) for result in results], heard)
    pool.close()
    pool.join()
"""


def ignore_term() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def wait_for(started: str, go: str, i: int) -> int:
    Path(started).touch()
    while not Path(go).exists():
        time.sleep(0.001)
    return i


@pytest.mark.parametrize("method", START_METHODS)
def test_a_parent_that_drains_gets_all_its_results(method: str, tmp_path: Path) -> None:
    """SIGTERM to the whole group (docker stop, systemd): its workers ignore it, and the template has to launch more of them."""
    program = tmp_path / "program.py"
    program.write_text(GROUP.format(root=str(ROOT), method=method))
    command = [sys.executable, program, tmp_path / "started", tmp_path / "go"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert found.stdout == "[0, 1, 2, 3, 4, 5] [1]\n", found.stderr


STUCK = """
import multiprocessing, os, signal, sys, threading
import safepool
lock = threading.Lock()
os.register_at_fork(before=lock.acquire, after_in_parent=lock.release)
pool = safepool.Pool(1, context=multiprocessing.get_context("fork"))
print(pool._engine.parts.templates.launcher.pid, flush=True)
signal.pause()
"""


def test_a_template_that_is_stuck_ends_with_its_parent() -> None:
    """A hook at fork that is never undone in a child: harmless in a program whose children do not fork, but the template does."""
    command = [sys.executable, "-c", STUCK]
    with subprocess.Popen(command, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        template = int(parent.stdout.readline())
        before = time.monotonic()
        while "futex" not in Path(f"/proc/{template}/wchan").read_text() and time.monotonic() - before < 5:
            time.sleep(0.01)
        parent.kill()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{template}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return
        if state == "Z":
            return  # nobody reaps it here, which is the container's business
        time.sleep(0.01)
    pytest.fail("the template is still there")


QUIET = """
import multiprocessing
import safepool

if __name__ == "__main__":
    pool = safepool.Pool(1, context=multiprocessing.get_context({method!r}))
    print(pool.map(abs, [-1, -2]))
    pool.close()
    pool.join()
"""


@pytest.mark.parametrize("method", START_METHODS)
def test_in_development_mode_nothing_is_said(method: str, tmp_path: Path) -> None:
    """What template and workers leave open is no business of a program that wants to know of what it leaves open itself."""
    program = tmp_path / "program.py"
    program.write_text(QUIET.format(method=method))
    command = [sys.executable, "-X", "dev", "-W", "error", str(program)]
    environment = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("[1, 2]\n", "")
