"""A run on disk: ``results.jsonl``, written cell by cell, read back with every line checked.

The names are fixed by ``schema/results-1.json``. A run directory is never overwritten. Compressed by hand with ``xz``, a run is
read as well.
"""

from __future__ import annotations

import functools
import json
import lzma
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from repro.errors import RecordError, ReproError, UsageError
from repro.observation import Fault, Observation
from repro.records import runs
from repro.verdicts.judge import Judgement, Verdict, judge, unsupported

SCHEMA_VERSION = 1
FILE = "results.jsonl"
#: Of a run that is kept: records shrink to a twentieth.
COMPRESSED = ".xz"
#: In bytes; a header has some hundred for each interpreter.
_LONGEST_HEADER = 1 << 20
_SCHEMA = Path(__file__).parent / "schema" / f"results-{SCHEMA_VERSION}.json"

Record = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """A run as it was read. footer: None where the run was cut off before it could write one. file: where it was read from.
    lines: the lines of its cells, where they are not all cells of the file."""

    header: Record
    cells: list[Record]
    footer: Record | None
    file: Path | None = None
    lines: Sequence[int] | None = None

    def only(self, wanted: Callable[[Record], bool]) -> Run:
        """The run with some of its cells."""
        kept = [(number, record) for number, record in zip(self.numbers, self.cells, strict=True) if wanted(record)]
        return replace(self, cells=[record for _, record in kept], lines=[number for number, _ in kept])

    @property
    def numbers(self) -> Sequence[int]:
        """The line of each cell; the header is line 1."""
        return range(2, 2 + len(self.cells)) if self.lines is None else self.lines


