"""A worker dies: what it had done counts, one task pays, and everybody is told."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from safepool import MemoryLimitExceeded, Pool, ProcessPoolExecutor, TaskTimeout, WorkerDied
from safepool.engine import deaths
from safepool.engine.workers import Killed
from safepool.postmortem import Status
from safepool.protocol import words
from tests.safepool.tasks import FORK, die_once, kill_at

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_one_item_of_a_chunk_dies_alone() -> None:
    """The items before it are delivered, those after it run elsewhere, and the error names it."""
    with Pool(2, context=FORK) as pool:
        results = pool.map(kill_at, range(8), chunksize=8, return_exceptions=True)
        (error,) = (r for r in results if isinstance(r, Exception))
        assert isinstance(error, WorkerDied)
        assert (error.index, error.signal, error.stage, error.task) == (3, "SIGKILL", "running", "kill_at(3)")
        assert [r for r in results if r is not error] == [0, 1, 2, 4, 5, 6, 7]
        assert [d.pid for d in pool.deaths] == [error.pid]
    pool.join()


def test_retries_run_the_task_again(tmp_path: Path) -> None:
    """Once more after a death, and no more often than needed."""
    with Pool(1, context=FORK) as pool:
        assert pool.options(retries=2).apply(die_once, (str(tmp_path / "mark"),)) == "alive"
        assert (tmp_path / "mark").read_text() == "xx"
    pool.join()


def test_on_death_is_called_with_the_death() -> None:
    """Once for each, in a thread that may take its time."""
    seen: list[WorkerDied] = []
    called = threading.Event()

    def note(death: WorkerDied) -> None:
        seen.append(death)
        called.set()

    with ProcessPoolExecutor(1, FORK, on_death=note) as executor:
        error = executor.submit(kill_at, 3).exception(30)
        assert called.wait(30)
    assert isinstance(error, WorkerDied)
    assert [death.pid for death in seen] == [error.pid]


# ---- the autopsy alone: facts in, words out

KILLED = Status(-9, 1 << 20)
EXITED = Status(3)


@pytest.mark.parametrize(
    ("note", "awaited", "sent", "answer"),
    [
        ((5, words.RUNNING), 5, 9, (5, words.RUNNING)),
        ((7, words.PICKLING), 5, 9, (7, words.PICKLING)),
        ((5, words.IDLE), 5, 9, (5, words.IDLE)),
        ((4, words.SENDING), 5, 9, (5, words.IDLE)),  # it had sent the result and died before it noted that
        ((9, words.READING), 9, 9, (9, words.READING)),
        ((10, words.RUNNING), 5, 9, (5, words.RUNNING)),  # the memory makes no sense: the first one is a suspect
        ((1 << 61, 7), 0, 0, (0, words.RUNNING)),
        ((0, words.IDLE), 0, 0, (0, words.IDLE)),
    ],
)
def test_a_workers_last_word(note: tuple[int, int], awaited: int, sent: int, answer: tuple[int, int]) -> None:
    """Which item it had in hand, and what it was doing with it."""
    assert deaths.last_word(note, awaited, sent) == answer


@pytest.mark.parametrize(
    ("killed", "seq", "answer"),
    [
        (None, 5, (None, False)),
        (Killed("timeout", 1.0, 5), 5, (Killed("timeout", 1.0, 5), True)),
        (Killed("memory", 100, 5, 200), 5, (Killed("memory", 100, 5, 200), True)),
        (Killed("timeout", 1.0, 5), 6, (Killed("overtaken", limit_of="timeout"), False)),
        (Killed("memory", 100, 5, 200), 6, (Killed("overtaken", limit_of="memory"), False)),
        (Killed("protocol"), 5, (Killed("protocol"), False)),
        (Killed("unresponsive"), 5, (Killed("unresponsive"), False)),
        (Killed("terminate"), 5, (Killed("terminate"), False)),
    ],
)
def test_a_kill_is_blamed_on_the_item_that_it_was_for(killed: Killed | None, seq: int, answer: object) -> None:
    """If that had ended just then, the next one was hit, and may run again."""
    assert deaths.of_this_item(killed, seq) == answer


@pytest.mark.parametrize(
    ("status", "oom", "killed", "word"),
    [
        (EXITED, None, None, "exit"),
        (Status(0), None, None, "exit"),
        (KILLED, None, None, "signal"),
        (KILLED, "likely", None, "oom"),
        (Status(None), None, None, "unknown"),
        (Status(None), "certain", None, "unknown"),
        (KILLED, None, Killed("timeout"), "timeout"),
        (KILLED, None, Killed("memory"), "memory limit"),
        (KILLED, None, Killed("terminate"), "terminated"),
        (Status(None), None, Killed("protocol"), "protocol"),
        (KILLED, None, Killed("unresponsive"), "unresponsive"),
    ],
)
def test_the_cause_in_a_word(status: Status, oom: str | None, killed: Killed | None, word: str) -> None:
    """What we did ourselves goes first, and what nobody knows is called unknown."""
    assert deaths.cause_word(status, oom, killed) == word


@pytest.mark.parametrize(
    ("status", "killed", "answer"),
    [(KILLED, None, True), (KILLED, Killed("memory"), False), (Status(-15), None, False), (EXITED, None, False)],
)
def test_the_oom_killer_is_a_suspect_for_a_sigkill_that_is_not_ours(
    status: Status, killed: Killed | None, answer: bool
) -> None:
    """And for nothing else: whoever asks the kernel's counters uses them up."""
    assert deaths.may_be_oom(status, killed) is answer


