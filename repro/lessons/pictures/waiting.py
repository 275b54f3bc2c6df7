"""Who waited for what in a hung program of a lesson, each process by the name that the lesson has for it. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from repro.lessons import model
from repro.lessons.phrases import PHRASES, say
from repro.lessons.pictures.lanes import Lane, lanes
from repro.lessons.recording import Recording
from repro.observation import Observation
from repro.records.results import Record
from repro.report.pictures.waits import Process, WaitGraph, wait_graph


@dataclass(frozen=True)
class Waiter:
    """A process, and each thing that it waits for, in words; nothing where that is none that processes share."""

    lane: Lane
    waits: tuple[str, ...]


def graph(run: model.Run, one: Recording, language: str) -> WaitGraph:
    """The graph of ``repro.report.pictures.waits``, with the names of the lesson."""
    found = wait_graph(one.seen)
    named = {lane.pid: lane for lane in lanes(run, one)}
    processes = [
        replace(process, name=named[process.pid].name(language)) if process.pid in named else process
        for process in found.processes
    ]
    here = {process.pid for process in processes}
    gone = [
        Process(lane.pid, lane.name(language), lane.ended(language))
        for lane in named.values()
        if lane.status is not None and lane.pid not in here
    ]
    things = [replace(thing, name=_thing(thing.name, language)) for thing in found.things]
    return WaitGraph([*processes, *gone], things, found.edges)


def waiters(run: model.Run, one: Recording, language: str) -> list[Waiter]:
    """Each process that was there at the end, and for what it waited."""
    found = graph(run, one, language)
    names = {thing.key: thing.name for thing in found.things}
    lanes_ = {lane.pid: lane for lane in lanes(run, one)}
    made = []
    for holding in one.seen.holdings:
        if holding.pid not in lanes_:
            continue
        words = [
            say(language, edge.how, thing=names[edge.key])
            for edge in found.edges
            if edge.pid == holding.pid and edge.waits
        ]
        for wait in holding.threads:
            if wait.call == "exit":
                pid = int(wait.target.rpartition(" ")[2])
                whom = lanes_[pid].name(language) if pid in lanes_ else str(pid)
                words.append(say(language, "waits for exit", thing=whom))
        made.append(Waiter(lanes_[holding.pid], tuple(dict.fromkeys(words))))
    order = list(lanes_)
    return sorted(made, key=lambda waiter: order.index(waiter.lane.pid))


def observation_of(record: Record) -> Observation:
    """What was seen of a cell of the suite. record: its own."""
    return Observation.from_record(record["observation"])


def _thing(name: str, language: str) -> str:
    """What a thing is called in a lesson: the task queue of CPython's source is a pipe, as far as the kernel shows."""
    return say(language, name) if name in PHRASES else name
