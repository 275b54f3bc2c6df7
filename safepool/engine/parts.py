"""The parts that an engine is made of, each with a state of its own; who works with several of them has them at hand.

The one thing that all of them ask is: look at this worker then.
"""

from typing import Optional

from ..core.decisions import Core
from ..core.states import Worker
from ..protocol.originals import System
from .dispatch import Dispatch
from .fast_path import FastPath
from .outcomes import Outcomes
from .selector import Selector
from .shutdown import Shutdown
from .templates import Templates
from .workers import Workers


class Parts:
    """Made in the order in which they need each other. Whoever has the engine may use them."""

    def __init__(
        self, name: str, size: int, eager: bool, max_tasks: Optional[int], exit_timeout: Optional[float]
    ) -> None:
        self.core = Core(size, eager=eager, max_tasks=max_tasks, processors=System.cpu_count() or 1)
        self.selector = Selector()
        self.outcomes = Outcomes(name)
        self.fast = FastPath(self.core, self.selector)
        self.dispatch = Dispatch(self.core, self.selector, self.outcomes, self.look)
        self.templates = Templates(self.selector)
        self.workers = Workers(self.core, self.selector, self.templates, 2 * size + 2, self.look)
        self.shutdown = Shutdown(self.core, self.workers, self.templates, self.outcomes, exit_timeout)

    def look(self, worker: Worker, when: float) -> None:
        """See to it that the inspection looks at this worker at ``when``."""
        attention = worker.io.attention
        if when < attention.look_at:
            attention.look_at = when
            self.selector.due(when)


class AtHand:
    """What works with the parts, and has each under its name. It belongs to whoever has the engine, unless it says more."""

    def __init__(self, parts: Parts) -> None:
        self._core = parts.core
        self._selector = parts.selector
        self._outcomes = parts.outcomes
        self._fast = parts.fast
        self._dispatch = parts.dispatch
        self._templates = parts.templates
        self._workers = parts.workers
        self._shutdown = parts.shutdown
        self._look = parts.look
