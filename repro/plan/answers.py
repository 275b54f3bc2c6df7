"""What interpreters answer when they are asked what they are. Each is asked once: its answer is kept in the user's cache.

An answer is kept by the interpreter's path, and holds as long as its stamp does: the executable's modification time and size,
what is installed beside it, and what was asked. Of the cache nothing is believed that has not the form of an answer: whoever can
write there could as well have written the interpreter, but a disk that was full, or another version of the suite, can't mislead.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from repro import files
from repro.plan import catalogue
from safepool._version import __version__

PROBE = catalogue.SUBJECT / "probe.py"
#: How long an interpreter may take to answer the probe, in seconds.
PROBE_TIMEOUT = 20.0
#: How long it is believed of one that did not start that it still does not, in seconds, while all are looked for.
BELIEVED_BROKEN = 3600.0
#: How much is read of a kept answer, in bytes; real ones have one or two thousand.
SIZE = 64 * 1024
#: The oldest version whose syntax and library the subject is written for.
OLDEST = (3, 8)

Answer = dict[str, Any]

#: Of what form texts are in an answer, and names and versions.
_TEXT, _WORD = r"[^\x00-\x08\x0b-\x1f\x7f]{0,2000}", r"[!-~]{0,100}"


def answer(path: str) -> Answer:
    """What the interpreter at a path is: the fields of an ``Interpreter`` but for its path. Never raises: what went wrong is its
    ``problem``, and then its version may be "". One that did not start the last time is started again."""
    known = kept(path)
    return known if known is not None and known["version"] else ask(path)


def kept(path: str) -> Answer | None:
    """What is known of an interpreter without starting it, or None; that it did not start is known for an hour."""
    try:
        found = json.loads(files.content(_place(path), SIZE))
        if found["stamp"] != _stamp(path):
            return None
        known, age = _checked(found["answer"]), time.time() - float(found["asked"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return known if known["version"] or (known["problem"] and 0 <= age < BELIEVED_BROKEN) else None


def ask(path: str) -> Answer:
    """Start an interpreter, and keep what it says. Never raises."""
    stamp = _stamp(path)  # before: what changes meanwhile is asked about again
    said = _started(path)
    _keep(path, stamp, said)
    return said


def _started(path: str) -> Answer:
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
        said = json.loads(output)
        return _checked({**said, "problem": said["problem"] or _too_old(said["version"])})
    except (ValueError, KeyError, TypeError, RecursionError):
        words = (errors.decode(errors="replace").strip().splitlines() or ["nothing"])[-1]
        return _unusable(f"it does not start: exit status {process.returncode}, and said: {words[:200]}")


def _checked(said: Any) -> Answer:
    """What was said, if it has the form of an answer. Raises ValueError, KeyError or TypeError."""
    methods, modules = said["start_methods"], said["modules"]
    if not (
        all(_is(_WORD, said[name]) for name in ("version", "implementation"))
        and _is(_TEXT, said["build"])
        and isinstance(said["free_threaded"], bool)
        and (said["problem"] is None or _is(_TEXT, said["problem"]))
        and isinstance(methods, list)
        and all(_is(_WORD, method) for method in methods)
        and isinstance(modules, dict)
        and all(_is(_WORD, name) and (version is None or _is(_WORD, version)) for name, version in modules.items())
    ):
        raise ValueError("it has not the form of an answer")
    names = ("version", "implementation", "build", "free_threaded", "start_methods", "problem", "modules")
    return {name: said[name] for name in names}


def _is(pattern: str, value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _too_old(version: str) -> str | None:
    major, minor = (int(part) for part in version.split(".")[:2])
    if (major, minor) < OLDEST:
        return f"Python {version} is too old: the suite needs {OLDEST[0]}.{OLDEST[1]} or newer"
    return None


def _unusable(problem: str) -> Answer:
    empty: Answer = {"version": "", "implementation": "", "build": "", "free_threaded": False}
    return {**empty, "start_methods": [], "problem": problem, "modules": {}}


def _wanted() -> list[list[str]]:
    """The modules whose versions are asked for: those of the pools that the standard library does not have."""
    return sorted(
        [str(entry.adapter.requires), str(entry.adapter.project)]
        for entry in catalogue.every_pool().values()
        if entry.adapter.requires
    )


def _stamp(path: str) -> str:
    """Changes with the executable, what is installed beside it, the probe, and the pools that are asked about."""
    try:
        file = os.stat(path)
        executable = [os.path.realpath(path), file.st_mtime_ns, file.st_size, os.lstat(path).st_mtime_ns]
        executable += _packages(Path(path))
    except OSError:
        executable = ["absent"]
    return json.dumps([__version__, PROBE.stat().st_mtime_ns, _wanted(), executable])


def _packages(path: Path) -> list[int]:
    """What tells that a package was installed or removed: the modification times of the site-packages folders."""
    return [folder.stat().st_mtime_ns for folder in sorted(path.parent.parent.glob("lib/python3*/site-packages"))]


def _place(path: str) -> Path:
    return files.cache("interpreters") / f"{hashlib.sha256(os.fsencode(path)).hexdigest()}.json"


def _keep(path: str, stamp: str, known: Answer) -> None:
    """Whole or not at all, whoever else writes at the same time."""
    place = _place(path)
    temporary = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=place.parent)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"path": path, "stamp": stamp, "asked": time.time(), "answer": known}, file)
        os.replace(temporary, place)
    except OSError:  # a cache that can't be written costs a second at the next start, no more
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
