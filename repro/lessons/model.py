"""A lesson as data: what its text says, runs, shows and asks. Every form is made of this, and of nothing else.

Prose is kept as Markdown (CommonMark with tables): each form renders it in its own way. Everything that is not prose is typed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

#: The kinds of the questions at the end of a lesson.
QUESTIONS = {
    "predict": "predict a changed program",
    "which-cause": "which of two causes fits this evidence",
    "what-evidence": "what evidence would tell them apart",
    "counterexample": "build a counterexample",
}

#: What can be shown of a run of the lesson's own, and of a cell of records.
OF_RUNS = ("output", "processes", "waits", "counts")
OF_CELLS = ("timeline", "waits", "evidence")

#: How a program can end, as a lesson says it; ``exit N`` and ``killed by SIGNAL`` besides.
HANG, BUSY = "hang", "busy"


@dataclass(frozen=True)
class Run:
    """A run of a program, from ``lesson.toml``: ``[runs.NAME]``.

    program: its file, in ``programs/``. change: what is replaced in it, once, by what; None for the program as it is.
    python: ``default`` or a version, as ``repro run --python`` takes it. pool: which pool the program uses, where that is not the
    standard one (needs no more than to be said: ``safepool`` can be imported by every program). args: of its command line.
    deadline: in seconds. ends: the endings that the text speaks of (``hang``, ``busy``, ``exit 0``, ``killed by SIGKILL``),
    several where they are a matter of chance. shows: what its output must hold, line by line, in any order. hides: what it must
    not hold. times: how often it is run for the record, where its ending is a matter of chance.
    interrupts: how many Ctrl-C it gets in the recorded run, each once it is quiet; a reader presses them himself. workers: how
    many its pool has (a worker beyond that is a replacement); 0 of a program without a pool: its processes are called children.
    memory: how much its processes may use together, in MiB: it runs in a memory cgroup of its own; 0: no limit.
    """

    name: str
    program: str
    change: tuple[str, str] | None = None
    python: str = "default"
    pool: str = ""
    args: tuple[str, ...] = ()
    deadline: float = 5.0
    ends: tuple[str, ...] = (HANG,)
    shows: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    times: int = 1
    interrupts: int = 0
    workers: int = 3
    memory: int = 0

    def source(self, folder: Path) -> str:
        """The program as it is run. folder: the lesson's. Raises OSError where there is no such file."""
        return "".join(self.split(folder))

    def split(self, folder: Path) -> tuple[str, str, str]:
        """The program as it is run, in three: what stands before the changed token, that token, and the rest; the token is ""
        where nothing was changed. Raises OSError where there is no such file."""
        text = (folder / "programs" / self.program).read_text("utf-8")
        if self.change is None or self.change[0] not in text:
            return text, "", ""
        before, _, after = text.partition(self.change[0])
        return before, self.change[1], after


@dataclass(frozen=True)
class Cell:
    """A cell of the suite, from ``lesson.toml``: ``[cells.NAME]``. Its record lies in ``recorded/cells/NAME.json``."""

    name: str
    scenario: str
    pool: str
    operation: str = ""
    start_method: str = ""
    python: str = "default"


@dataclass(frozen=True)
class Text:
    """Prose, as Markdown."""

    markdown: str


@dataclass(frozen=True)
class Program:
    """Lists the program of a run; what differs from the file, where it is changed, is to be marked."""

    run: Run


@dataclass(frozen=True)
class RunIt:
    """Runs a program before the reader's eyes, or shows the recorded run."""

    run: Run


@dataclass(frozen=True)
class Show:
    """A picture. kind: one of OF_RUNS or OF_CELLS. of: whose. caption: Markdown, may be empty."""

    kind: str
    of: Run | Cell
    caption: str = ""


@dataclass(frozen=True)
class Choice:
    """An answer to choose. misconception: by name, None for the right one. reply: what is said to who chose it; may be empty:
    then a wrong one gets the misconception's ``truth``."""

    text: str
    misconception: str | None
    reply: str = ""

    @property
    def right(self) -> bool:
        return self.misconception is None


@dataclass(frozen=True)
class Ask:
    """A question. kind: ``prediction``, or one of QUESTIONS. of: the run that a prediction is about.

    choices: none where the question is open. answer: Markdown, told after the choice; of an open question, the answer.
    """

    name: str
    kind: str
    markdown: str
    of: Run | None = None
    choices: tuple[Choice, ...] = ()
    answer: str = ""


