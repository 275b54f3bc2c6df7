"""What the observer asks an interpreter before it runs anything in it. Run as a file, with the names of modules whose
presence and versions are wanted; prints one JSON object. Works on any Python 3, so that one too old can say so."""

from __future__ import annotations

import json
import platform
import sys
import sysconfig
from typing import Any


def main(wanted: Any) -> None:
    answer: dict[str, Any] = {
        "version": platform.python_version(),
        "implementation": platform.python_implementation(),
        "build": sys.version,
        "compiler": platform.python_compiler(),
        "executable": sys.executable,
        "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "start_methods": [],
        "problem": None,
        "modules": {},
    }
    try:
        import _multiprocessing  # type: ignore[import-not-found]  # noqa: F401
        import multiprocessing

        answer["start_methods"] = multiprocessing.get_all_start_methods()  # the platform's default comes first
    except ImportError as error:
        answer["problem"] = f"multiprocessing does not import: {error}"
    for module, project in wanted:
        answer["modules"][module] = version(module, project)
    print(json.dumps(answer))


def version(module: str, project: str) -> str | None:
    """The version of an installed module, "" where it has none, None where it is absent."""
    import importlib.util

    try:
        if importlib.util.find_spec(module) is None:
            return None
    except ImportError:
        return None
    if not project:
        return ""
    try:
        from importlib.metadata import version as of

        return of(project)
    except Exception:
        return ""


if __name__ == "__main__":
    main(json.loads(sys.argv[1]) if len(sys.argv) > 1 else [])
