"""Stacks as faulthandler prints them: where each thread waits."""

from __future__ import annotations

import subprocess

import pytest

from repro.plan import interpreters
from repro.verdicts import stacks
from tests.repro import lab

#: As CPython 3.8 to 3.13 print them, and 3.14 on with the thread's name (Python/traceback.c).
OLD = """\
Thread 0x00007f3604b3f6c0 (most recent call first):
  File "/usr/lib/python3.8/multiprocessing/connection.py", line 379 in _recv
  File "/usr/lib/python3.8/multiprocessing/pool.py", line 576 in _handle_results
  File "/usr/lib/python3.8/threading.py", line 870 in run

Current thread 0x00007f3604e07400 (most recent call first):
  File "/usr/lib/python3.8/threading.py", line 302 in wait
  File "/usr/lib/python3.8/multiprocessing/pool.py", line 765 in wait
  File "/home/a b (c)/x.py", line 3 in <module>
"""
NEW = OLD.replace("6c0 (", "6c0 [Thread-3 (_handle_results)] (").replace("400 (", "400 [python3.15] (")


@pytest.mark.parametrize("text", [OLD, NEW])
def test_the_main_thread_comes_first(text: str) -> None:
    """Each thread waits in its innermost function that is not one of the primitives that all waits share."""
    assert stacks.places(text) == ["wait (multiprocessing/pool.py:765)", "_recv (multiprocessing/connection.py:379)"]


@pytest.mark.parametrize("text", [OLD, NEW])
def test_compact_stacks_tell_the_same(text: str) -> None:
    """Stacks without the folders of somebody's disk say the same of every thread."""
    short = stacks.compact(text)
    assert stacks.places(short) == stacks.places(text)
    assert "/usr" not in short
    assert "/home" not in short


def test_a_wait_in_a_primitive_is_told_as_that() -> None:
    """A thread that runs nothing but primitives waits in the innermost of them; one without Python frames says so."""
    head = "Thread 0x0{} (most recent call first):\n"
    text = head.format(1) + '  File "/lib/threading.py", line 5 in wait\n' + head.format(2)
    assert stacks.places(text) == ["no Python frame", "wait (lib/threading.py:5)"]


@pytest.mark.parametrize(
    "text", ["", "\n", "Fatal Python error\n", '  File "x.py", line 1 in f\n', "\0\0", "Thread 0x1"]
)
def test_text_that_is_no_stack_has_no_threads(text: str) -> None:
    """Nothing, or something else, is no stack, and no error either: stacks are evidence, not a verdict."""
    assert stacks.places(text) == []


PROGRAM = """
import faulthandler, sys, threading
def waits_here(): threading.Event().wait()
def asks(): faulthandler.dump_traceback(all_threads=True, file=sys.stdout)
started = threading.Event()
thread = threading.Thread(target=lambda: (started.set(), waits_here()), name="a [b] c", daemon=True)
thread.start()
started.wait()
asks()
"""


def test_every_interpreter_here_prints_what_is_read() -> None:
    """The format is faulthandler's own, and has changed before: what each interpreter here prints is understood."""
    for python in interpreters.every():
        printed = subprocess.run(
            [python.path, "-c", PROGRAM], text=True, capture_output=True, timeout=lab.DEADLINE, check=True
        )
        places = stacks.places(printed.stdout)
        assert len(places) == 2, python.version
        assert places[0].startswith("asks (")
