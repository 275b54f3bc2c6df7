"""Exit statuses."""

from __future__ import annotations

import signal

from repro.errors import INTERRUPTED


def test_interrupted_is_the_word_for_ctrl_c() -> None:
    """130 is 128 and the number of SIGINT."""
    assert INTERRUPTED == 128 + signal.SIGINT
