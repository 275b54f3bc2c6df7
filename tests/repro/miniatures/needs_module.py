"""Needs a module that is nowhere."""

from __future__ import annotations

import os

from .. import loading

Honest = type(loading.pool(os.path.join(os.path.dirname(__file__), "honest.py")))


class NeedsModule(Honest):
    requires = "a_module_that_is_nowhere"


POOL = NeedsModule()
