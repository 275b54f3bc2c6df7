"""The function of a ``python -c`` program, in spawned workers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Callable

from .. import events
from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class CommandFunction(Scenario):
    name = "command-function"
    title = "the function is that of a python -c program"
    dies = "Every worker that takes a task, with an AttributeError: it has no such function."
    sees = (
        "multiprocessing.Pool: nothing, ever, but a traceback for every task. concurrent.futures: BrokenProcessPool for "
        "everything. The same at an interactive prompt."
    )
    why = (
        "A function travels by name: __main__.worker. A spawned worker imports the main module from its file, and the "
        "program of python -c has none. The error arises in the worker while it reads the task, outside of what catches "
        "exceptions."
    )
    where = (
        "Lib/multiprocessing/spawn.py: get_preparation_data(); Lib/multiprocessing/pool.py: worker(), 'task = get()'."
    )
    instead = "Put the function into a module."
    references = ("gh-66587",)
    tags = ("startup", "pickle")
    faulty = None
    kills = False
    start_methods = ("spawn", "forkserver")
    entry = "program_of_command"
    script = Script(
        prepare="""
            if "__file__" in globals():  # run as python -c runs it
                os.execv(sys.executable, [sys.executable, "-c", open(__file__).read()])
        """,
    )

    def function(self) -> Callable[[int], int]:
        function: Any = sys.modules["__main__"].worker
        return function  # type: ignore[no-any-return]

    def drive(self, steps: Steps) -> None:
        events.emit("fault")
        super().drive(steps)


SCENARIO = CommandFunction()
