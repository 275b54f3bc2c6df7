"""The C stack overflows in a task: recursion in C that nobody bounds."""

from __future__ import annotations

import ctypes
import signal

from ..scenario import Scenario
from ..script import Script

#: How many parentheses: a frame each, on a stack of some megabytes.
DEPTH = 1_000_000


class StackOverflow(Scenario):
    name = "stack-overflow"
    title = "a task overflows the C stack"
    dies = "The worker, by SIGSEGV, when the stack meets its guard page."
    sees = "multiprocessing.Pool: nothing, ever. concurrent.futures: BrokenProcessPool for everything."
    why = (
        "A RecursionError guards Python's own recursion. C code that calls itself has no such guard: here glibc's "
        "regcomp(3), which parses nested parentheses recursively. The kernel ends the process."
    )
    where = "Python/ceval.c: _Py_EnterRecursiveCall guards the interpreter's own C code only."
    instead = "As for SIGSEGV."
    tags = ("signal",)
    status = -signal.SIGSEGV
    script = Script(
        """
            pattern = b"(" * 10**6 + b")" * 10**6
            ctypes.CDLL(None).regcomp(ctypes.create_string_buffer(1024), pattern, 1)
        """
    )

    def fire(self) -> None:
        libc = ctypes.CDLL(None)
        libc.regcomp(ctypes.create_string_buffer(1024), b"(" * DEPTH + b")" * DEPTH, 1)


SCENARIO = StackOverflow()
