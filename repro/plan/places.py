"""Where interpreters lie: the folders of PATH, the system's, and those of pyenv, asdf, mise, uv, rye and conda.

Folders are listed, and nothing is started. A folder called ``shims`` (pyenv, asdf, mise, rye) holds programs that find out at
each start which Python is meant, for some 30 ms of shell; the Pythons themselves lie beside it, where this looks.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from repro import files

#: What interpreters are called, ``python3.13t``, ``python3.13-nogil`` and ``python3-dbg`` too; ``python3-config`` is none, and
#: ``python2`` too old.
NAME = re.compile(r"(python|pypy)(3(\.\d+)?(t|d|td|-dbg|-nogil)?)?")
SYSTEM = (Path("/usr/local/bin"), Path("/usr/bin"), Path("/opt/conda/bin"))
SHIMS = "shims"
#: In a user's home: what the installers of conda make, unless told otherwise.
CONDA = ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba")
#: The list of all environments that conda keeps in a user's home, and how much of it is read, in bytes.
CONDA_LIST, CONDA_LIST_SIZE = Path(".conda/environments.txt"), files.MIB


def candidates(environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    """Every path that may be an interpreter: of one folder, the most telling name first (``python3.12`` before ``python``).

    environ: the environment variables that say where the managers keep theirs. home: the user's folder.
    """
    for folder in dict.fromkeys(folders(environ, home)):
        yield from programs(folder)


def programs(folder: Path) -> list[Path]:
    """What bears an interpreter's name in a folder, and may be executed; none where the folder can't be read."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if NAME.fullmatch(entry.name)]
    except OSError:
        return []
    there = [folder / name for name in sorted(names, key=lambda name: (-len(name), name))]
    return [path for path in there if path.is_file() and os.access(path, os.X_OK)]


def below(folder: Path) -> Iterator[Path]:
    """What lies in a ``bin`` of this folder, or of one at most three levels below: ``folder/3.14/usr/bin/python3.14``."""
    for depth in range(4):
        for inner in sorted(folder.glob("*/" * depth + "bin")):
            yield from programs(inner)


def folders(environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    """The folders that are looked into, there or not, those of PATH first; shims are left out."""
    on_path = [Path(folder).absolute() for folder in environ.get("PATH", "").split(os.pathsep) if folder]
    yield from (folder for folder in on_path if folder.name != SHIMS)
    yield from SYSTEM
    managers = [folder.parent for folder in on_path if folder.name == SHIMS]
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local/share")
    pyenv = Path(environ.get("PYENV_ROOT") or home / ".pyenv")
    asdf = Path(environ.get("ASDF_DATA_DIR") or home / ".asdf")
    mise = Path(environ.get("MISE_DATA_DIR") or data / "mise")
    for root in dict.fromkeys([*managers, pyenv, asdf, mise]):
        yield from _inside(root / "versions", "bin")
        yield from _inside(root / "installs/python", "bin")
    yield from _inside(Path(environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv/python"), "bin")
    rye = Path(environ.get("RYE_PY_ROOT") or home / ".rye/py")
    yield from (*_inside(rye, "bin"), *_inside(rye, "install/bin"))
    yield from _of_conda(environ, home)


def _of_conda(environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    active = environ.get("CONDA_PREFIX")
    if active:
        yield Path(active) / "bin"
    for root in (home / name for name in CONDA):
        yield root / "bin"
        yield from _inside(root / "envs", "bin")
    try:
        listed = files.content(home / CONDA_LIST, CONDA_LIST_SIZE).decode(errors="replace")
    except (OSError, files.Refused):
        return
    yield from (Path(line) / "bin" for line in listed.splitlines() if line.startswith(os.sep) and "\0" not in line)


def _inside(root: Path, inner: str) -> list[Path]:
    """``inner`` of each folder in ``root``, by name."""
    try:
        with os.scandir(root) as entries:
            return [root / name / inner for name in sorted(entry.name for entry in entries)]
    except OSError:
        return []
