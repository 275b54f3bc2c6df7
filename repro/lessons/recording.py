"""What a run of a lesson gave, and its file beside the lesson: forms show this, and are made again from there, byte by byte."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from repro.lessons import model
from repro.observation import Observation

SCHEMA = 1


@dataclass(frozen=True)
class Line:
    """A line of output, and when it was seen, in seconds after the start."""

    at: float
    text: str


@dataclass(frozen=True)
class Recording:
    """One run. run: by name. source: of which program, as a digest. python: its version. machine: in words. date: ``2026-11-28``.

    ending: ``hang``, ``busy``, ``exit 1``, ``killed by SIGKILL``. seconds: until then. lines: of standard output and error, which
    go to one file. interrupts: when it got a Ctrl-C, in seconds. counts: of a run that was repeated, how often it ended how; else
    empty. seen: what the watchdog saw.
    """

    run: str
    source: str
    python: str
    machine: str
    date: str
    ending: str
    seconds: float
    lines: tuple[Line, ...]
    interrupts: tuple[float, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    seen: Observation = field(default_factory=Observation)

    @property
    def output(self) -> str:
        return "".join(f"{line.text}\n" for line in self.lines)

    @property
    def hangs(self) -> bool:
        return self.ending in (model.HANG, model.BUSY)


def file_of(folder: Path, name: str) -> Path:
    """Where the record of a run lies. folder: the lesson's; name: the run's."""
    return folder / "recorded" / f"{name}.json"


def load(folder: Path, run: model.Run) -> Recording | None:
    """The recorded run, or None where there is none. Raises RecordError for a file that is none."""
    from repro.errors import RecordError

    file = file_of(folder, run.name)
    try:
        document = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise RecordError(f"{file}: {error}") from error
    try:
        return of_document(document)
    except (KeyError, TypeError, ValueError) as error:
        raise RecordError(f"{file}: no record of a run: {type(error).__name__}: {error}") from error


def save(folder: Path, one: Recording) -> None:
    """Write the record of a run beside its lesson. Raises OSError."""
    file = file_of(folder, one.run)
    file.parent.mkdir(exist_ok=True)
    file.write_text(text_of(one), "utf-8")


def text_of(one: Recording) -> str:
    """As it is written: the same recording gives the same bytes."""
    document = {"schema": SCHEMA, **asdict(one)}
    document["lines"] = [[line.at, line.text] for line in one.lines]
    plain = Observation().to_record()
    document["seen"] = {name: value for name, value in one.seen.to_record().items() if value != plain[name]}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def of_document(document: dict[str, Any]) -> Recording:
    """What ``text_of`` has written. Raises KeyError, TypeError or ValueError for what is none."""
    if document["schema"] != SCHEMA:
        raise ValueError(f"schema {document['schema']!r}, and {SCHEMA} is known")
    known = {one.name for one in fields(Recording)}
    given = {name: value for name, value in document.items() if name in known}
    given["lines"] = tuple(Line(float(at), str(text)) for at, text in document["lines"])
    given["interrupts"] = tuple(map(float, document["interrupts"]))
    given["seen"] = Observation.from_record(document["seen"])
    return Recording(**given)


def digest(source: str) -> str:
    """A program, in a word: a record of another one is old."""
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def differences(run: model.Run, one: Recording) -> list[str]:
    """Where a run did not do what its lesson says: how it ended, and what it printed. A sentence each."""
    found = []
    ends = [*one.counts] or [one.ending]
    if other := [end for end in ends if end not in run.ends]:
        found.append(f"it ended with {', '.join(other)}, and the text says: {' or '.join(run.ends)}")
    lines = {line.text for line in one.lines}
    found += [f"it printed no {shown!r}" for shown in run.shows if not any(shown in line for line in lines)]
    found += [f"it printed {hidden!r}" for hidden in run.hides if any(hidden in line for line in lines)]
    return found
