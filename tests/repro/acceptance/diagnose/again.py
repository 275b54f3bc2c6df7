"""Diagnose snapshots that were kept again, by the rules of today, and write the records anew: nothing is hung for that.

``python -m tests.repro.acceptance.diagnose.again FILE FOLDER``: the records of ``matrix`` or ``healthy``, and what ``--keep`` has
kept of the same programs. What is said of each that is said otherwise now, is printed.
"""

from __future__ import annotations

import json
import lzma
import sys
from pathlib import Path
from typing import Any

from repro.diagnose import snapshot
from repro.diagnose.diagnosis import diagnose


def kept(record: dict[str, Any], folder: Path) -> Path:
    """The file of a record's snapshot: as ``matrix`` and ``healthy`` name it."""
    names = ("scenario", "pool", "operation", "start_method", "python", "mode")
    told = {**record, "pool": record["pool"].rpartition(".")[2], "mode": record["mode"].replace(" ", "-")}
    return folder / ("_".join(told[name] for name in names if name in told) + ".json.xz")


def again(record: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A record with what is said of its snapshot now; as it was, where the program did not hang."""
    if not record["mode"]:
        return record
    path = kept(record, folder)
    found = diagnose(snapshot.from_json(lzma.decompress(path.read_bytes()).decode(), path.name))
    return {**record, "diagnosis": found.kind.value, "certainty": found.finding.certainty}


def main(file: Path, folder: Path) -> int:
    before = [json.loads(line) for line in file.read_text().splitlines()]
    after = [again(one, folder) for one in before]
    file.write_text("".join(json.dumps(one) + "\n" for one in after))
    for old, new in zip(before, after, strict=True):
        if old != new:
            print(f"{old['diagnosis']} {old['certainty']}:", *new.values())
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
