"""SIGPIPE has its default action, and a worker dies while the parent writes to it."""

from __future__ import annotations

import signal

from .large_argument_in_flight import LargeArgumentInFlight


class Sigpipe(LargeArgumentInFlight):
    name = "sigpipe"
    title = "a worker dies while large arguments are on their way, with SIGPIPE at its default"
    dies = (
        "The worker with the third task, with status 1, while the parent writes the next argument of 8 MB. The program has set "
        "SIGPIPE to SIG_DFL, so that it ends quietly in front of | head."
    )
    sees = (
        "multiprocessing.Pool: nothing, ever. concurrent.futures: BrokenProcessPool, and then SIGPIPE ends the parent, without a "
        "word; on 3.9 and 3.10 shutdown hangs instead, as without it (large-argument-in-flight)."
    )
    why = (
        "Python ignores SIGPIPE, so that a broken pipe is an exception, and the pools count on that. A pool closes its reading "
        "end when it is broken, to end the thread that writes: with SIG_DFL that ends the whole program."
    )
    where = (
        "Doc/library/signal.rst: Note on SIGPIPE; Lib/multiprocessing/queues.py: Queue.close(), Queue._terminate_broken(), "
        "Queue._feed(). gh-94777 is what comes where that end stays open."
    )
    instead = "Leave SIGPIPE alone, and catch BrokenPipeError where standard output is written."
    references = ("gh-94777", "gh-66587")
    tags = ("exit", "signal")
    script = LargeArgumentInFlight.script._replace(prepare="signal.signal(signal.SIGPIPE, signal.SIG_DFL)")

    def before_open(self) -> None:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)


SCENARIO = Sigpipe()
