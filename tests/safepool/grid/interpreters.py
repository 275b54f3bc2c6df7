"""The interpreters that the acceptance tests run on: those on this machine, by minor version.

`REPRO_PYTHONS` names more, separated by os.pathsep: interpreters, or folders that hold some (in themselves, in
``bin`` or in ``usr/bin``). Which are absent is said by the tests that skip for it.
"""
from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import findpython

MINORS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
THIS = f"{sys.version_info[0]}.{sys.version_info[1]}"
PROBE = """import json, sys, _multiprocessing
print(json.dumps([list(sys.version_info[:3]), sys.implementation.name, sys.prefix != sys.base_prefix]))"""


def interpreter(minor: str) -> str | None:
    """The newest CPython `minor` ("3.12") that is here and can use multiprocessing; None if there is none."""
    return sys.executable if minor == THIS else all_interpreters().get(minor)


@functools.lru_cache(maxsize=1)
def all_interpreters() -> dict[str, str]:
    best: dict[str, tuple[tuple[int, ...], str]] = {}
    seen: set[str] = set()
    for path in candidates():
        real = os.path.realpath(path)
        if real in seen:
            continue
        seen.add(real)
        probed = probe(real)
        if probed is not None:
            version, name, in_venv = probed
            minor = f"{version[0]}.{version[1]}"
            if name == "cpython" and not in_venv and version > best.get(minor, ((0,), ""))[0]:
                best[minor] = (version, real)
    return {minor: path for minor, (_, path) in best.items()}


def candidates() -> list[str]:
    paths = []
    for entry in filter(None, os.environ.get("REPRO_PYTHONS", "").split(os.pathsep)):
        if Path(entry).is_file():
            paths.append(entry)
        for folder in (Path(entry), Path(entry, "bin"), Path(entry, "usr", "bin")):
            paths += [str(path) for path in sorted(folder.glob("python3*")) if path.name[6:].replace(".", "").isdigit()]
    return paths + [str(python.executable) for python in findpython.find_all()]


def probe(path: str) -> tuple[tuple[int, ...], str, bool] | None:
    """Version, implementation and whether it is a virtual environment; None if it does not start or cannot make pools."""
    try:
        done = subprocess.run([path, "-c", PROBE], capture_output=True, timeout=20, check=True)
        version, name, in_venv = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return tuple(version), name, in_venv
