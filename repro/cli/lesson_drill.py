"""``repro lesson drill``: asks what the program of some recorded cell comes to, and shows the evidence."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from repro.errors import AS_EXPECTED, NothingRan, UsageError

if TYPE_CHECKING:
    from repro.lessons.drill import Question
    from repro.records.results import Record

#: The records that are committed beside the suite; a wheel is without them, and the drill then asks of the last run.
COMMITTED = Path(__file__).parents[2] / "reports" / "reference"


def run(language: str, chance: random.Random | None = None) -> int:
    """Ask until the reader has enough. chance: which questions come."""
    from repro.lessons import drill
    from repro.lessons.phrases import say
    from repro.lessons.terminal import bookmark

    records = _records()
    questions = _questions(records)
    if not questions:
        raise NothingRan(
            "none of the recorded cells has a program of its own to be asked about: repro run makes others"
        )
    kept, chance = bookmark.read(), chance or random.Random()
    asked = right = 0
    while True:
        one = drill.pick(questions, kept.held(), chance)
        record = records[one.number]
        where = ", ".join(filter(None, [record["operation"], record["start_method"], f"Python {record['python']}"]))
        print(f"\n{say(language, 'drill ask', pool=one.pool, where=where)}\n\n{_program(record)}")
        chosen = _answer(language)
        if chosen is None:
            break
        asked, right = asked + 1, right + (chosen == one.verdict)
        shown = drill.belief(one, chosen)
        kept.answered(0, f"drill {one.name}", shown)
        _tell(language, one, chosen, shown, record)
    if asked:
        print("\n" + say(language, "drill score", right=right, asked=asked))
        _still_held(language, kept.held())
    return AS_EXPECTED


def _records() -> Sequence[Record]:
    """The committed ones, or those of the last run. Raises RecordError or UsageError where there are none."""
    from repro.records import results

    return results.read(COMMITTED if (COMMITTED / results.FILE).exists() else Path("last")).cells


def _questions(records: Sequence[Record]) -> list[Question]:
    """Of all that ran, what has a program, and came to something that can be answered."""
    from repro.lessons import drill
    from repro.plan import catalogue

    pools = catalogue.pools()
    return [
        drill.Question(number, record["scenario"], record["pool"], record["verdict"])
        for number, record in enumerate(records)
        if record["verdict"] in drill.CHOICES
        and record["observation"] is not None
        and record["pool"] in pools
        and record["scenario"] in catalogue.scenarios()
        and _program(record)
    ]


def _program(record: Record) -> str:
    """The cell as a program, without its first line, which tells what becomes of it; "" where it has none."""
    from repro.plan import catalogue
    from repro.plan.interpreters import Interpreter
    from repro.report import script

    entry, pool = catalogue.scenarios()[record["scenario"]], catalogue.pools()[record["pool"]]
    method = record["start_method"] or None
    try:
        text = script.render(entry, pool, record["operation"], method, Interpreter("", record["python"]))
    except UsageError:
        return ""
    return text.partition("\n")[2]


def _answer(language: str) -> str | None:
    """What the reader predicts; None where he has enough."""
    from repro.lessons import drill
    from repro.lessons.phrases import say

    for number, verdict in enumerate(drill.CHOICES, 1):
        print(f"  {number}  {say(language, f'drill {verdict}')}")
    while True:
        try:
            word = input(f"\n{say(language, 'drill choose', count=len(drill.CHOICES))}").strip()
        except EOFError:
            return None
        if word in ("q", "Q"):
            return None
        if word.isdecimal() and 1 <= int(word) <= len(drill.CHOICES):
            return drill.CHOICES[int(word) - 1]


def _tell(language: str, one: Question, chosen: str, shown: str | None, record: Record) -> None:
    """Whether it was so, what the answer shows, and the evidence."""
    from repro.cli.output import columns, prose_width
    from repro.lessons import library, words
    from repro.lessons.columns import Span, wrapped
    from repro.lessons.phrases import say
    from repro.lessons.pictures.cells import RecordedCell
    from repro.lessons.terminal import prose
    from repro.records.results import judge_record
    from repro.report.pictures import timeline_text

    width = prose_width()
    word = say(language, "right" if chosen == one.verdict else "wrong")
    gap = "" if word.endswith("。") else " "  # that sign has its own room
    told = f"{word}{gap}{say(language, 'drill was', verdict=say(language, f'drill {one.verdict}'))}"
    lines = wrapped([Span(told)], width)
    if shown is not None:
        known = library.misconceptions()[shown]
        lines += prose.lines(known.truth.get(language) or known.truth["en"], width, True)
    lines += wrapped([Span(words.translated(judge_record(record).reason, language))], width)
    print("\n" + "\n".join(prose.paint(line, False) for line in lines) + "\n")
    cell = RecordedCell(record, "", "").timeline()
    print(timeline_text.render(one.scenario, [cell], columns(), timeline_text.EVERYWHERE, words.of(language)))


def _still_held(language: str, held: Sequence[str]) -> None:
    from repro.cli.output import prose_width
    from repro.lessons import library
    from repro.lessons.phrases import say
    from repro.lessons.terminal import prose

    known = library.misconceptions()
    beliefs = [known[name] for name in held if name in known]
    if beliefs:
        print(say(language, "drill held"))
        for one in beliefs:
            for line in prose.lines(f"- {one.says.get(language) or one.says['en']}", prose_width(), True):
                print(prose.paint(line, False))
