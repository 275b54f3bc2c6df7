"""Finds the interpreters on this machine, and asks each what it is.

findpython knows where interpreters lie (PATH, pyenv, system folders, ...). ``REPRO_PYTHONS``, a list separated like PATH, adds
interpreters that lie elsewhere. Each is probed once: the answers are cached by path and modification time.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from repro.errors import UsageError, unknown
from repro.plan import catalogue
from repro.versions import FREE_THREADED, SUFFIXES, build_of, release_of
from safepool._version import __version__

PROBE = catalogue.SUBJECT / "probe.py"
#: How long an interpreter may take to answer the probe, in seconds.
PROBE_TIMEOUT = 20.0
#: The oldest version whose syntax and library the subject is written for.
OLDEST = (3, 8)
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
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        found = list(threads.map(probe, _paths(extra)))
    usable = [one for one in found if one.problem is None and one.implementation in SUFFIXES]
    # a virtual environment's interpreter and the one it was made from are one version and build: the first found stays
    by_build = {(one.version, one.build, one.free_threaded): one for one in reversed(usable)}
    return tuple(sorted(by_build.values(), key=lambda one: (one.release, one.path)))


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
            if not Path(pattern).expanduser().exists():
                raise UsageError(f"no interpreter at {pattern}: there is no such file")
            matching = [probe(str(Path(pattern).expanduser()))]
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
    key = _cache_key(path)
    answer = _cached(key)
    if answer is None:
        answer = _ask(path)
        _cache(key, answer)
    fields: dict[str, Any] = {**answer, "path": path, "start_methods": tuple(answer["start_methods"])}
    if fields["version"]:
        fields["version"] += FREE_THREADED * fields["free_threaded"] + SUFFIXES.get(fields["implementation"], "")
    return Interpreter(**fields)


def _paths(extras: str) -> list[str]:
    """Every path that may be an interpreter, this one first; one for each real file. extras: as in REPRO_PYTHONS."""
    import findpython

    candidates = [Path(sys.executable)]
    for extra in filter(None, extras.split(os.pathsep)):
        place = Path(extra).expanduser()
        inside = [*place.glob("**/bin/python3.[0-9]*"), *place.glob("**/bin/pypy3.[0-9]*")]
        candidates += sorted(inside) if place.is_dir() else [place]
    candidates += [Path(found.executable) for found in findpython.find_all()]
    unique: dict[Path, str] = {}
    for candidate in candidates:
        if os.access(candidate, os.X_OK) and "-config" not in candidate.name:
            unique.setdefault(candidate.resolve(), str(candidate))
    return list(unique.values())


def _wanted() -> list[list[str]]:
    """The modules whose versions are asked for: those of the pools that the standard library does not have."""
    return sorted(
        [entry.adapter.requires, entry.adapter.project]
        for entry in catalogue.pools().values()
        if entry.adapter.requires
    )


def _ask(path: str) -> dict[str, Any]:
    command = [path, "-B", str(PROBE), json.dumps(_wanted())]
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
    except OSError as error:
        return _unusable(f"it does not start: {error.strerror}")
    try:
        output, errors = process.communicate(timeout=PROBE_TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return _unusable(f"it did not answer within {PROBE_TIMEOUT:g} s")
    try:
        answer = json.loads(output)
        return {
            "version": answer["version"],
            "implementation": answer["implementation"],
            "build": answer["build"],
            "free_threaded": answer["free_threaded"],
            "start_methods": answer["start_methods"],
            "problem": answer["problem"] or _too_old(answer["version"]),
            "modules": answer["modules"],
        }
    except (ValueError, KeyError, TypeError):
        said = (errors.decode(errors="replace").strip().splitlines() or ["nothing"])[-1]
        return _unusable(f"it does not start: exit status {process.returncode}, and said: {said[:200]}")


def _too_old(version: str) -> str | None:
    major, minor = (int(part) for part in version.split(".")[:2])
    if (major, minor) < OLDEST:
        return f"Python {version} is too old: the suite needs {OLDEST[0]}.{OLDEST[1]} or newer"
    return None


def _unusable(problem: str) -> dict[str, Any]:
    return asdict(Interpreter("", problem=problem)) | {"start_methods": []}


def _cache_key(path: str) -> str:
    """Changes with the executable, the probe, the pools that are asked about, and what is installed beside them."""
    real = Path(path).resolve()
    try:
        stamp = f"{real}:{real.stat().st_mtime_ns}:{os.lstat(path).st_mtime_ns}:{_environment_stamp(Path(path))}"
    except OSError:
        stamp = f"{path}:absent"
    text = f"{__version__}:{PROBE.stat().st_mtime_ns}:{_wanted()}:{path}:{stamp}"
    return hashlib.sha256(text.encode()).hexdigest()


def _environment_stamp(path: Path) -> str:
    """What tells that a package was installed or removed: the modification times of the site-packages folders."""
    folders = sorted(path.parent.parent.glob("lib/python3*/site-packages"))
    return ",".join(str(folder.stat().st_mtime_ns) for folder in folders)


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "repro" / "probes"


def _cached(key: str) -> dict[str, Any] | None:
    try:
        answer = json.loads((_cache_folder() / f"{key}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return answer if isinstance(answer, dict) and set(answer) == set(asdict(Interpreter(""))) else None


def _cache(key: str, answer: dict[str, Any]) -> None:
    if answer["problem"] and not answer["version"]:
        return  # it may start the next time
    folder = _cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f"{key}.{os.getpid()}"
        temporary.write_text(json.dumps(answer | {"path": ""}), "utf-8")
        temporary.replace(folder / f"{key}.json")
    except OSError:
        pass  # a cache that can't be written costs a second at the next start, no more
