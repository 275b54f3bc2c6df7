"""A snapshot as a file: what ``repro diagnose --save`` writes, known among other files, and read back."""

from __future__ import annotations

import lzma
from pathlib import Path

from repro import files
from repro.diagnose import snapshot
from repro.diagnose.snapshot import KIND, Snapshot
from repro.errors import RecordError, ReproError, UsageError

#: So much of a saved snapshot is read, in bytes.
MOST = 64 << 20

_BEGINNING = f'{{"form":"{KIND} '.encode()


def write(taken: Snapshot, path: Path) -> None:
    """Keep it; packed where the file's name ends in ``.xz``. Raises UsageError where there can't be such a file, or is one
    already; ReproError where it can't be written to."""
    content = taken.to_json().encode() + b"\n"
    packed = lzma.compress(content) if path.suffix == files.COMPRESSED else content
    try:
        with open(path, "xb") as file:
            file.write(packed)
    except FileExistsError as error:
        raise UsageError(f"{path} is there already: nothing is overwritten, and what was seen is not kept") from error
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        raise UsageError(f"{path} can't be made: {error.strerror}; what was seen is not kept") from error
    except OSError as error:
        raise ReproError(f"{path} can't be written: {error.strerror}; what was seen is not kept") from error


def is_one(path: Path) -> bool:
    """Whether a file is a snapshot, by its beginning; not where there is no such file, or it can't be read."""
    try:
        return files.unpacked_beginning(path, len(_BEGINNING)) == _BEGINNING
    except (OSError, files.Refused):
        return False


def read(path: Path) -> Snapshot:
    """A snapshot that was kept. Raises RecordError for a file that is none, or can't be read."""
    try:
        content = files.unpacked(path, MOST)
    except files.Refused as error:
        raise RecordError(f"{path} {error}") from error
    except OSError as error:
        raise RecordError(f"{path}: {error.strerror}") from error
    return snapshot.from_json(content.decode("utf-8", "replace"), str(path))
