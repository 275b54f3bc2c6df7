"""Scenarios without a fault, one file each, that ``repro check-adapter`` runs: has the pool what its adapter says that it has?"""

from __future__ import annotations

import os

from .. import cell


def initializer() -> None:
    """The initializer of a check: leaves a file with this worker's pid. Here, because workers find it by its module's name."""
    with open(initialized_file(os.getpid()), "w"):
        pass


def initialized_file(pid: int) -> str:
    return cell.current().path(f"initialized-{pid}")
