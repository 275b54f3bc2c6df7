"""What gevent has replaced stays out of the template and of the loop of a worker; what a task does is the program's affair."""

from __future__ import annotations

import errno
import os
import select
import subprocess
import sys
import types
from pathlib import Path

import pytest

from safepool.protocol import originals
from safepool.protocol.originals import System, cooperative, forked
from tests.house.checkout import ROOT

pytestmark = pytest.mark.timeout(60)

#: What gevent does to a program, as far as we meet it, for where gevent is not installed. Whoever calls what has been replaced
#: in another process than the parent says so on standard error.
PATCH = """
import os, select, signal, sys, types

# Under forkserver, the template imports this.
parent, reinits = int(os.environ.setdefault("PARENT", str(os.getpid()))), []
saved = {(module.__name__, name): getattr(module, name) for module, name in (
    (select, "poll"), (os, "fork"), (os, "waitpid"), (signal, "signal"), (signal, "getsignal"), (signal, "set_wakeup_fd"))}

def replaced(module, name):
    def call(*args, **kwargs):
        ours = name not in ("signal", "getsignal") or args[0] == signal.SIGCHLD
        if os.getpid() != parent and ours:
            os.write(2, f"{name} in {os.getpid()}, a child of {os.getppid()}\\n".encode())
        result = saved[module, name](*args, **kwargs)
        if name == "fork" and not result:
            gevent.reinit()
        return result
    return call

gevent = types.ModuleType("gevent")
gevent.reinit = lambda: reinits.append(os.getpid())
monkey = types.ModuleType("gevent.monkey")
monkey.get_original = lambda module, name: saved.get((module, name)) or getattr(sys.modules[module], name)
monkey.is_module_patched = lambda module: module in {module for module, _ in saved}
sys.modules["gevent"], sys.modules["gevent.monkey"] = gevent, monkey
for module, name in saved:
    setattr(sys.modules[module], name, replaced(module, name))
"""

PROGRAM = """
import multiprocessing
import safepool

def same(x):
    return x

def die(x):
    os._exit(3)

def reinitialised(_):
    return os.getpid() in reinits

if __name__ == "__main__":
    with safepool.Pool(2, context=multiprocessing.get_context({method!r})) as pool:
        answers = [pool.apply(same, (i,)) for i in range(100)]  # quick ones: then a worker looks for the next without sleeping
        assert answers == list(range(100))
        assert pool.map(same, range(1000)) == list(range(1000))
        try:
            pool.apply(die, (1,))
        except safepool.WorkerDied as error:
            print(error.exitcode)
        print(pool.map(reinitialised, range(4)))
        pool.close()
        pool.join()
"""

#: A greenlet of the program's, which shall run in no other process.
WITH_GEVENT = """
from gevent import monkey
monkey.patch_all()
import os
import gevent
parent = os.getpid()

def tick():
    while True:
        if os.getpid() != parent:
            os.write(2, f"a greenlet runs in {os.getpid()}, a child of {os.getppid()}\\n".encode())
            os._exit(1)
        gevent.sleep(0.01)

reinits = [None]
gevent.spawn(tick)
gevent.sleep(0.05)
"""


def run(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The program, as a file: under spawn its workers import it."""
    file = folder / "program.py"
    file.write_text(program)
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    return subprocess.run(
        [sys.executable, file], env=environment, capture_output=True, text=True, timeout=50, check=False
    )


@pytest.mark.parametrize("method", ["fork", "forkserver"])
def test_nothing_that_was_replaced_is_called_in_a_template_or_by_a_workers_loop(method: str, tmp_path: Path) -> None:
    """Statuses are told, so it is the template that reaps; and each worker was made ready as the program's own fork does it."""
    done = run(PATCH + PROGRAM.format(method=method), tmp_path)
    assert done.stderr == ""
    assert done.stdout.split("\n")[:2] == ["3", "[True, True, True, True]"]


def test_the_programs_greenlets_run_in_no_template_and_in_no_idle_worker(tmp_path: Path) -> None:
    """With gevent itself, where it is installed."""
    pytest.importorskip("gevent")
    done = run(WITH_GEVENT + PROGRAM.format(method="fork"), tmp_path)
    assert done.stderr == ""
    assert done.stdout.split("\n")[0] == "3"


def test_without_gevent_the_parent_waits_by_the_systems_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a mock has put into their place."""
    poll = select.poll
    monkeypatch.setattr(select, "poll", None)
    assert cooperative("select", "poll") is System.poll is poll
    forked()


@pytest.mark.parametrize("attributes", [{}, {"is_module_patched": lambda _module: False}])
def test_gevent_that_replaced_nothing(attributes: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Or is there by half. ``gevent`` has no ``reinit`` here: it would be missed."""
    monkey = types.ModuleType("gevent.monkey")
    monkey.__dict__.update(attributes)
    monkeypatch.setitem(sys.modules, "gevent.monkey", monkey)
    monkeypatch.setitem(sys.modules, "gevent", types.ModuleType("gevent"))
    assert cooperative("os", "fork") is System.fork
    forked()


def test_where_gevent_has_replaced_a_module_the_parent_waits_as_the_program_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What gevent has taken away is missed, though it is held."""
    monkey = types.ModuleType("gevent.monkey")
    monkey.__dict__["is_module_patched"] = lambda module: module == "select"
    monkeypatch.setitem(sys.modules, "gevent.monkey", monkey)
    monkeypatch.setattr(select, "poll", "gevent's")
    monkeypatch.delattr(select, "epoll", raising=False)
    assert cooperative("select", "poll") == "gevent's"
    assert cooperative("select", "epoll") is None
    assert cooperative("os", "fork") is System.fork


def test_what_a_system_does_not_have_says_so() -> None:
    """As a failed call does: with a number that says that there is none."""
    with pytest.raises(OSError, match="no such_call") as caught:
        originals._held("posix", "such_call")(1, 2)
    assert caught.value.errno == errno.ENOSYS
    assert originals._held("no_such_module", "poll", None) is None


#: A task that waits as gevent's do, in the workers of a pool that was made while there was another.
TWO_POOLS = """
from gevent import monkey
monkey.patch_all()
import multiprocessing, time
import safepool

def wait(x):
    time.sleep(1.3)  # longer than the engine's thread waits
    return x

if __name__ == "__main__":
    fork = multiprocessing.get_context("fork")
    with safepool.Pool(1, context=fork) as first:
        first.apply(abs, (1,))
        with safepool.Pool(2, context=fork) as second:
            print(second.map(wait, range(2)))
"""


def test_the_copy_of_another_pools_engine_says_nothing_in_a_worker(tmp_path: Path) -> None:
    """With gevent a thread is a greenlet, which a fork copies, and which runs when a task of the program waits."""
    pytest.importorskip("gevent")
    done = run(TWO_POOLS, tmp_path)
    assert (done.stdout, done.stderr) == ("[0, 1]\n", "")


def test_which_process_this_is_no_mock_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs' tests replace ``os.getpid``."""
    monkeypatch.setattr(os, "getpid", lambda: 1)
    monkeypatch.setattr(os, "getppid", lambda: 1)
    assert originals.getpid() != 1
    assert originals.getppid() != 1
