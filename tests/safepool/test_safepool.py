"""The names that users see: which there are, where they say they live, and what was pickled by them before."""

from __future__ import annotations

import base64
import json
import pickle
import pickletools
import subprocess
import sys
from pathlib import Path

import pytest

import safepool
from tests.house.checkout import ROOT

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_public_names_are_there() -> None:
    """Everything in __all__ can be had; nothing else by accident."""
    for name in safepool.__all__:
        assert getattr(safepool, name) is not None
    with pytest.raises(AttributeError):
        safepool.nothing_of_that_name  # noqa: B018
    assert set(safepool.__all__) <= set(dir(safepool))


def test_a_handler_in_the_middle_of_the_import_is_told_so() -> None:
    """At any point of it; and what it interrupted goes on. (That it was torn by a handler's error harms nobody either.)"""
    program = """
import os, sys
import safepool

said, count = set(), 0


def handler(frame, event, argument):
    global count
    count += 1
    if count % 9000 == 0:  # some 20 times
        reading, writing = os.pipe()
        pid = os.fork()
        if not pid:
            sys.settrace(None)
            for name in ("Pool", "ProcessPoolExecutor"):
                try:
                    getattr(safepool, name)
                except Exception as error:
                    words = name in str(error), "interrupted its import" in str(error)
                    os.write(writing, f"{type(error).__name__} {words};".encode())
            os._exit(0)
        os.close(writing)
        said.update(os.read(reading, 10000).decode().split(";"))
        os.close(reading)
        os.waitpid(pid, 0)
    return handler


sys.settrace(handler)
from safepool import Pool
sys.settrace(None)
assert Pool is safepool.Pool
print(count > 90000, sorted(said - {""}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=50, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("True ['ImportError (True, True)']\n", "")


def test_what_is_really_missing_is_said_as_it_is() -> None:
    """No handler is blamed for a Python without some module of C."""
    program = "import sys, safepool; sys.modules['socket'] = None; safepool.Pool"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=50, cwd=ROOT)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("ModuleNotFoundError: import of socket halted")


#: (class, pickle in base64): errors and a WorkerInfo by protocols 0, 2, 5, and their classes, from before the modules moved.
PICKLES = json.loads((Path(__file__).parent / "data" / "pickles_before_the_rooms.json").read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(set(safepool.__all__) - {"__version__"}))
def test_a_public_class_says_safepool(name: str) -> None:
    """Not the module that it happens to lie in: that may move."""
    assert getattr(safepool, name).__module__ == "safepool"


@pytest.mark.parametrize("name", sorted(set(safepool.__all__) - {"__version__"}))
def test_a_class_is_pickled_by_its_public_name(name: str) -> None:
    """And found by it again."""
    pickled = pickle.dumps(getattr(safepool, name), 2)
    named = [argument for _, argument, _ in pickletools.genops(pickled) if argument]
    assert f"safepool {name}" in named
    assert pickle.loads(pickled) is getattr(safepool, name)


@pytest.mark.parametrize(
    ("name", "pickled"), PICKLES, ids=[f"{number}-{name}" for number, (name, _) in enumerate(PICKLES)]
)
def test_what_was_pickled_before_the_modules_moved_loads(name: str, pickled: str) -> None:
    """An error in a log, a result in a file: what 0.1.0 wrote by its modules' names is read by later ones."""
    found = pickle.loads(base64.b64decode(pickled))
    if name.endswith(" class"):
        assert found is getattr(safepool, name.removesuffix(" class"))
    else:
        assert type(found) is getattr(safepool, name)
        assert found.args[0] in "abcdefgh" if isinstance(found, Exception) else found.memory == 4096


LATE = """
import multiprocessing
import threading
import time
import safepool

def work():
    while threading.main_thread().is_alive():
        time.sleep(0.001)
    time.sleep(0.1)
    context = multiprocessing.get_context("fork")
    with safepool.Pool(1, context=context) as pool:
        print(pool.map(abs, [-1, -2]))
        try:
            pool.apply(exit, (3,))
        except safepool.TaskExited as error:
            print(error.code)
    try:
        safepool.ProcessPoolExecutor(1, mp_context=context).submit(abs, -1)
    except RuntimeError as error:
        print("shutdown" in str(error))

threading.Thread(target=work).start()
"""


def test_a_thread_that_outlives_the_main_one_may_be_the_first_to_use_a_pool() -> None:
    """As the standard pool, which is there then. The standard executor is not, in no thread and by no import; nor is ours."""
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, timeout=50, cwd=ROOT)
    assert done.stdout.splitlines() == ["[1, 2]", "3", "True"], done.stderr
