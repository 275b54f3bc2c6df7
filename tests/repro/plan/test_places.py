"""Where interpreters are looked for: made-up homes, in which nothing is started."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from repro.plan import places


def program(place: Path) -> Path:
    """An executable file, with the folders above it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("#!/bin/sh\nexit 3\n")
    place.chmod(0o755)
    return place


@pytest.fixture(autouse=True)
def bare_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine has is not looked at."""
    monkeypatch.setattr(places, "SYSTEM", ())


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        *[
            (name, True)
            for name in ("python", "python3", "python3.12", "python3.13t", "pypy3.10", "pypy3", "python3-dbg")
        ],
        *[(name, True) for name in ("python3.13-nogil", "python3.12d")],
        *[
            (name, False)
            for name in ("python3-config", "python3.12-gdb.py", "python2", "python2.7", "pythonw", "ipython3")
        ],
        *[(name, False) for name in ("python3.12.sh", "python-argcomplete-tcsh", "pydoc3")],
    ],
)
def test_what_is_called_like_an_interpreter(tmp_path: Path, name: str, is_one: bool) -> None:
    """The names that distributions use, and those of other programs beside them."""
    program(tmp_path / name)
    assert [path.name for path in places.programs(tmp_path)] == [name] * is_one


def test_the_most_telling_name_comes_first(tmp_path: Path) -> None:
    """Of names for one file, the first is the one that is shown."""
    for name in ("python", "python3", "python3.12"):
        program(tmp_path / name)
    assert [path.name for path in places.programs(tmp_path)] == ["python3.12", "python3", "python"]


def test_what_can_not_be_executed_is_none(tmp_path: Path) -> None:
    """A text, a folder, a dangling link, a FIFO; and a folder that is not there."""
    (tmp_path / "python3").write_text("")
    (tmp_path / "python").mkdir()
    (tmp_path / "python3.12").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "python3.13")
    assert places.programs(tmp_path) == []
    assert places.programs(tmp_path / "nothing") == []


#: Where a manager puts a Python, below the user's home.
MANAGERS = {
    "pyenv": ".pyenv/versions/3.12.1/bin/python3.12",
    "asdf": ".asdf/installs/python/3.12.1/bin/python3.12",
    "mise": ".local/share/mise/installs/python/3.12.1/bin/python3.12",
    "uv": ".local/share/uv/python/cpython-3.12.1-linux-x86_64-gnu/bin/python3.12",
    "rye": ".rye/py/cpython@3.12.1/bin/python3",
    "rye's old": ".rye/py/cpython@3.12.1/install/bin/python3",
    "conda's base": "miniforge3/bin/python3.12",
    "conda": "miniconda3/envs/work/bin/python3.12",
}


@pytest.mark.parametrize("manager", MANAGERS)
def test_each_manager_is_looked_up(tmp_path: Path, manager: str) -> None:
    """In the folder that it takes when nothing is said."""
    there = program(tmp_path / MANAGERS[manager])
    assert list(places.candidates({}, tmp_path)) == [there]


@pytest.mark.parametrize(
    ("variable", "inside"),
    [
        ("PYENV_ROOT", "versions/3.12.1/bin/python3.12"),
        ("ASDF_DATA_DIR", "installs/python/3.12.1/bin/python3.12"),
        ("MISE_DATA_DIR", "installs/python/3.12.1/bin/python3.12"),
        ("UV_PYTHON_INSTALL_DIR", "cpython-3.12.1/bin/python3.12"),
        ("RYE_PY_ROOT", "cpython@3.12.1/bin/python3"),
        ("CONDA_PREFIX", "bin/python3.12"),
        ("XDG_DATA_HOME", "uv/python/cpython-3.12.1/bin/python3.12"),
    ],
)
def test_each_manager_may_be_told_another_folder(tmp_path: Path, variable: str, inside: str) -> None:
    """By the variable that the manager itself reads."""
    there = program(tmp_path / "elsewhere" / inside)
    assert list(places.candidates({variable: str(tmp_path / "elsewhere")}, tmp_path)) == [there]


def test_conda_says_where_its_environments_are(tmp_path: Path) -> None:
    """Its list may name what is gone; of a list that can't be right, nothing is believed."""
    there = program(tmp_path / "far/away/bin/python3.12")
    (tmp_path / ".conda").mkdir()
    listed = tmp_path / places.CONDA_LIST
    listed.write_bytes(b"/nowhere\n\xff\nrelative\n/a\0b\n\n" + os.fsencode(tmp_path / "far/away") + b"\n")
    assert list(places.candidates({}, tmp_path)) == [there]
    listed.write_bytes(listed.read_bytes() + b"\n" * places.CONDA_LIST_SIZE)
    assert list(places.candidates({}, tmp_path)) == []


def test_path_comes_first_and_shims_are_left_out(tmp_path: Path) -> None:
    """A folder of shims names its manager's root, wherever that is."""
    own = program(tmp_path / "own/python3.12")
    program(tmp_path / "manager/shims/python3.12")
    real = program(tmp_path / "manager/versions/3.12.1/bin/python3.12")
    environ = {
        "PATH": os.pathsep.join(["", str(tmp_path / "manager/shims"), str(tmp_path / "own"), str(tmp_path / "own")])
    }
    assert list(places.candidates(environ, tmp_path)) == [own, real]


def test_the_system_is_looked_at_without_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PATH is short (cron), the Pythons of the distribution are there all the same."""
    monkeypatch.setattr(places, "SYSTEM", (tmp_path / "usr/bin",))
    there = program(tmp_path / "usr/bin/python3.11")
    assert list(places.candidates({}, tmp_path)) == [there]


def test_below_a_folder(tmp_path: Path) -> None:
    """Itself a prefix, or a folder of prefixes, or of unpacked packages; no deeper."""
    found = [
        program(tmp_path / place)
        for place in ("bin/python3.12", "3.13/bin/python3.13", "3.14/usr/bin/python3.14", "a/b/c/bin/python3")
    ]
    program(tmp_path / "a/b/c/d/bin/python3.9")
    assert list(places.below(tmp_path)) == found
