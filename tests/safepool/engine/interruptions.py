"""Something that happens at the n-th step of a call, as a signal's handler does; for every n there is.

A handler runs between two bytecodes. Here the trace function stands for it, which is called before each of them, and may raise
or call something. That is more than any interpreter does (from 3.10 on they look for signals at calls, at the beginning of
functions and at jumps backwards only), so what holds here holds in all of them.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Iterator
from types import CodeType, ModuleType
from typing import Any

#: The compiler knows that this one cannot raise, and has it in no ``try``.
NOP = dis.opmap["NOP"]
#: Nor these, with which an ``except`` begins and ends (from 3.11 on): if they raise nevertheless, its exception stays the current
#: one of the thread, and is to be seen in whatever runs later there, a forked process included.
PUSH_EXC_INFO, POP_EXCEPT = dis.opmap.get("PUSH_EXC_INFO"), dis.opmap["POP_EXCEPT"]
BEFORE_POP_EXCEPT = {dis.opmap.get(name) for name in ("COPY", "SWAP", "POP_TOP")}


def cannot_raise(code: bytes, at: int) -> bool:
    """Is nothing raised at this bytecode, not even by a handler?"""
    one = code[at]
    return one in (NOP, PUSH_EXC_INFO, POP_EXCEPT) or (
        one in BEFORE_POP_EXCEPT and code[at + 2 : at + 3] == bytes([POP_EXCEPT])
    )


class Interrupt(BaseException):
    """What the handler raises: no Exception, as KeyboardInterrupt is none."""


def interrupt() -> None:
    raise Interrupt


class Interruption:
    """The ``handler`` is called at the ``nth`` bytecode that is run in one of these modules and functions.

    ``where`` says at which line that was; empty if it was not.
    """

    def __init__(self, nth: int, modules: tuple[ModuleType, ...], codes: tuple[CodeType, ...] = ()) -> None:
        self._left = nth
        self._files = {module.__file__ for module in modules}
        self._codes = codes
        self.handler: Callable[[], Any] = interrupt
        self.where = ""

    def call(self, function: Callable[..., Any], *arguments: Any) -> bool:
        """Call it; True if the handler raised (and that came out), False if it ran to its end."""
        current = sys.exc_info()[1]
        torn = self._call(function, *arguments)
        assert sys.exc_info()[1] is current, f"{self.where}: no handler runs there"
        return torn

    def _call(self, function: Callable[..., Any], *arguments: Any) -> bool:
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            function(*arguments)
        except Interrupt:
            assert self.where
            return True
        finally:
            sys.settrace(before)
        return False

    def _trace(self, frame: Any, event: str, _argument: object) -> Any:
        code = frame.f_code
        if code.co_filename not in self._files and code not in self._codes:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode" and not cannot_raise(code.co_code, frame.f_lasti):
            self._left -= 1
            if not self._left:
                self.where = f"{code.co_name}, line {frame.f_lineno}, bytecode {frame.f_lasti}"
                self.handler()
        return self._trace


def codes_of(*classes: type) -> dict[str, CodeType]:
    """The code of each function that these classes define, by name; what is defined again, as in the first of them."""
    found: dict[str, CodeType] = {}
    for one in classes:
        for name, function in vars(one).items():
            code = getattr(getattr(function, "fget", function), "__code__", None)
            if isinstance(code, CodeType):
                found.setdefault(name, code)
    return found


def interruptions(modules: tuple[ModuleType, ...], *functions: Any) -> Iterator[Interruption]:
    """One for each step, until a call that one of them is used for has run to its end."""
    codes = tuple(function.__code__ for function in functions)
    nth = 0
    while True:
        nth += 1
        assert nth < 100_000, "it never ends"
        one = Interruption(nth, modules, codes)
        yield one
        if not one.where:
            return
