"""A stored run as reports see it: every cell judged anew, beside what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from repro.observation import Fault
from repro.records import shown
from repro.records.results import Record, Run, judge_all
from repro.verdicts.expectations import TELLING, Expectation, differs, expected
from repro.verdicts.judge import Judgement, Verdict


@dataclass(frozen=True)
class JudgedCell:
    """A cell, judged anew from its stored facts. stored: the verdict that was recorded when it ran. known: what is
    known of such a cell, or None. stderr: the end of what it wrote there. began: whether its program did, if it was started."""

    scenario: str
    pool: str
    operation: str
    start_method: str
    python: str
    repetition: int
    judgement: Judgement
    exit_status: int | None
    faulty: bool
    stored: str
    known: Expectation | None = None
    stderr: str = ""
    began: bool = True

    @classmethod
    def of(cls, record: Record, judgement: Judgement, known: Expectation | None) -> JudgedCell:
        """The cell of a record. judgement: of its facts. known: what is known of it today, whatever was known when it ran.

        The judgement's texts are such as may be shown; those of a record that was read from a file are anyway.
        """
        seen = record["observation"] or {}
        return cls(
            *key_of(record),
            record["repetition"],
            judgement.with_texts(shown.text, lambda message: shown.text(message, lines=True)),
            seen.get("exit_status"),
            Fault(**record["fault"]).expected,
            record["verdict"],
            known,
            shown.text(seen.get("stderr", ""), lines=True),
            any(event["event"] == "begin" for event in seen.get("events", ())),
        )

    def with_texts(self, change: Callable[[str], str]) -> JudgedCell:
        """The same in other words, for a format in which some characters mean something. change: what becomes of a text."""
        stderr = "\n".join(map(change, self.stderr.split("\n")))
        return replace(
            self,
            judgement=self.judgement.with_texts(change),
            stderr=stderr,
            scenario=change(self.scenario),
            pool=change(self.pool),
            operation=change(self.operation),
            start_method=change(self.start_method),
            python=change(self.python),
        )

    @property
    def ran(self) -> bool:
        """Whether there was a program that could show anything."""
        return self.began and self.judgement.verdict is not Verdict.UNSUPPORTED

    @property
    def expected(self) -> tuple[Verdict, ...] | None:
        return None if self.known is None else self.known.verdicts

    @property
    def has_run(self) -> bool:
        """Whether a process ran."""
        return self.judgement.verdict is not Verdict.UNSUPPORTED

    @property
    def is_news(self) -> bool:
        """Whether the verdict is not the known one, or a bad one of a cell of which nothing is known."""
        return differs(self.judgement.verdict, self.known)

    @property
    def as_expected(self) -> bool | None:
        """Whether the verdict is a known one; None where nothing is known, or the cell says nothing of its pool."""
        if self.expected is None or self.judgement.verdict not in TELLING:
            return None
        return self.judgement.verdict in self.expected

    @property
    def outcomes(self) -> frozenset[Verdict]:
        """What this kind of cell is known to come to, where it is known to be intermittent; else what this one came to.

        Of an intermittent cell, which verdict a run shows is chance: between versions or start methods, it proves nothing.
        """
        known = frozenset(self.expected or ())
        return known if self.judgement.verdict in known else frozenset({self.judgement.verdict})

    @property
    def name(self) -> str:
        where = ", ".join(filter(None, [self.start_method, f"Python {self.python}"]))
        return f"{self.scenario}, {self.pool}.{self.operation}, {where}"


def judged(run: Run, own: Sequence[Expectation] = ()) -> list[JudgedCell]:
    """Every cell of a run, judged again, in the order of its file. own: what a project itself expects.

    Raises RecordError for facts that are none.
    """
    return [
        JudgedCell.of(record, judgement, expected(*key_of(record), own))
        for record, judgement in zip(run.cells, judge_all(run), strict=True)
    ]


def key_of(record: Record) -> tuple[str, str, str, str, str]:
    """What a cell is called by: scenario, pool, operation, start method, Python."""
    return (record["scenario"], record["pool"], record["operation"], record["start_method"], record["python"])
