"""What is seen stays as it was seen."""

from __future__ import annotations

import dataclasses

import pytest

from repro.diagnose import looks
from tests.repro.diagnose import kept


def test_a_look_is_not_changed_afterwards() -> None:
    """What is kept of a worker is; nothing has happened to it at first."""
    end = looks.Ended(11, None, "nobody knows")
    with pytest.raises(dataclasses.FrozenInstanceError):
        end.status = 0  # type: ignore[misc]
    hand = looks.Hand(kept.worker(11, 10, kept.TASK), 10, 0.0, None)
    hand.ran = True
    death = looks.Death(1.0, end, hand)
    assert (death.replaced, death.told) == (None, False)
