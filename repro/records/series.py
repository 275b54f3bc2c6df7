"""What several runs of the same came to, kept small: of each run its header, and of each cell its verdicts, run by run.

A full run is megabytes of evidence, and what counts of ten of them is how steady they are. A series is a file of JSON lines: the
headers of its runs in the first, then one for each cell; compressed where the name ends in ``.xz``. It can't be judged again.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repro import files
from repro.errors import RecordError, ReproError, UsageError
from repro.files import COMPRESSED
from repro.observation import JSON
from repro.records import results, shown
from repro.records.results import Record
from repro.verdicts.judge import Verdict

if TYPE_CHECKING:
    from repro.records.judged import JudgedCell

SCHEMA_VERSION = 1
#: How much of a series is read, unpacked: ten runs of everything have one MiB and a half.
SIZE = 128 * files.MIB
#: Scenario, pool, operation, start method and Python.
Key = tuple[str, str, str, str, str]
#: The verdicts of one cell in one run: one for each repetition, none where the run did not have it.
Verdicts = tuple[Verdict, ...]


@dataclass(frozen=True)
class Series:
    """Several runs of the same. headers: of each run. verdicts: of each cell, one entry for each run."""

    headers: list[Record]
    verdicts: dict[Key, list[Verdicts]]

    @property
    def common(self) -> dict[Key, list[Verdicts]]:
        """The cells that every run has."""
        return {key: runs for key, runs in self.verdicts.items() if all(runs)}

    def only(self, wanted: Callable[[Key], bool]) -> Series:
        """The series with some of its cells."""
        return Series(self.headers, {key: runs for key, runs in self.verdicts.items() if wanted(key)})

    def and_run(self, header: Record, cells: Sequence[JudgedCell]) -> Series:
        """This series with one more run. Raises UsageError where it has that run already, or has no cell in common with it."""
        for other in self.headers:
            if (other["started"], other["machine"]) == (header["started"], header["machine"]):
                raise UsageError(f"the run that was started at {header['started']} is in the series already")
        mine: dict[Key, Verdicts] = {}
        for cell in cells:
            key = (cell.scenario, cell.pool, cell.operation, cell.start_method, cell.python)
            mine[key] = (*mine.get(key, ()), cell.judgement.verdict)
        if self.headers and not self.common.keys() & mine:
            raise UsageError(
                f"the run that was started at {header['started']} can't be compared with the {len(self.headers)} before it: they "
                "have no cell in common"
            )
        nothing: list[Verdicts] = [()] * len(self.headers)
        return Series(
            [*self.headers, {name: value for name, value in header.items() if name != "plan"}],
            {key: [*self.verdicts.get(key, nothing), mine.get(key, ())] for key in {**self.verdicts, **mine}},
        )


def read(path: Path) -> Series:
    """Read a series. Raises RecordError for a file that is none."""
    try:
        text = files.unpacked(path, SIZE).decode()
        if text.count("\n") > results.CELLS:
            raise RecordError(f"{path}: more than {results.CELLS:,} cells, the most that is read")
        first, *lines = (shown.whole(JSON.decode(line)) for line in text.removesuffix("\n").split("\n"))
        if first["schema"] != SCHEMA_VERSION:
            raise RecordError(f"{path}: a series of schema {first['schema']!r}; this version reads {SCHEMA_VERSION}")
        headers = [{**header, "timeout": float(header["timeout"])} for header in first["series"]]
        if not headers or not all({"started", "machine"} <= header.keys() for header in headers):
            raise RecordError(f"{path}: the first line of a series has the headers of its runs")
        verdicts: dict[Key, list[Verdicts]] = {}
        for *key, runs in lines:
            scenario, pool, operation, start_method, python = map(str, key)
            if (scenario, pool, operation, start_method, python) in verdicts:
                raise RecordError(f"{path}: a cell of {scenario} is there twice")
            if len(runs) != len(headers):
                raise RecordError(f"{path}: {scenario} has {len(runs)} entries for {len(headers)} runs")
            verdicts[scenario, pool, operation, start_method, python] = [
                tuple(Verdict(word) for word in words.split()) for words in runs
            ]
    except OSError as error:
        raise RecordError(f"no series at {path}: {error}") from error
    except files.Refused as error:
        raise RecordError(f"no series at {path}: the file {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RecordError(f"{path} is not a series: {type(error).__name__}: {error!s:.200}") from error
    results.check_names(path, [*verdicts])
    return Series(headers, verdicts)


def write(path: Path, series: Series) -> None:
    """Write a series, in the order of its names: the same series is the same bytes. Raises ReproError where it can't."""
    lines = [json.dumps({"schema": SCHEMA_VERSION, "series": series.headers})]
    lines += [json.dumps([*key, [" ".join(one) for one in runs]]) for key, runs in sorted(series.verdicts.items())]
    content = ("\n".join(lines) + "\n").encode()
    beside = path.with_name(path.name + ".new")  # a reader, or a full disk, sees the old one or the new one whole
    try:
        beside.write_bytes(lzma.compress(content) if path.suffix == COMPRESSED else content)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ReproError(f"the series can't be written to {path}: {error.strerror}") from error
