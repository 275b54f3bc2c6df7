"""Where runs are kept that name no place of their own, and which was the last one.

Runs lie in the user's state folder (``XDG_STATE_HOME``, else ``~/.local/state``), each by the time of its start. A file beside
them says where the last run is, wherever that was stored. A run is named by its path, by its name there, or as ``last``.
"""

from __future__ import annotations

import time
from pathlib import Path

from repro import files
from repro.errors import RecordError, unknown

#: The last run, wherever a run is named.
LAST = "last"

#: How long the path of a run may be, in bytes.
_MOST = 1 << 14


def place() -> Path:
    """The folder of the runs, there or not."""
    return files.state("runs")


def fresh() -> Path:
    """A folder for a run that begins now, not there yet; with a number behind it where there is a run of the same second."""
    name = time.strftime("%Y-%m-%dT%H-%M-%S")
    candidate, number = place() / name, 1
    while candidate.exists():
        number += 1
        candidate = place() / f"{name}-{number}"
    return candidate


def names() -> list[str]:
    """Those that lie there, the oldest first."""
    try:
        return sorted(path.name for path in place().iterdir())
    except OSError:
        return []


def remember(directory: Path) -> None:
    """From now on this is the last run. Where that can't be written, the run is none the worse."""
    file = files.state(LAST)
    new = file.with_name(f"{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(str(directory.absolute()), "utf-8", errors="surrogateescape")
        new.replace(file)
    except OSError:
        pass


def find(asked: Path) -> Path:
    """The path of the run that is meant. What is there is meant before any name.

    Raises RecordError where there is no last run; UsageError for what is neither a path nor a name, with the nearest names.
    """
    if asked.exists() or len(asked.parts) > 1:
        return asked
    if str(asked) == LAST:
        return _last()
    if (place() / asked).exists():
        return place() / asked
    if not asked.suffix:
        raise unknown("run", str(asked), [LAST, *names()])
    return asked


def _last() -> Path:
    file = files.state(LAST)
    try:
        found = Path(files.content(file, _MOST).decode("utf-8", "surrogateescape"))
    except (OSError, files.Refused):
        raise RecordError(
            f"there is no last run: nothing was run yet, or {file} is gone; give the run's folder"
        ) from None
    if not found.exists():
        raise RecordError(f"the last run was stored in {found}, and is there no more; give another one's folder")
    return found
