"""Pictures in letters, for a terminal and for a handout: lines of text, aligned on every terminal. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass

from repro.lessons import columns, model, words
from repro.lessons.phrases import say
from repro.lessons.pictures import cells, waiting
from repro.lessons.pictures.lanes import Lane, lanes
from repro.lessons.recording import Line, Recording
from repro.observation import Observation
from repro.records.judged import JudgedCell
from repro.records.results import judge_record
from repro.report import evidence
from repro.report.pictures import timeline_text

#: How many lines of output a picture of processes has at most.
LINES = 12


@dataclass(frozen=True)
class Ink:
    """The characters of a picture. None has a width that is ambiguous."""

    lives: str = "▬"
    goes_on: str = "▸"
    dies: str = "✕"
    ends: str = "▪"


#: Where there are no more letters than those of ASCII.
ASCII = Ink("=", ">", "X", "|")


def ink(ascii_: bool) -> Ink:
    """The characters that there are."""
    return ASCII if ascii_ else Ink()


def show(
    picture: model.Show, lesson: model.Lesson, one: Recording | cells.RecordedCell, width: int, ascii_: bool = False
) -> list[str]:
    """The lines of a picture. one: the record of its run, or of its cell. width: in columns."""
    if isinstance(one, cells.RecordedCell):
        return _of_cell(picture.kind, one, lesson.language, width, ascii_)
    assert isinstance(picture.of, model.Run)
    if picture.kind == "output":
        return output(one, lesson.language)
    if picture.kind == "counts":
        return counts(one, lesson.language)
    if picture.kind == "waits":
        return _waits(picture.of, one, lesson.language, width)
    return processes(picture.of, one, lesson.language, width, ink(ascii_))


def command(run: model.Run, lesson: model.Lesson) -> str:
    """How the program of a run is started; and what was changed in it, where no listing tells that."""
    started = " ".join(["python", run.program, *run.args])
    if run.change is None or lesson.lists(run):
        return started
    old, new = run.change
    return f"{started}  # {say(lesson.language, 'changed', old=old, new=new)}"


def output(one: Recording, language: str) -> list[str]:
    """What was printed, and when."""
    if not one.lines:
        return [say(language, "no output")]
    return [line_of(line) for line in one.lines]


def line_of(line: Line) -> str:
    """A line of output, with its time in front, which takes STAMP columns up to 1,000 s."""
    return f"{line.at:5.1f} s  {line.text}"


STAMP = len(line_of(Line(0.0, "")))


def ending(one: Recording, language: str, which: str | None = None) -> str:
    """How a run ended, in words. which: another ending, of those that were counted."""
    word = one.ending if which is None else which
    seconds = f"{one.seconds:.1f}"
    if word in (model.HANG, model.BUSY):
        return say(language, word, seconds=seconds)
    if word.startswith("exit "):
        return say(language, "exit", status=word.removeprefix("exit "), seconds=seconds)
    return say(language, "killed", status=word.removeprefix("killed by "), seconds=seconds)


def counts(one: Recording, language: str) -> list[str]:
    """How often a run ended how."""
    every = one.counts or {one.ending: 1}
    return [
        say(language, "of runs", count=count, all=sum(every.values()), ending=words.translated(word, language))
        for word, count in every.items()
    ]


def recorded(one: Recording | cells.RecordedCell, language: str) -> str:
    """From when and where a record is."""
    python = one.python if isinstance(one, Recording) else str(one.record["python"])
    machine = words.translated(one.machine, language)
    return say(language, "recorded", date=one.date, python=python, machine=machine)


def processes(run: model.Run, one: Recording, language: str, width: int, with_: Ink) -> list[str]:
    """Who was there when, a line for each, above an axis of seconds."""
    there = lanes(run, one)
    names = {lane.pid: lane.name(language) for lane in there}
    room_for_names = max(columns.width(name) for name in [*names.values(), say(language, "seconds")])
    room = max(20, width - room_for_names - 4)
    span = max(0.05, one.seconds, *(lane.gone or 0.0 for lane in there))
    scale = (room - 1) / span
    lines = []
    for lane in there:
        name = columns.padded(names[lane.pid], room_for_names, right=True)
        lines.append(f"{name}  {_lane(lane, one, language, scale, room, with_)}".rstrip())
    unit = columns.padded(say(language, "seconds"), room_for_names, right=True)
    return [*lines, f"{unit}  {_axis(span, scale, room)}"]


def _lane(lane: Lane, one: Recording, language: str, scale: float, room: int, with_: Ink) -> str:
    born, until = int(lane.born * scale), room - 1
    if lane.gone is None:
        return " " * born + with_.lives * (until - born) + (with_.goes_on if one.hangs else with_.ends)
    gone = max(born, int(lane.gone * scale))
    bad = bool(lane.status)
    row = " " * born + with_.lives * (gone - born) + (with_.dies if bad else with_.ends)
    label = f" {lane.ended(language)}" if bad else ""
    if columns.width(row + label) <= room:
        return row + label
    if columns.width(label) <= born:
        return columns.padded(label, born, right=True) + " " + row[born + 1 :]
    inside = max(born, gone - columns.width(label) - 1)
    return f"{row[:inside]}{label} {row[gone:]}"


def _axis(span: float, scale: float, room: int) -> str:
    """Whole seconds, or tenths of them, as many as there is room for."""
    step = next(one for one in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 10**6) if one * scale >= 8 or one == 10**6)
    row = ""
    tick = 0.0
    while tick <= span and int(tick * scale) + len(f"{tick:g}") <= room:
        row = row.ljust(int(tick * scale)) + f"{tick:g}"
        tick = round(tick + step, 3)
    return row


def _waits(run: model.Run, one: Recording, language: str, width: int) -> list[str]:
    """A line for each process, and one for each that is gone."""
    there = waiting.waiters(run, one, language)
    otherwise = say(language, "waits otherwise")
    told = [(waiter.lane.name(language), "; ".join(waiter.waits) or otherwise) for waiter in there]
    here = {waiter.lane.pid for waiter in there}
    for lane in lanes(run, one):
        if lane.pid not in here:
            known = lane.status is not None
            told.append((lane.name(language), say(language, "ended" if known else "gone", status=lane.ended(language))))
    room = max((columns.width(name) for name, _ in told), default=0)
    return [
        "".join(span.text for span in spans)
        for name, words in told
        for spans in columns.wrapped([columns.Span(words)], width, f"{columns.padded(name, room)}  ", " " * (room + 2))
    ]


def _of_cell(kind: str, one: cells.RecordedCell, language: str, width: int, ascii_: bool) -> list[str]:
    judgement = judge_record(one.record)
    if kind == "timeline":
        title = f"{one.record['scenario']}, {one.where}"
        letters = timeline_text.LEAST if ascii_ else timeline_text.EVERYWHERE
        return timeline_text.render(title, [one.timeline()], width, letters, words.of(language)).splitlines()
    cell = JudgedCell.of(one.record, judgement, None)
    if kind == "waits":
        told = words.of(language)
        return [line for text in judgement.explanation for line in told.wrapped(told.told(text), width, "")]
    seen = Observation.from_record(one.record["observation"])
    return evidence.describe(cell.name, judgement, seen, False, width, width).splitlines()