class Writer:
    """Writes a run's records, each line whole and at once: a run that is killed loses nothing that was measured.

    Raises UsageError where the directory holds something already; ReproError where it can't be made or written.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.path = directory / FILE
        try:
            if directory.exists() and any(directory.iterdir()):
                raise UsageError(
                    f"{directory} is not empty: a run is never overwritten; give --output another directory"
                )
            directory.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        except OSError as error:
            raise ReproError(
                f"the run can't be stored in {directory}: {error.strerror}; --output names another place"
            ) from error

    def write(self, record: Record) -> None:
        """Append a record. Raises ReproError where the disk is full; the records before it stay whole."""
        line = (json.dumps(record, ensure_ascii=False) + "\n").encode()
        end = os.lseek(self._fd, 0, os.SEEK_END)
        try:
            while line:  # a full disk takes what still fits, and refuses the rest
                line = line[os.write(self._fd, line) :]
        except OSError as error:
            os.ftruncate(self._fd, end)
            raise ReproError(
                f"writing to {self.path} failed: {error.strerror}; what was there before is kept"
            ) from error

    def close(self) -> None:
        os.close(self._fd)


def judge_record(record: Record) -> Judgement:
    """Judge a stored cell again, from its stored facts. Raises RecordError where they are none."""
    if record["observation"] is None:
        return unsupported(record["reason"])
    try:
        return judge(Fault(**record["fault"]), record["operation"], Observation.from_record(record["observation"]))
    except Exception as error:  # facts that somebody else has written may be wrong in any way
        raise RecordError(
            f"the observation of {record['scenario']} in {record['pool']} can't be judged: {type(error).__name__}: {error}"
        ) from error


def judge_all(run: Run) -> list[Judgement]:
    """Every cell of a run judged again, in the order of the file. Raises RecordError, naming the file and the line."""
    judgements = []
    for number, record in zip(run.numbers, run.cells, strict=True):
        try:
            judgements.append(judge_record(record))
        except RecordError as error:
            raise RecordError(f"{run.file or 'this run'}, line {number}: {error}") from error
    return judgements


def read(path: Path) -> Run:
    """Read a run: its directory, its file, perhaps compressed with xz, or its name (``repro.records.runs``).

    Raises RecordError, naming the file and the line; UsageError for a name that is none.
    """
    path = file = runs.find(path)
    if path.is_dir():
        file = path / FILE
        if not file.exists() and (path / (FILE + COMPRESSED)).exists():
            file = path / (FILE + COMPRESSED)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise RecordError(f"no run at {path}: {file}: {error.strerror}") from error
    if file.suffix == COMPRESSED:
        try:
            content = lzma.decompress(content)
        except lzma.LZMAError as error:
            raise RecordError(f"{file}: not whole, or not a file of xz: {error}") from error
    lines = content.split(b"\n")
    if lines.pop():
        raise RecordError(f"{file}, line {len(lines) + 1}: the line is cut; the {len(lines)} before it are whole")
    records = [_parse(file, number, line) for number, line in enumerate(lines, 1)]
    if not records:
        raise RecordError(f"{file}, line 1: the file is empty, not the records of a run")
    for number, record in enumerate(records, 1):
        if (record["kind"] == "header") != (number == 1):
            raise RecordError(f"{file}, line {number}: a run has one header, in its first line")
        if record["kind"] == "footer" and number != len(records):
            raise RecordError(f"{file}, line {number}: a footer, and more lines behind it")
    footer = records[-1] if records[-1]["kind"] == "footer" else None
    cells = [record for record in records if record["kind"] == "cell"]
    if footer is not None and footer["cells"] != len(cells):
        raise RecordError(
            f"{file}, line {len(records)}: the footer counts {footer['cells']} cells, the file has {len(cells)}"
        )
    return Run(records[0], cells, footer, file)


def header_of(directory: Path) -> Record | None:
    """The header of the run in a directory, without the rest; None where there is none that can be read."""
    try:
        with (directory / FILE).open("rb") as lines:
            record = _parse(directory / FILE, 1, lines.readline(_LONGEST_HEADER))
    except (OSError, RecordError):
        return None
    return record if record["kind"] == "header" else None


def _parse(file: Path, number: int, line: bytes) -> Record:
    where = f"{file}, line {number}"
    try:
        record = json.loads(line)
    except ValueError as error:
        raise RecordError(f"{where}: not JSON: {error}") from error
    if not isinstance(record, dict) or record.get("kind") not in ("header", "cell", "footer"):
        raise RecordError(f"{where}: not a record of this suite: it has no kind of header, cell or footer")
    if record["kind"] == "header" and record.get("schema") != SCHEMA_VERSION:
        found = record.get("schema")
        newer = isinstance(found, int) and found > SCHEMA_VERSION
        advice = (
            "a newer version of the suite wrote it; read it with that"
            if newer
            else "no version of the suite wrote that"
        )
        raise RecordError(f"{where}: schema {found!r}, and this version reads schema {SCHEMA_VERSION}: {advice}")
    problem = _violation(record, _schema()["$defs"][record["kind"]])
    if problem:
        raise RecordError(f"{where}: {problem}")
    return record


@functools.cache
def _schema() -> Any:
    return json.loads(_SCHEMA.read_text("utf-8"))


_TYPES: dict[str, tuple[type, ...]] = {
    **{"object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "null": (type(None),)},
    **{"integer": (int,), "number": (int, float)},
}


def _violation(value: Any, schema: Any, name: str = "record") -> str | None:
    """What is wrong with a value, or None. Knows the few words of JSON schema that ours uses; the tests check it, and the
    records, against a full implementation."""
    if "const" in schema and (value != schema["const"] or isinstance(value, bool)):
        return f"{name} is {value!r}, not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{name} is {value!r}, none of {', '.join(schema['enum'])}"
    kinds = schema.get("type", [])
    allowed = [kind for word in ([kinds] if isinstance(kinds, str) else kinds) for kind in _TYPES[word]]
    if allowed and (not isinstance(value, tuple(allowed)) or (isinstance(value, bool) and bool not in allowed)):
        return f"{name} is {value!r}, not {kinds if isinstance(kinds, str) else ' or '.join(kinds)}"
    if isinstance(value, dict):
        for required in schema.get("required", ()):
            if required not in value:
                return f"{name} has no {required!r}"
        for key, inner in schema.get("properties", {}).items():
            problem = key in value and _violation(value[key], inner, key)
            if problem:
                return problem
    if isinstance(value, list) and "items" in schema:
        for item in value:
            problem = _violation(item, schema["items"], f"{name}[]")
            if problem:
                return problem
    return None


__all__ = [
    "FILE",
    "SCHEMA_VERSION",
    "Record",
    "Run",
    "Verdict",
    "Writer",
    "header_of",
    "judge_all",
    "judge_record",
    "read",
]
