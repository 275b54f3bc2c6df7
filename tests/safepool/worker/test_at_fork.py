"""Each of a program's hooks is called once on the way from the parent to a worker, by whom the standard pool has it called."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import safepool
from safepool.worker import at_fork

pytestmark = pytest.mark.timeout(60)

HOOKS = """
import gc, os
import threading
called = []
lock = threading.Lock()


def before():
    called.append("before")
    lock.acquire()  # which only a parent lets go, or a child once


def in_parent():
    called.append("in_parent")
    lock.release()


def in_child():
    called.append("in_child")
    lock.release()


os.register_at_fork(before=before, after_in_parent=in_parent, after_in_child=in_child)
import multiprocessing
import safepool
from safepool.worker import at_fork


def seen(_):
    return os.getpid(), list(called)


def fork_in_a_task(_):
    del called[:]
    pid = os.fork()
    if not pid:
        os._exit(0 if called[:2] == ["before", "in_child"] else 1)
    return os.waitpid(pid, 0)[1], list(called)
"""


def run(program: str) -> str:
    root = str(Path(safepool.__file__).parents[1])
    text = HOOKS + program
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=50, cwd=root)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def test_a_worker_sees_what_the_standard_pools_worker_sees() -> None:
    """The same hooks in the same order; a replacement, too. In the parent once for each pool, and nobody waits for the lock."""
    program = """
fork = multiprocessing.get_context("fork")
with fork.Pool(1) as pool:
    standard = pool.apply(seen, (0,))[1]
del called[:]
with safepool.Pool(2, context=fork, maxtasksperchild=1) as pool:
    found = dict(pool.map(seen, range(6), chunksize=1))
    assert len(found) == 6 and all(one == standard for one in found.values()), (standard, found)
pool.join()
print(standard, called)
"""
    assert run(program) == "['before', 'in_child'] ['before', 'in_parent']\n"


def test_a_hook_that_has_to_be_first_is_called_before_older_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind those of threading and logging, whose order stays; later ones come after all of them."""

    def hook(module: str) -> at_fork.Hook:
        def one() -> None: ...

        one.__module__ = module
        return one

    old, threads, older, logs, first, late = map(
        hook, ["program", "threading", "program", "logging", "ours", "program"]
    )
    hooks = at_fork.Hooks([], [], [old, threads, older, logs])
    monkeypatch.setattr(at_fork, "_hooks", hooks)
    at_fork.call_first_in_child(first)
    hooks.in_child.append(late)
    assert hooks.in_child == [threads, logs, first, old, older, late]
    assert (hooks.before, hooks.in_parent) == ([], [])


def test_a_task_that_forks_calls_all_hooks() -> None:
    """The template has put them aside; its workers have them again."""
    program = """
with safepool.Pool(1, context=multiprocessing.get_context("fork")) as pool:
    print(pool.apply(fork_in_a_task, (0,)))
pool.join()
"""
    assert run(program) == "(0, ['before', 'in_parent'])\n"


def test_the_parent_forks_as_before() -> None:
    """What was put aside for the moment of the templates' births is there again, and what was registered meanwhile, too."""
    program = """
fork = multiprocessing.get_context("fork")
with safepool.Pool(1, context=fork) as one, safepool.Pool(1, context=fork) as other:
    os.register_at_fork(after_in_child=lambda: called.append("late"))
    assert fork_in_a_task(0) == (0, ["before", "in_parent"])
    del called[:]
    with safepool.Pool(1, context=fork) as third:
        print(third.apply(seen, (0,))[1])
for pool in (one, other, third):
    pool.join()
"""
    assert run(program) == "['before', 'in_child', 'late']\n"


def test_where_the_hooks_are_not_found_pools_work() -> None:
    """``gc.freeze()`` hides them from the collector: then each fork calls them."""
    program = """
gc.freeze()
with safepool.Pool(1, context=multiprocessing.get_context("fork")) as pool:
    print(pool.apply(seen, (0,))[1])
pool.join()
from safepool.worker import at_fork
print(at_fork._hooks)
"""
    assert run(program) == "['before', 'in_child', 'before', 'in_child']\nNone\n"


def test_what_a_hook_raises_is_printed_and_stops_nothing() -> None:
    """In forks of other threads, while a template is born, we call the hooks ourselves."""
    from safepool.worker.at_fork import _PutOff

    done: list[str] = []

    def fails() -> None:
        raise ValueError("told")

    one = _PutOff([fails, lambda: done.append("next")])
    one()
    assert done == []  # in the thread that forks the template
    one.thread = -1
    one()
    assert done == ["next"]


def test_two_threads_may_put_off_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In whatever order they begin and end, all hooks are there afterwards, and in the template of each."""
    mine: list[at_fork.Hook] = [lambda: 1, lambda: 2]
    for first_ends in (True, False):
        hooks = at_fork.Hooks([], [], list(mine))
        monkeypatch.setattr(at_fork, "_hooks", hooks)
        one, other = at_fork.put_off(), at_fork.put_off()
        one.__enter__()
        other.__enter__()
        assert at_fork._all_of(hooks.in_child) == mine
        for each in (one, other) if first_ends else (other, one):
            each.__exit__(None, None, None)
        assert hooks.in_child == mine
