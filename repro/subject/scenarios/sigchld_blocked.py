"""The program has blocked SIGCHLD."""

from __future__ import annotations

import signal

from .. import events
from ..scenario import Scenario
from ..script import Script


class SigchldBlocked(Scenario):
    name = "sigchld-blocked"
    title = "the program has blocked SIGCHLD"
    dies = "Nothing. The parent has blocked SIGCHLD, as programs do that wait for it by sigwait() or signalfd(2)."
    sees = (
        "With fork and spawn: every result. With forkserver: every result, and then the end of the pool, terminate() or "
        "shutdown(), never returns, with both standard pools."
    )
    why = (
        "A mask of signals is inherited, by exec, too. The fork server reaps its children when SIGCHLD tells it to, which never "
        "comes; so nobody tells the parent that they have ended, and it joins them without limit."
    )
    where = "Lib/multiprocessing/forkserver.py: main(); popen_forkserver.py: Popen.poll(). No issue was found for it."
    instead = "Make the pool before SIGCHLD is blocked; or spawn."
    tags = ("startup", "signal", "shutdown")
    faulty = None
    kills = False
    script = Script(
        prepare="signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])",
        start_method="forkserver",
    )

    def before_open(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        events.emit("fault")

    def work(self, number: int) -> int:
        return number


SCENARIO = SigchldBlocked()
