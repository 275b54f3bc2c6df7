"""A run on disk: ``results.jsonl``, written cell by cell, read back with every line checked.

A run that was cut short ends anywhere, in the middle of a line, too: that loses one cell. Resumed, it goes on in the same file,
behind a line that says so.

The names are fixed by ``schema/results-1.json``. A run directory is never overwritten. Compressed by hand with ``xz``, a run is
read as well.
"""

from __future__ import annotations

import fcntl
import functools
import gc
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from repro import files, progress
from repro.errors import RecordError, ReproError, UsageError
from repro.observation import JSON, Fault, Observation
from repro.records import planned, runs, schema, shown
from repro.verdicts.judge import Judgement, Verdict, judge, unsupported

SCHEMA_VERSION = 1
FILE = "results.jsonl"
#: In bytes; a header has some hundred for each interpreter.
_LONGEST_HEADER = files.MIB

#: How much of a run is read. A run of everything, 6,885 cells, has 41 MiB, 2.3 million values and lines of 83 kB.
SIZE, LINE_SIZE = 512 * files.MIB, 32 * files.MIB
#: How many values there may be in all, at least so many bytes of memory each as there are in a pointer and an empty list.
VALUES = 32_000_000
CELLS = 200_000
#: How many different names: tables have a row for each of one kind and a column for each of another.
NAMES = {"scenario": 1000, "pool": 200, "operation": 200, "start_method": 50, "python": 200}
#: What a line can be. A run begins with its header; a footer, of those that were not killed, ends it, or what was run in one go.
KINDS = ("header", "cell", "footer", "resumed")
_SCHEMA = Path(__file__).parent / "schema" / f"results-{SCHEMA_VERSION}.json"

Record = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """A run as it was read.

    footer: None where the run was cut off before it could write one. file: where it was read from. lines: the lines of its cells,
    where they are not all cells of the file. resumed: what was written whenever the run was gone on with. cut_line: whether the
    last line was cut, and so one cell lost.
    """

    header: Record
    cells: list[Record]
    footer: Record | None
    file: Path | None = None
    lines: Sequence[int] | None = None
    resumed: list[Record] = field(default_factory=list)
    cut_line: bool = False

    def only(self, wanted: Callable[[Record], bool]) -> Run:
        """The run with some of its cells, and of its plan."""
        kept = [(number, record) for number, record in zip(self.numbers, self.cells, strict=True) if wanted(record)]
        return replace(
            self,
            header=planned.narrowed(self.header, len(self.cells), len(kept), wanted),
            cells=[record for _, record in kept],
            lines=[number for number, _ in kept],
        )

    @property
    def numbers(self) -> Sequence[int]:
        """The line of each cell; the header is line 1."""
        return range(2, 2 + len(self.cells)) if self.lines is None else self.lines


