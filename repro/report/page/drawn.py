"""What the pictures of pages are drawn from, as data: by the programs of ``assets``, the same on every page that has pictures.

Every text goes through ``shown``, and the page's program makes text of it, never markup.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from repro.records.shown import text as clean
from repro.report.pictures.timeline import Fate, Lane, Timeline
from repro.report.pictures.timeline_svg import COLOURS, HOLLOW
from repro.report.pictures.timeline_text import SYMBOLS, in_words, said
from repro.report.pictures.waits import WaitGraph

#: So much of a text is carried, in characters: its end, as tracebacks end with what happened.
LONGEST = 100_000


def shown(text: str) -> str:
    """A text as it can be shown (``repro.records.shown``); of a huge one, the end."""
    if len(text) > LONGEST:
        text = f"... ({len(text) - LONGEST:,} characters before)\n{text[-LONGEST:]}"
    return clean(text, lines=True)


def fates() -> dict[str, Any]:
    """What can become of a task: the word, the sign and the colour of each, and which of them the replay asks for."""
    every = list(SYMBOLS)
    return {
        "fates": [
            {"word": fate, "symbol": SYMBOLS[fate], "colour": COLOURS[fate], "hollow": HOLLOW.get(fate, "")}
            for fate in every
        ],
        "gone": every.index(Fate.GONE),
        "arrives": [every.index(fate) for fate in (Fate.HANDED, Fate.RAISED)],
    }


def timeline(one: Timeline) -> dict[str, Any]:
    """A timeline; times in ms, to a hundredth. fates: the place of each in the page's list, by task."""
    every = list(SYMBOLS)
    return {
        "sentence": shown(in_words(one)),
        "answer": shown(one.answer),
        "lanes": [_lane(one, lane) for lane in one.lanes],
        "words": [
            {"at": _ms(word.at), "text": shown(said(word)), "tasks": word.tasks, "bad": word.bad} for word in one.words
        ],
        "fates": [[task, every.index(fate)] for task, fate in one.fates.items()],
        "end": _ms(one.end),
        "waits": None if one.waits is None else _ms(one.waits),
        "hangs": one.hangs,
        "deadline": one.deadline,
    }


def _lane(one: Timeline, lane: Lane) -> dict[str, Any]:
    death = lane.death
    return {
        "name": lane.name,
        "pid": lane.pid,
        "born": None if lane.born is None else _ms(lane.born),
        "runs": [
            {
                "task": run.task,
                "start": _ms(run.start),
                "end": None if run.end is None else _ms(run.end),
                "until": _ms(one.last_seen(lane, run)),
            }
            for run in lane.runs
        ],
        "death": death
        and {
            "after": _ms(death.after),
            "before": None if death.before is None else _ms(death.before),
            "status": death.status,
        },
    }


def graph(one: WaitGraph) -> dict[str, Any]:
    """Who waits for what."""
    return {
        "processes": [{"pid": each.pid, "name": shown(each.name), "died": each.died} for each in one.processes],
        "things": [{"key": each.key, "name": shown(each.name)} for each in one.things],
        "edges": [{**asdict(each), "waits": each.waits} for each in one.edges],
        "sentences": list(map(shown, one.sentences())),
    }


def _ms(value: float) -> float:
    return round(value, 2)
