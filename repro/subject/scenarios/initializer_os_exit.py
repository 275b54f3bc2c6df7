"""The initializer of the workers ends the process."""

from __future__ import annotations

import os

from .. import events
from ..script import Script
from .initializer_raises import InitializerRaises


def initializer() -> None:
    """Runs in every worker before its first task."""
    events.emit("fault")
    os._exit(1)


class InitializerOsExit(InitializerRaises):
    name = "initializer-os-exit"
    title = "the initializer calls os._exit(1)"
    dies = "Every worker, at once, before its first task."
    kills = True
    status = 1
    initializer = staticmethod(initializer)
    script = Script(
        above="""
            def initializer():
                os._exit(1)
        """,
        options="initializer=initializer",
    )


SCENARIO = InitializerOsExit()
