"""``KeyboardInterrupt`` in a task: Ctrl-C that reached one worker."""

from __future__ import annotations

from ..scenario import Scenario
from ..script import Script


class KeyboardInterruptInTask(Scenario):
    name = "keyboard-interrupt"
    title = "a task raises KeyboardInterrupt"
    dies = "The worker, in multiprocessing.Pool: it prints a traceback and ends with status 1."
    sees = (
        "multiprocessing.Pool: nothing, ever. concurrent.futures: the KeyboardInterrupt, re-raised in the parent, "
        "which looks as if somebody had pressed Ctrl-C there."
    )
    why = (
        "KeyboardInterrupt is a BaseException. As with sys.exit: multiprocessing.pool lets it end the worker, "
        "concurrent.futures carries it over."
    )
    where = "Lib/multiprocessing/pool.py: worker(); Lib/concurrent/futures/process.py: _process_worker()."
    instead = (
        "Ignore SIGINT in the workers (an initializer with signal.signal(SIGINT, SIG_IGN)), and let the parent "
        "end them."
    )
    references = ("gh-66587",)
    tags = ("exit",)
    kills = False
    script = Script("raise KeyboardInterrupt")

    def fire(self) -> None:
        raise KeyboardInterrupt


SCENARIO = KeyboardInterruptInTask()