@dataclass(frozen=True)
class Reveal:
    """Text that is folded until the reader wants it. title: what stands on the fold. surprise: the lesson's one."""

    title: str
    markdown: str
    surprise: bool = False


@dataclass(frozen=True)
class Note:
    """For the speaker: slides show it in their second window, nothing else does."""

    markdown: str


@dataclass(frozen=True)
class Slide:
    """What slides show in place of the prose since the last slide or heading. title: may be empty: the section's."""

    title: str
    markdown: str


@dataclass(frozen=True)
class Quote:
    """Lines of CPython, each of which is in ``Lib/FILE`` of every interpreter from ``since`` to ``until`` (versions, or "")."""

    file: str
    lines: tuple[str, ...]
    since: str = ""
    until: str = ""


@dataclass(frozen=True)
class Moment:
    """A place where death may strike, and the cell that shows it."""

    cell: Cell
    text: str


@dataclass(frozen=True)
class Stepper:
    """The reader chooses the moment, predicts, and sees the recorded cell."""

    name: str
    markdown: str
    moments: tuple[Moment, ...]


@dataclass(frozen=True)
class Finding:
    """What a check can find wrong in an answer. key: as the check prints it. markdown: what is said. hint: which helps first."""

    key: str
    markdown: str
    hint: int = 1


@dataclass(frozen=True)
class Exercise:
    """The task of the lesson. markdown: what is to be made. hints: one by one, on demand.

    file: what the reader writes; ``exercise/skeleton/`` and ``exercise/solution/`` hold it. checks: what is looked at, by name,
    in order, each with its title. deadline: of each check, in seconds. ``repro.lessons.exercise`` runs them.
    seen: in a translation, how it is said what a check saw, by how the check says it (``repro.lessons.templates``).
    """

    markdown: str
    hints: tuple[str, ...] = ()
    file: str = ""
    checks: tuple[tuple[str, str], ...] = ()
    deadline: float = 10.0
    findings: tuple[Finding, ...] = ()
    seen: Mapping[str, str] = field(default_factory=dict)


Block = Text | Program | RunIt | Show | Ask | Reveal | Note | Slide | Quote | Stepper | Exercise


@dataclass(frozen=True)
class Section:
    """A part of a lesson. key: the same in every language. goal: what a reader can do after it, in English, from ``lesson.toml``.

    of: in a translation, the fingerprint of the section that it was made of; "" in the first language.
    """

    key: str
    title: str
    goal: str
    blocks: tuple[Block, ...]
    of: str = ""

    def fingerprint(self) -> str:
        """Changes with the section's goal, its runs, and its choices: whatever a translation is written from."""
        parts = [self.goal]
        for block in self.blocks:
            if isinstance(block, (Program, RunIt)):
                parts.append(repr(block.run))
            elif isinstance(block, Show):
                parts += [block.kind, repr(block.of)]
            elif isinstance(block, Ask):
                parts += [block.name, block.kind, *(f"{one.misconception} {one.text}" for one in block.choices)]
            elif isinstance(block, Stepper):
                parts += [repr(moment.cell) for moment in block.moments]
        return hashlib.sha256("\n".join(" ".join(part.split()) for part in parts).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Lesson:
    """A lesson in one language. folder: where it lies. title, what_for: a line each.

    read, do: how many minutes reading and running take, and the task.

    complete: whether it claims to hold everything that a lesson must (``repro.lessons.rules``).
    """

    number: int
    folder: Path
    language: str
    title: str
    what_for: str
    read: int
    do: int
    complete: bool
    sections: tuple[Section, ...]
    runs: dict[str, Run] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)

    def blocks(self) -> Iterator[Block]:
        """All of them, in order."""
        for section in self.sections:
            yield from section.blocks

    def lists(self, run: Run) -> bool:
        """Whether the program of a run is listed, with what was changed in it."""
        return any(isinstance(block, Program) and block.run == run for block in self.blocks())

    def asks(self) -> list[Ask]:
        return [block for block in self.blocks() if isinstance(block, Ask)]


@dataclass(frozen=True)
class Misconception:
    """A belief that people bring. says, truth: by language, a sentence or two each."""

    name: str
    says: dict[str, str]
    truth: dict[str, str]
