"""The console script ``safepool-repro``: the suite, under a name that nobody else has.

The suite is the package ``repro`` with a console script of that name. On PyPI another project has both: installed later into
the same environment, it writes its files over ours, and the environment's ``repro`` is the other one. This module has a place
where nobody writes, so it can tell. It is the only one of ``safepool`` that knows of the suite, and nothing imports it.

*Ours* is told by two facts, both read without importing anything: the package that Python finds lies beside ``safepool``
(both are installed, or checked out, together), and its ``__init__.py`` begins as ours does. A foreign package always has an
``__init__.py`` of its own, and where its distribution was removed again, ours is gone with it. The metadata of the
distributions would not do: a checkout has none, an editable install none for these files, and after two installs into one
place both claim the same files. They do tell who else does.
"""

import os
import sys
from typing import List, Optional

#: How ``repro/__init__.py`` begins.
MARK = '"""repro: what process pools do when a worker dies'

#: ``repro.errors.SOFTWARE``: the fault of this machine. Not imported: it might be somebody else's.
SOFTWARE = 70


def main() -> int:
    """``repro``, if it is ours; else an explanation on stderr. Returns the exit status."""
    wrong = trouble()
    if wrong is not None:
        print(f"safepool-repro: {wrong}", file=sys.stderr)
        return SOFTWARE
    from repro.__main__ import main

    return main()


def trouble() -> Optional[str]:
    """Why the package ``repro`` that Python finds is not ours, and what to do; None if it is ours. Imports nothing of it."""
    from importlib.util import find_spec

    site = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    ours = os.path.join(site, "repro", "__init__.py")
    spec = find_spec("repro")
    found = None if spec is None else spec.origin  # None, too, for a folder without __init__.py
    if found is not None and os.path.realpath(found) != ours:
        return (
            f"the package repro that Python finds is not safepool's, but another one, {_whose(found)}. It lies in "
            f"{os.path.dirname(found)}, which comes before {site} on sys.path.\n"
            "Remove it, take it off the path (PYTHONPATH), or give safepool a virtual environment of its own."
        )
    if found is None:
        return (
            f"the package repro is gone or not whole: there is no {ours}. So it is after another distribution with a package "
            f"of this name was removed.\n{_REPAIR}"
        )
    with open(found, encoding="utf-8", errors="replace") as file:
        if file.read(len(MARK)) == MARK:
            return None
    return (
        f"the package repro in {os.path.dirname(found)} is not safepool's any more: another one, {_whose(found)}, was "
        f"installed over it. safepool itself is whole.\n{_REPAIR}"
    )


_REPAIR = (
    "PyPI's project repro is another one, and one environment can't have both. To have this one: python -m pip uninstall repro; "
    "then, in a checkout of safepool, python -m pip install --force-reinstall --no-deps ."
)


def _whose(file: str) -> str:
    """In words: the distributions, other than ours, that say that they brought a file, a package's ``__init__.py``."""
    from importlib.metadata import distributions

    names: List[str] = []
    for one in distributions():
        name = str(one.metadata["Name"])
        for brought in one.files or () if name != "safepool" else ():
            same_end = brought.parts[-2:] == tuple(
                file.split(os.sep)[-2:]
            )  # a file system is slow, and has a lot of files
            if same_end and os.path.realpath(str(one.locate_file(brought))) == os.path.realpath(file):
                names.append(f"{name} {one.version}")
    return f"of the distribution {' or '.join(sorted(set(names)))}" if names else "of no distribution that says so"