class Writer:
    """Writes a run's records, each line whole and at once: a run that is killed loses nothing that was measured.

    directory: where a new run is stored. Raises UsageError where it holds something already; ReproError where it can't be made or
    written.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE
        try:
            if directory.exists() and any(directory.iterdir()):
                raise UsageError(
                    f"{directory} is not empty: a run is never overwritten; give --output another directory"
                )
            directory.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
            self._alone()
        except OSError as error:
            raise ReproError(
                f"the run can't be stored in {directory}: {error.strerror}; --output names another place"
            ) from error

    @classmethod
    def resume(cls, path: Path) -> tuple[Run, Writer]:
        """A run, and what goes on writing its file. path: its directory, or its file.

        Raises UsageError for a run that can't be gone on with, RecordError for none.
        """
        file = _file_of(path)
        if file.suffix == files.COMPRESSED:
            raise UsageError(f"{file} is compressed: unpack it (xz -d), and resume that")
        self = cls.__new__(cls)
        self.path = file
        try:
            self._fd = os.open(file, os.O_WRONLY | os.O_APPEND)
        except OSError as error:
            raise RecordError(f"no run to be resumed at {path}: {file}: {error.strerror}") from error
        try:
            self._alone()
            return read(file), self
        except BaseException:
            self.close()
            raise

    def _alone(self) -> None:
        try:
            fcntl.flock(
                self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB
            )  # the kernel lets go of the lock, whatever ends this process
        except BlockingIOError:
            raise UsageError(f"{self.path} is being written by a run that goes on") from None
        except OSError:
            pass  # a file system without locks

    def cut_to_whole_lines(self) -> None:
        """Take away the rest of a line that was cut: what is written next begins a new one. Raises OSError."""
        content = self.path.read_bytes()
        os.ftruncate(self._fd, content.rfind(b"\n") + 1)

    def write(self, record: Record) -> None:
        """Append a record. Raises ReproError where the disk is full; the records before it stay whole."""
        # half a surrogate pair (a name that is not UTF-8) has no bytes of its own: its escape in JSON looks like Python's
        line = (json.dumps(record, ensure_ascii=False) + "\n").encode(errors="backslashreplace")
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
    cells = zip(run.numbers, run.cells, strict=True)
    for number, record in progress.each(cells, "judging", len(run.cells)):
        try:
            judgements.append(judge_record(record))
        except RecordError as error:
            raise RecordError(f"{run.file or 'this run'}, line {number}: {error}") from error
    return judgements


def read(path: Path) -> Run:
    """Read a run: its directory, its file, perhaps compressed with xz, or its name (``repro.records.runs``). A last line that is
    cut is left out, and said (``Run.cut_line``).

    Raises RecordError, naming the file and the line, also for a run that is larger than any that the suite writes; UsageError for
    a name that is none.
    """
    file = _file_of(path)
    try:
        content = files.unpacked(file, SIZE)
    except OSError as error:
        raise RecordError(f"no run at {path}: {file}: {error.strerror}") from error
    except files.Refused as error:
        raise RecordError(f"no run at {path}: {file} {error}") from error
    whole = content.count(b"\n")
    content, rest = content[: (end := content.rfind(b"\n") + 1)], content[end:]
    if whole > CELLS + 2:
        raise RecordError(f"{file}, line {CELLS + 3}: {whole - 2:,} cells, and {CELLS:,} are the most that is read")
    if sum(map(content.count, (b",", b"[", b"{"))) > VALUES:
        raise RecordError(f"{file}: more than {VALUES:,} values, the most that is read")
    with _without_collector():
        lines = enumerate(progress.each(io.BytesIO(content), "reading", whole), 1)
        records = [_parse(file, number, line) for number, line in lines]
    return _whole(file, records, bool(rest))


def _whole(file: Path, records: list[Record], cut_line: bool) -> Run:
    """The run of these records. Raises RecordError where they are none."""
    if not records:
        what = (
            "the line is cut, and nothing is before it" if cut_line else "the file is empty, not the records of a run"
        )
        raise RecordError(f"{file}, line 1: {what}")
    cells: list[Record] = []
    numbers: list[int] = []
    for number, record in enumerate(records, 1):
        where, kind = f"{file}, line {number}", record["kind"]
        if (kind == "header") != (number == 1):
            raise RecordError(f"{where}: a run has one header, in its first line")
        if kind == "cell":
            cells.append(record)
            numbers.append(number)
        if kind == "footer":
            if number < len(records) and records[number]["kind"] != "resumed":
                raise RecordError(f"{where}: a footer, and more lines behind it")
            if record["cells"] != len(cells):
                raise RecordError(f"{where}: the footer counts {record['cells']} cells, the file has {len(cells)}")
    footer = records[-1] if records[-1]["kind"] == "footer" else None
    try:
        keys = [*planned.planned(records[0]), *map(planned.whole_key, cells)]
    except RecordError as error:
        raise RecordError(f"{file}, line 1: {error}") from error
    check_names(file, keys)
    resumed = [record for record in records if record["kind"] == "resumed"]
    return Run(records[0], cells, footer, file, numbers, resumed, cut_line)


def _file_of(path: Path) -> Path:
    """The file of a run. path: that, its directory, or its name."""
    path = runs.find(path)
    if not path.is_dir():
        return path
    compressed = path / (FILE + files.COMPRESSED)
    return compressed if compressed.exists() and not (path / FILE).exists() else path / FILE


@contextmanager
def _without_collector() -> Iterator[None]:
    """What JSON makes refers to nothing in circles; looking for them again and again takes half of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def check_names(file: Path, keys: Sequence[tuple[Any, ...]]) -> None:
    """Raises RecordError where there are more names than a table can have rows or columns. keys: scenario, pool and so on."""
    for place, (name, most) in enumerate(NAMES.items()):
        found = len({key[place] for key in keys})
        if found > most:
            raise RecordError(f"{file}: {found:,} values of {name}, and {most:,} are the most that is read")


def header_of(directory: Path) -> Record | None:
    """The header of the run in a directory, without the rest; None where there is none that can be read."""
    try:
        line, end, _ = files.beginning(directory / FILE, _LONGEST_HEADER).partition(b"\n")
        record = _parse(directory / FILE, 1, line) if end else None
    except (OSError, files.Refused, RecordError):
        return None
    return record if record is not None and record["kind"] == "header" else None


def _parse(file: Path, number: int, line: bytes) -> Record:
    where = f"{file}, line {number}"
    if len(line) > LINE_SIZE:
        raise RecordError(f"{where}: larger than {files.in_words(LINE_SIZE)}, the most that is read of a line")
    try:
        written = line.decode().removesuffix("\n")
        record = JSON.decode(written)
    except ValueError as error:
        raise RecordError(f"{where}: not JSON: {error}") from error
    except RecursionError:
        raise RecordError(f"{where}: nested deeper than any record of this suite") from None
    if isinstance(record, dict) and str(record.get("form")).startswith("repro diagnose "):
        raise RecordError(
            f"{where}: a snapshot that repro diagnose has saved, and no run: repro report, repro picture waits and repro "
            "diagnose read it"
        )
    if not isinstance(record, dict) or record.get("kind") not in KINDS:
        raise RecordError(f"{where}: not a record of this suite: its kind is none of {', '.join(KINDS)}")
    if record["kind"] == "header" and record.get("schema") != SCHEMA_VERSION:
        found = record.get("schema")
        newer = isinstance(found, int) and found > SCHEMA_VERSION
        advice = (
            "a newer version of the suite wrote it; read it with that"
            if newer
            else "no version of the suite wrote that"
        )
        raise RecordError(f"{where}: schema {found!r:.80}, and this version reads schema {SCHEMA_VERSION}: {advice}")
    if not _checks()[record["kind"]](record):
        wrong = schema.violation(record, _schema()[record["kind"]])
        raise RecordError(f"{where}: {shown.text(wrong or '')}")
    return dict(shown.record(record, written))


@functools.cache
def _schema() -> Any:
    """By the kind of record."""
    return json.loads(_SCHEMA.read_text("utf-8"))["$defs"]


@functools.cache
def _checks() -> dict[str, schema.Check]:
    return {kind: schema.compiled(definition) for kind, definition in _schema().items()}


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
