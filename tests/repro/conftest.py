"""After every test nothing of it is left: no process, no zombie, no cgroup, no temporary file."""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.repro import lab

_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


# pytest-xdist tells its workers how wide its own terminal is, which is nobody's here; ``lab.command`` leaves it out as well.
os.environ.pop("COLUMNS", None)


@pytest.fixture(scope="package", autouse=True)
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder in which everything temporary of these tests lies; everything that they start is marked.

    Its name is short: sockets in a cell's folder must fit in 108 bytes (unix(7)).
    """
    tmp_path_factory.getbasetemp()  # made now, so that it does not lie in ours
    folder = Path(tempfile.mkdtemp(prefix="t-"))
    state = tmp_path_factory.mktemp("state")  # no test changes which run was the user's last one
    wanted = {"TMPDIR": str(folder), lab.MARK: f"{os.getpid()}-{folder.name}", "XDG_STATE_HOME": str(state)}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    tempfile.tempdir = None
    try:
        yield folder
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        tempfile.tempdir = None
        folder.rmdir()  # fails where something is left: each test has said so


@pytest.fixture(scope="package")
def run_directory(laboratory: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored run, for those who only read it."""
    return lab.stored_run(tmp_path_factory.mktemp("stored"))


@pytest.fixture(autouse=True)
def nothing_left(laboratory: Path) -> Iterator[None]:
    """What a test must hold besides its own docstring: nothing of it is left."""
    children = {child.pid for child in psutil.Process().children()}
    yield
    _stop_adopting()
    left = {
        "processes": list(lab.marked().values()),
        "children": [str(child) for child in psutil.Process().children() if child.pid not in children],
        "cgroups": [str(path) for path in lab.cgroups()],
        "files": sorted(path.name for path in laboratory.iterdir()),
    }
    if any(left.values()):
        lab.end_marked()
        lab.reap()
        lab.clean()
        pytest.fail(f"left behind: { {kind: what for kind, what in left.items() if what} }")


def _stop_adopting() -> None:
    """A run in this process makes it adopt the orphans of its descendants; other tests don't want them."""
    if os.path.isdir("/proc/self"):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
