"""``waiting``: who waits for what, in the words of lessons."""

from __future__ import annotations

from repro.lessons.pictures.waiting import graph, observation_of, waiters
from repro.observation import Holding, Wait
from tests.repro.lessons.recorded import HANG, ONE, PARENT, RUN, TWO, with_seen


def test_everybody_waits_for_something_that_has_a_name() -> None:
    """The queues of CPython's source are pipes, as far as the kernel shows."""
    assert [(one.lane.name("en"), one.waits) for one in waiters(RUN, HANG, "en")] == [
        ("parent", ("waits to read the pipe of results",)),
        ("worker 2", ("waits for the lock of the pipe of tasks",)),
        ("worker 3", ("waits to read the pipe of tasks",)),
        ("replacement 4", ("waits for the lock of the pipe of tasks",)),
    ]
    assert waiters(RUN, HANG, "ja")[0].waits == ("結果のパイプからの読み込みを待つ",)


def test_who_waits_for_an_end_says_whose() -> None:
    """By its name, or its pid, where it is none of the program's."""
    threads = [Wait(10, "exit", None, f"exit of {ONE}"), Wait(10, "exit", None, "exit of 4711")]
    found = waiters(RUN, with_seen(holdings=[Holding(PARENT, 1, "S", [], [], threads=threads)]), "en")
    assert found[0].waits == ("waits for the end of worker 1", "waits for the end of 4711")


def test_the_graph_has_the_dead() -> None:
    """With the status, and the things by their names."""
    found = graph(RUN, HANG, "en")
    assert [one.name for one in found.processes] == ["parent", "worker 2", "worker 3", "replacement 4", "worker 1"]
    assert found.processes[-1].died == "exit code 1"
    assert {one.name for one in found.things} == {
        "the pipe of results",
        "the pipe of tasks",
        "the lock of the pipe of tasks",
    }
    assert [edge.how for edge in found.edges if edge.pid == TWO and edge.waits] == ["waits for"]


def test_a_cell_of_the_suite_has_its_observation() -> None:
    """As it was recorded."""
    assert observation_of({"observation": HANG.seen.to_record()}) == HANG.seen
