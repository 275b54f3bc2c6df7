"""What the tests of shared memory share: a region of four slots."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from safepool.protocol.region import Region, create_region, map_region


@pytest.fixture
def fd() -> Iterator[int]:
    found = create_region(4, [])
    yield found
    try:
        os.close(found)
    except OSError:
        pass  # the test has


@pytest.fixture
def region(fd: int) -> Iterator[Region]:
    found = map_region(fd)
    yield found
    found.close()
