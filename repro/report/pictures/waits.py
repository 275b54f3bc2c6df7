"""Who waits for what in a hang: processes, the pipes, sockets and semaphores that they wait for, and who has the other ends.

Pure functions of records. Of a semaphore, no kernel tells who has it: who waits for that is drawn, and who has it where the
stacks of a live program tell (``with_holder``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from repro.observation import Holding, Observation
from repro.subject import exits
from repro.verdicts import names

#: How a process and a thing belong together where others wait for what that process has.
HAS = "has it"


@dataclass(frozen=True)
class Process:
    """A process. name: what it is. died: with which status, in words, of one that is gone and was hit by the fault; else ""."""

    pid: int
    name: str
    died: str = ""


@dataclass(frozen=True)
class Thing:
    """What somebody waits for. key: ``pipe 3``. name: what it is for, or what is known of its ends."""

    key: str
    name: str


@dataclass(frozen=True)
class Edge:
    """A process and a thing. how: "waits to read", "waits to write", "waits for", or "could write", "could read", HAS."""

    pid: int
    key: str
    how: str

    @property
    def waits(self) -> bool:
        """Whether the process waits, or is one for which others wait."""
        return self.how.startswith("waits")


@dataclass(frozen=True)
class WaitGraph:
    """All of it: processes, the program first, and the dead last."""

    processes: list[Process]
    things: list[Thing]
    edges: list[Edge]

    def sentences(self, told: Callable[[str], str] = str) -> list[str]:
        """The same in words, a sentence for each thing, and one for each who died. told: what stands for an English text."""
        names = {one.pid: f"{told(one.name)} ({one.pid})" for one in self.processes}
        lines = [told(f"{names[one.pid]} died: {one.died}") for one in self.processes if one.died]
        for thing in self.things:
            edges = sorted(
                (edge for edge in self.edges if edge.key == thing.key),
                key=lambda edge: (edge.how != HAS, not edge.waits),
            )
            lines.append(f"{told(thing.name)}: {'; '.join(_grouped(edges, names, told))}")
        return lines


def _grouped(edges: Sequence[Edge], names: dict[int, str], told: Callable[[str], str]) -> list[str]:
    several = {way: [names[edge.pid] for edge in edges if edge.how == way] for way in (edge.how for edge in edges)}
    return [f"{', '.join(who)} {told(_verb(way, len(who)))}" for way, who in several.items()]


def _verb(way: str, count: int) -> str:
    """The end of a sentence about so many processes: ``wait for it``."""
    whole = f"{way} it" if way.endswith(" for") else way
    return whole.replace("waits ", "wait ") if count > 1 else whole


def with_holder(graph: WaitGraph, key: str, pid: int) -> WaitGraph:
    """The same with the process that has a thing for which others wait; as it was, where the graph has no such thing, or no such
    process."""
    known = any(one.key == key for one in graph.things) and any(one.pid == pid for one in graph.processes)
    return replace(graph, edges=[*graph.edges, Edge(pid, key, HAS)]) if known else graph


def wait_graph(seen: Observation) -> WaitGraph:
    """The graph of a hung cell; empty where nobody was looked at."""
    known = names.names(seen)
    keys: dict[str, None] = {}
    edges: list[Edge] = []
    for one in seen.holdings:
        for wait in names.waits_of(one):
            if wait.target.partition(" ")[0] not in ("pipe", "socket", "semaphore"):
                continue
            keys.setdefault(wait.target)
            how = "waits for" if wait.target.startswith("semaphore") else f"waits to {wait.call}"
            if (edge := Edge(one.pid, wait.target, how)) not in edges:
                edges.append(edge)
    for key in keys:
        reading = any(edge.key == key and edge.how == "waits to read" for edge in edges)
        edges += [Edge(one.pid, key, how) for one in seen.holdings if (how := _end(one, key, reading))]
    things = [Thing(key, known.things.get(key) or _unnamed(key)) for key in sorted(keys)]
    return WaitGraph(_processes(seen, known), things, edges)


def _end(one: Holding, key: str, reading: bool) -> str:
    """Which end of a thing the process has, for which others wait; "" if none."""
    kind, _, number = key.partition(" ")
    if kind == "pipe" and reading and int(number) in one.writes:
        return "could write"
    if kind == "pipe" and not reading and int(number) in one.reads:
        return "could read"
    return ""


def _unnamed(key: str) -> str:
    """What nobody knows a use of is named by its kind and its number in the process table."""
    kind, _, number = key.partition(" ")
    return f"{kind} {number}"


def _processes(seen: Observation, known: names.Names) -> list[Process]:
    """Those that were there, the program first, and those that the fault has hit and that are gone, or zombies."""
    ends = {int(pid): status for pid, status in seen.deaths.items()}
    ends |= {int(one["child"]): int(one["status"]) for one in seen.events if one["event"] == "reaped"}
    hit = {int(one.get("victim") or one["pid"]) for one in seen.events if one["event"] == "fault"}
    dead = {one.pid for one in seen.holdings if one.state == "Z"} & hit & set(ends)
    there = sorted({one.pid for one in seen.holdings} - dead, key=lambda pid: (pid != seen.main_pid, pid))
    gone = sorted(pid for pid in hit - set(there) - {seen.main_pid} if pid in ends)
    processes = [Process(pid, known.processes.get(pid, "a process")) for pid in there]
    return processes + [Process(pid, "a worker", exits.name(ends[pid])) for pid in gone]
