"""As in the suite's own tests: nothing is left after a test, no process, no cgroup, no file."""

from __future__ import annotations

from tests.repro.conftest import laboratory, nothing_left

__all__ = ["laboratory", "nothing_left"]
