"""Has multiprocessing started a process, and how far has that come: is it on its way, in a function of the program's, or leaving?
Pure.
"""

from __future__ import annotations

from repro.diagnose import pools
from repro.diagnose.snapshot import Seen
from repro.verdicts.stacks import Frame, Thread


def by_multiprocessing(thread: Thread) -> bool:
    """Whether multiprocessing has started a process: a worker, or another one."""
    return any(
        frame.function in ("_bootstrap", "spawn_main", "_serve_one", "_launch") and "multiprocess" in frame.file
        for frame in thread.frames
    )


def starts(thread: Thread) -> bool:
    """Whether a process of multiprocessing is on its way into its function, or imports the program's main module; or has left its
    function. One that is in it, and in no pool's loop, is no worker: a manager, or a process of the program's own."""
    bootstrap = next((number for number, one in enumerate(thread.frames) if _begins(one)), 0)
    called = [*reversed(thread.frames[:bootstrap])]
    in_run = called[:1] and called[0].function == "run"
    own = in_run and (len(called) > 1 or not called[0].file.endswith("process.py"))
    return by_multiprocessing(thread) and not own


def in_own_function(one: Seen) -> bool:
    """Whether a process is one that multiprocessing has started for the program itself, and that is in its function."""
    main = one.main
    return main is not None and pools.role(main) is None and by_multiprocessing(main) and not starts(main)


def _begins(frame: Frame) -> bool:
    return frame.function == "_bootstrap" and "multiprocess" in frame.file
