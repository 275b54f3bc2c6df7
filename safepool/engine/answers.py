"""What workers say: results, that they are ready, that they could not start; and nonsense."""

import logging
from typing import Any

from ..core import states
from ..core.states import Worker
from ..protocol import words
from .channel import Unreadable
from .parts import AtHand, Parts
from .staffing import Staffing
from .workers import Killed

#: What an answer raises whose shape is not that of any answer.
NONSENSE = (states.IllegalTransition, TypeError, ValueError, IndexError, KeyError, AttributeError, OSError)


def is_tied(entry: Any) -> bool:
    return type(entry) is tuple and (entry[0] == words.TIED or entry[:2] == (words.LARGE, words.TIED))


class Answers(AtHand):
    """Whoever has the engine may use it."""

    def __init__(self, parts: Parts, staffing: Staffing) -> None:
        super().__init__(parts)
        self._staffing = staffing

    def check_channel(self, worker: Worker) -> None:
        if worker.io.channel.broken and worker.io.killed is None:
            # Its pipe is gone while it lives: it can be given nothing more.
            self._workers.kill(worker, Killed("protocol"))

    def read(self, worker: Worker, everything: bool = False) -> None:
        """Take what the worker has sent."""
        io = worker.io
        try:
            messages = io.channel.read(everything)
        except Unreadable as error:
            messages = error.found
            self.kill_for_nonsense(worker, str(error))
        for kind, envelope, buffers in messages:
            if kind == words.RESULTS or kind == words.TIED_RESULTS:
                try:
                    if kind == words.TIED_RESULTS:
                        io.arriving += sum(map(is_tied, envelope[2]))
                    self._dispatch.results(worker, envelope, buffers)
                except NONSENSE as error:
                    self.kill_for_nonsense(worker, str(error))
                    return
                if self._dispatch.after_results(worker):
                    self._workers.stop(worker, self._shutdown.exit_timeout)
                    self._staffing.launch_wanted()
            elif kind == words.READY:
                self._workers.identify(worker)
                if worker.state is states.STARTING:  # else it was told to stop meanwhile
                    self._core.ready(worker)
                    self._staffing.deal()
                    if worker.state is states.IDLE:
                        self._dispatch.look_for_stuck()
            elif kind == words.START_FAILED:
                io.start_error = envelope
        if io.channel.broken:
            self.check_channel(worker)

    def kill_for_nonsense(self, worker: Worker, text: str) -> None:
        """It is killed, and nothing more is read of it before it is dead."""
        if worker.io.killed is None:
            self._outcomes.log(logging.ERROR, "safepool: worker %s: %s; it is killed", worker.io.pid, text)
        self._selector.remove(worker.io.channel.result_fd)
        self._workers.kill(worker, Killed("protocol"))
