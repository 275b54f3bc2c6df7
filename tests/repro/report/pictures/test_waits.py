"""``waits``: who waits for what is what the kernel showed; the dead are there, too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from repro.observation import Holding, Observation, Wait
from repro.report.pictures import waits_svg
from repro.report.pictures.waits import HAS, Edge, Process, WaitGraph, wait_graph, with_holder
from tests.repro.report.pictures.made import event

PARENT, ONE, TWO, DEAD = 10, 11, 12, 13


def seen(**changes: Any) -> Observation:
    """The program reads pipe 1, into which both workers could write; they wait for semaphore 1; a third one is dead."""
    holdings = [
        Holding(
            PARENT, 1, "S", [1], [2], threads=[Wait(10, "read", 5, "pipe 1"), Wait(15, "exit", None, "exit of 11")]
        ),
        Holding(ONE, PARENT, "S", [2], [1], threads=[Wait(11, "semaphore", None, "semaphore 1")]),
        Holding(TWO, PARENT, "S", [2], [1], threads=[Wait(12, "semaphore", None, "semaphore 1")]),
    ]
    events = [event("fault", DEAD, 1), event("reaped", PARENT, 2, child=DEAD, status=-9)]
    return Observation(**{"events": events, "main_pid": PARENT, "holdings": holdings, **changes})


def test_who_waits_and_who_could_help() -> None:
    graph = wait_graph(seen())
    assert graph.edges == [
        Edge(PARENT, "pipe 1", "waits to read"),
        Edge(ONE, "semaphore 1", "waits for"),
        Edge(TWO, "semaphore 1", "waits for"),
        Edge(ONE, "pipe 1", "could write"),
        Edge(TWO, "pipe 1", "could write"),
    ]
    assert [thing.key for thing in graph.things] == ["pipe 1", "semaphore 1"]
    assert [edge.waits for edge in graph.edges] == [True, True, True, False, False]


def test_who_writes_waits_for_readers() -> None:
    holdings = [Holding(ONE, PARENT, "S", [], [1], waits=["write pipe 1"]), Holding(TWO, PARENT, "S", [1], [])]
    assert wait_graph(seen(holdings=holdings)).edges == [
        Edge(ONE, "pipe 1", "waits to write"),
        Edge(TWO, "pipe 1", "could read"),
    ]


def test_the_dead_are_there() -> None:
    assert wait_graph(seen()).processes == [
        Process(PARENT, "the program"),
        Process(ONE, "a process"),
        Process(TWO, "a process"),
        Process(DEAD, "a worker", "SIGKILL"),
    ]
    assert all(not one.died for one in wait_graph(seen(events=[])).processes)


def test_a_zombie_is_among_the_dead() -> None:
    """Nobody has asked for its status yet, so that it still is in the process table. Whom we ended afterwards is not."""
    there = seen()
    zombie = Holding(DEAD, PARENT, "Z", [], [])
    killed = seen(
        holdings=[*there.holdings, zombie], events=[event("fault", DEAD, 1)], deaths={str(DEAD): -9, str(ONE): -9}
    )
    assert wait_graph(killed).processes[1:] == [
        Process(ONE, "a process"),
        Process(TWO, "a process"),
        Process(DEAD, "a worker", "SIGKILL"),
    ]


def test_in_words() -> None:
    assert wait_graph(seen()).sentences() == [
        "a worker (13) died: SIGKILL",
        "pipe 1: the program (10) waits to read; a process (11), a process (12) could write",
        "semaphore 1: a process (11), a process (12) wait for it",
    ]


def test_who_has_what_others_wait_for_is_told_first() -> None:
    """Where it is known: in the graph it is no end of a pipe."""
    graph = with_holder(wait_graph(seen()), "semaphore 1", TWO)
    assert graph.edges[-1] == Edge(TWO, "semaphore 1", HAS)
    alone = replace(graph, edges=[edge for edge in graph.edges if edge.pid != TWO or edge.how == HAS])
    assert alone.sentences()[-1] == "semaphore 1: a process (12) has it; a process (11) waits for it"
    assert with_holder(wait_graph(seen()), "semaphore 9", TWO) == wait_graph(seen())
    assert with_holder(wait_graph(seen()), "semaphore 1", 99) == wait_graph(seen())
    assert ">has it<" in waits_svg.render("title", [], graph)


def test_where_nobody_was_looked_at() -> None:
    assert wait_graph(seen(events=[], holdings=[])) == WaitGraph([], [], [])
