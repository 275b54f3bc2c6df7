"""The parts that an engine is made of, each with a state of its own, and the one thing that all of them ask:

look at this worker then.
"""

import os
from typing import Optional

from ..core.decisions import Core
from ..core.states import Worker
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
        self.core = Core(size, eager=eager, max_tasks=max_tasks, processors=os.cpu_count() or 1)
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
