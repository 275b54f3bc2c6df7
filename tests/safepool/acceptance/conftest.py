"""What all acceptance tests ask of the command line."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def full(request: pytest.FixtureRequest) -> bool:
    """Whether every item is to be run on every interpreter here: ``--full``, or SAFEPOOL_TEST_FULL in the environment."""
    return bool(request.config.getoption("--full", default=False) or os.environ.get("SAFEPOOL_TEST_FULL"))
