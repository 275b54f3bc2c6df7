"""The interpreters on this machine: which there are, and which of them ``--python`` names.

``places`` knows where they lie (PATH, pyenv, system folders, ...), ``answers`` what each said that it is. ``REPRO_PYTHONS``, a
list separated like PATH, adds interpreters that lie elsewhere.
"""

from __future__ import annotations

import functools
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from repro.errors import UsageError, unknown
from repro.plan import answers, places
from repro.versions import FREE_THREADED, SUFFIXES, build_of, release_of

EXTRA = "REPRO_PYTHONS"


@dataclass(frozen=True)
class Interpreter:
    """One Python on this machine.

    path: of its executable. version: full, as ``3.12.1``, ``3.14.0t`` (free-threaded) or ``3.10.14-pypy``; "" if it did not
    start. start_methods: the platform's default first.
    problem: why nothing can be run in it, or None. modules: the version of each pool's module, None where it is absent.
    """

    path: str
    version: str = ""
    implementation: str = ""
    build: str = ""
    free_threaded: bool = False
    start_methods: tuple[str, ...] = ()
    problem: str | None = None
    modules: dict[str, str | None] = field(default_factory=dict)

    @property
    def release(self) -> tuple[int, ...]:
        """The version as numbers: (3, 12, 1)."""
        return release_of(self.version)

    @property
    def short(self) -> str:
        """``3.12``."""
        return ".".join(self.version.split(".")[:2])


def current() -> Interpreter:
    """The interpreter that runs this."""
    return probe(sys.executable)


def every() -> list[Interpreter]:
    """Every CPython and PyPy on the machine from 3.8 up, one for each real file, by version."""
    return list(_every(os.environ.get(EXTRA, "")))


@functools.cache
def _every(extra: str) -> tuple[Interpreter, ...]:
    """Looked for once in the life of this process. extra: the value of REPRO_PYTHONS, which may change."""
    found = _ask(_paths(extra))
    usable = [one for one in found if one.problem is None and one.implementation in SUFFIXES]
    # a virtual environment's interpreter and the one it was made from are one version and build: the first found stays
    by_build = {(one.version, one.build, one.free_threaded): one for one in reversed(usable)}
    return tuple(sorted(by_build.values(), key=lambda one: (one.release, one.path)))


def _ask(paths: list[str]) -> list[Interpreter]:
    """What each of them is; those that were never asked are asked now, several at once, with a bar on a terminal."""
    found = {path: answers.kept(path) for path in paths}
    new = [path for path, answer in found.items() if answer is None]
    if new:
        from concurrent.futures import ThreadPoolExecutor

        from tqdm import tqdm

        with (
            ThreadPoolExecutor(max_workers=os.cpu_count()) as threads,
            tqdm(total=len(new), desc="asking each Python what it is", disable=None, leave=False) as bar,
        ):
            for path, answer in zip(new, threads.map(answers.ask, new), strict=True):
                found[path] = answer
                bar.update()
    return [_interpreter(path, answer) for path, answer in found.items() if answer is not None]


def select(patterns: list[str]) -> list[Interpreter]:
    """The interpreters that ``--python`` names: ``all``, a version or its beginning, a glob of versions, a path.

    A path is taken as it is, even if nothing can be run there: its cells then say why. Raises UsageError for what is not there.
    """
    import fnmatch

    chosen: dict[str, Interpreter] = {}
    for pattern in patterns or ["current"]:
        if pattern == "current":
            matching = [current()]
        elif os.sep in pattern:
            path = os.path.abspath(os.path.expanduser(pattern))  # cells are started in folders of their own
            if not os.path.exists(path):
                raise UsageError(f"no interpreter at {pattern}: there is no such file")
            matching = [probe(path)]
        else:
            there = every()
            wanted = pattern.removeprefix("python").removeprefix("cp")
            matching = [
                one
                for one in there
                if wanted == "all"
                or fnmatch.fnmatchcase(one.version, wanted)
                or (one.version.startswith(wanted + ".") and build_of(one.version) in ("", FREE_THREADED))
            ]
            if not matching:
                raise unknown("Python", pattern, ["all", *(one.version for one in there)])
        chosen.update((one.path, one) for one in matching)
    return list(chosen.values())


def probe(path: str) -> Interpreter:
    """Ask an interpreter what it is. Never raises: what went wrong is its ``problem``."""
    return _interpreter(path, answers.answer(path))


def _interpreter(path: str, answer: answers.Answer) -> Interpreter:
    fields: dict[str, Any] = {**answer, "path": path, "start_methods": tuple(answer["start_methods"])}
    if fields["version"]:
        fields["version"] += FREE_THREADED * fields["free_threaded"] + SUFFIXES.get(fields["implementation"], "")
    return Interpreter(**fields)


def _paths(extras: str) -> list[str]:
    """Every path that may be an interpreter, this one first; one for each real file. extras: as in REPRO_PYTHONS."""
    candidates = [Path(sys.executable)]
    for extra in filter(None, extras.split(os.pathsep)):
        place = Path(extra).expanduser()
        candidates += places.below(place) if place.is_dir() else [place]
    candidates += places.candidates(os.environ, Path(os.path.expanduser("~")))
    unique: dict[str, str] = {}
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            unique.setdefault(os.path.realpath(candidate), str(candidate))
    return list(unique.values())
