"""The initializer of the workers calls ``sys.exit``."""

from __future__ import annotations

import sys

from .. import events
from ..script import Script
from .initializer_raises import InitializerRaises


def initializer() -> None:
    """Runs in every worker before its first task."""
    events.emit("fault")
    sys.exit(1)


class InitializerExits(InitializerRaises):
    name = "initializer-exits"
    title = "the initializer calls sys.exit(1)"
    dies = "Every worker before its first task: with status 1 in multiprocessing.Pool, with 0 in concurrent.futures."
    initializer = staticmethod(initializer)
    script = Script(
        above="""
            def initializer():
                sys.exit(1)
        """,
        options="initializer=initializer",
    )


SCENARIO = InitializerExits()
