"""The cell this process belongs to: what the observer asked for, read from the cell's directory."""

from __future__ import annotations

import json
import os
from typing import Any

#: The environment variable that names the cell's directory. Every process of the subject inherits it, and the
#: observer knows the subject's processes by it when they have left their session.
DIRECTORY = "REPRO_CELL_DIR"


class Cell:
    """One cell as the subject sees it.

    directory: the cell's own directory; also its working directory.
    scenario, pool, operation, start_method: names.
    scenario_file, pool_file: the files that define the two.
    workers: how many workers the pool is to have.
    oom_group: the directory of a memory cgroup made for this cell, or None where there is none.
    """

    def __init__(self, directory: str, settings: dict[str, Any]) -> None:
        self.directory = directory
        self.scenario: str = settings["scenario"]
        self.scenario_file: str = settings["scenario_file"]
        self.pool: str = settings["pool"]
        self.pool_file: str = settings["pool_file"]
        self.operation: str = settings["operation"]
        self.start_method: str = settings["start_method"]
        self.workers: int = settings["workers"]
        self.oom_group: str | None = settings["oom_group"]

    def path(self, name: str) -> str:
        return os.path.join(self.directory, name)


_cell: Cell | None = None


def current() -> Cell:
    """The cell of this process. Raises KeyError outside of one."""
    global _cell
    if _cell is None:
        directory = os.environ[DIRECTORY]
        with open(os.path.join(directory, "cell.json"), encoding="utf-8") as file:
            _cell = Cell(directory, json.load(file))
    return _cell