def test_stages_in_words() -> None:
    """A worker that had not started was starting; a stage that makes no sense was running, which is at least possible."""
    assert deaths.stage_word(words.RUNNING, True) == "starting"
    assert deaths.stage_word(words.PICKLING, False) == "pickling"
    assert deaths.stage_word(7, False) == "running"


def autopsy(killed: Killed | None = None, status: Status = KILLED, oom: str | None = None) -> deaths.Autopsy:
    word = deaths.cause_word(status, oom, killed)
    return deaths.Autopsy(77, status, "running", word, oom, "evidence" if oom else None, status.peak, killed)


CALLED = deaths.Called("f(1)", 4, 2, 3)


def test_the_error_for_the_task_in_hand_says_what_is_known() -> None:
    """How the worker ended, what it was doing, the task with its position and attempts, and that others are not affected."""
    error = deaths.of_task(autopsy(), CALLED)
    assert type(error) is WorkerDied
    assert (error.pid, error.exitcode, error.signal, error.cause) == (77, -9, "SIGKILL", "signal")
    assert (error.stage, error.task, error.index, error.attempts, error.rss) == ("running", "f(1)", 4, 2, 1 << 20)
    assert "was killed by SIGKILL while running task 4, f(1)" in str(error)
    assert "The other 3 tasks are not affected" in str(error)


def test_the_error_for_a_result_that_was_lost_blames_nobody() -> None:
    """It had finished: its own limits, and a kill for them, are not the reason."""
    error = deaths.of_task(autopsy(Killed("timeout", 1.0, 5)), CALLED, lost=True)
    assert type(error) is WorkerDied
    assert error.cause == "result lost"
    assert "finished, result lost" in str(error)


def test_the_error_for_a_timeout_is_a_timeout() -> None:
    """With its limit, the task, and what was done about it; in the list of deaths it is the death of a worker."""
    found = autopsy(Killed("timeout", 1.5, 5))
    error = deaths.of_task(found, CALLED)
    assert isinstance(error, TaskTimeout)
    assert (error.timeout, error.pid, error.task, error.index, error.attempts) == (1.5, 77, "f(1)", 4, 2)
    assert "task 4, f(1) ran longer than its timeout of 1.5 s" in str(error)
    listed = deaths.for_the_list(error, found)
    assert type(listed) is WorkerDied
    assert (listed.cause, listed.task, listed.attempts) == ("timeout", "f(1)", 2)
    assert "ran longer than its timeout of 1.5 s" in str(listed)


def test_the_error_for_too_much_memory_has_the_sizes() -> None:
    """What it held when it was killed, rather than what it held at most."""
    error = deaths.of_task(autopsy(Killed("memory", 1024, 5, 4096, taken=2048)), CALLED)
    assert isinstance(error, MemoryLimitExceeded)
    assert (error.limit, error.rss, error.cause) == (1024, 4096, "memory limit")
    assert "took 2.0 KiB, more than its memory limit of 1.0 KiB" in str(error)


@pytest.mark.parametrize(
    ("killed", "words_"),
    [
        (Killed("protocol"), "since its answer made no sense"),
        (Killed("overtaken", limit_of="timeout"), "for the task before this one, which was over its timeout"),
        (Killed("overtaken", limit_of="memory"), "for the task before this one, which was over its memory limit"),
    ],
)
def test_other_kills_of_ours_are_said(killed: Killed, words_: str) -> None:
    """A WorkerDied, since the task did nothing wrong."""
    error = deaths.of_task(autopsy(killed), CALLED)
    assert type(error) is WorkerDied
    assert words_ in str(error)


def test_the_only_task_of_a_call_has_no_position() -> None:
    """Nor is there anything to say of others."""
    error = deaths.of_task(autopsy(status=EXITED), deaths.Called("f(1)", None, 1, 0))
    assert str(error) == "worker 77 exited with status 3 while running f(1)."
    assert error.index is None


def test_the_error_of_nobody_names_no_task() -> None:
    """A worker that died idle."""
    error = deaths.of_nobody(autopsy(status=Status(None)))
    assert error.task is None
    assert error.cause == "unknown"
    assert error.signal is None


@pytest.mark.parametrize("killed", [None, Killed("memory", 1024, 5, 4096)])
def test_the_list_has_a_copy(killed: Killed | None) -> None:
    """Which says the same; the one that is raised collects its callers' frames."""
    found = autopsy(killed, oom=None if killed else "likely")
    error = deaths.of_task(found, CALLED)
    listed = deaths.for_the_list(error, found)
    assert listed is not error
    assert type(listed) is type(error)
    assert (str(listed), listed.__dict__) == (str(error), error.__dict__)
