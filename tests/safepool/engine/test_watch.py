"""Deadlines: who is over its time is ended, and nobody else pays for it."""

from __future__ import annotations

import functools
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from safepool import Pool, TaskTimeout, WorkerDied
from safepool.engine import watch
from safepool.protocol import words
from safepool.worker import answers, loop
from tests.safepool.tasks import FORK, run_then_wait, square, wait_for_file

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def stop_here(path: str) -> None:
    Path(path).touch()
    os.kill(os.getpid(), signal.SIGSTOP)


def test_a_timeout_ends_a_stopped_task_and_is_not_retried(tmp_path: Path) -> None:
    """SIGSTOP is no exception; the pool's own kill is no death that retries are for."""
    with Pool(2, context=FORK) as pool:
        with pytest.raises(TaskTimeout) as caught:
            pool.options(timeout=0.2, retries=3).apply(stop_here, (str(tmp_path / "mark"),))
        assert caught.value.attempts == 1
        assert [death.cause for death in pool.deaths] == ["timeout"]
        assert pool.map(square, range(5)) == [0, 1, 4, 9, 16]
    pool.join()


def take_long_and_slow_the_clock() -> None:
    """Run for 0.6 s; from then on this worker needs 0.3 s for its look at the clock between two tasks."""

    class Clock:
        @staticmethod
        def monotonic_ns() -> int:
            time.sleep(0.3)
            return time.monotonic_ns()

    time.sleep(0.6)
    loop.time = Clock  # type: ignore[assignment]


def test_a_task_does_not_inherit_the_time_of_the_one_before_it() -> None:
    """A worker is held up just before it begins a task: the timeout counts from there, not from the beginning of the last one."""
    with Pool(1, context=FORK) as pool:
        pool.apply(take_long_and_slow_the_clock)
        assert pool.options(timeout=0.5).apply(square, (3,)) == 9
    pool.join()


def pass_the_gate(folder: str, x: int) -> int:
    """Item 0 waits for the gate. Item 1 says that it runs, and waits for ever; a second time it returns."""
    if x == 0:
        wait_for_file(folder + "/gate")
    elif not os.path.exists(folder + "/runs"):
        run_then_wait(folder + "/runs", folder + "/never")
    return x


@pytest.mark.parametrize("retries", [0, 1])
def test_a_kill_that_comes_too_late_is_not_said_to_be_the_next_tasks_timeout(tmp_path: Path, retries: int) -> None:
    """A task is over its timeout and ends before the SIGKILL arrives: what is hit was not too slow, and retries are for that."""
    with Pool(1, context=FORK) as pool:
        workers = pool._engine.parts.workers
        kill = workers.kill

        def kill_late(worker: Any, why: Any, sig: int = signal.SIGKILL) -> None:
            (tmp_path / "gate").touch()
            wait_for_file(str(tmp_path / "runs"))
            kill(worker, why, sig)

        workers.kill = kill_late  # type: ignore[method-assign]
        task = functools.partial(pass_the_gate, str(tmp_path))
        first, second = pool.options(timeout=0.2, retries=retries).map(task, range(2), 2, return_exceptions=True)
        assert first == 0
        if retries:
            assert second == 1
        else:
            assert type(second) is WorkerDied
            assert "for the task before this one, which was over its timeout" in str(second)
            assert (second.index, second.cause) == (1, "timeout")
    pool.join()


def test_tasks_behind_a_long_one_go_to_another_worker(tmp_path: Path) -> None:
    """A batch was sent on the belief that all tasks are tiny; one of them is not: the rest does not wait for it."""
    with Pool(2, context=FORK) as pool:
        pool.map(square, range(2000), chunksize=1)  # now tasks are believed to be tiny
        marker, gate = tmp_path / "runs", tmp_path / "gate"
        long = pool.apply_async(run_then_wait, (str(marker), str(gate)))
        short = [pool.apply_async(square, (i,)) for i in range(500)]
        assert [r.get(30) for r in short] == [i * i for i in range(500)]
        assert not long.ready()
        gate.touch()
        long.get(30)
    pool.join()


def gated(x: int) -> int:
    """Items below 0 wait for the gate that the environment names."""
    if x < 0:
        run_then_wait(os.environ["SAFEPOOL_TEST_MARKER"], os.environ["SAFEPOOL_TEST_GATE"])
    return x


def test_items_of_imap_that_travel_with_a_long_one_go_to_another_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """imap sends tiny items together; if one of them takes long after all, those behind it do not wait for it."""
    gate = tmp_path / "gate"
    monkeypatch.setenv("SAFEPOOL_TEST_MARKER", str(tmp_path / "runs"))
    monkeypatch.setenv("SAFEPOOL_TEST_GATE", str(gate))
    with Pool(2, context=FORK) as pool:
        for _ in pool.imap_unordered(gated, range(5000)):
            pass  # now items are believed to be tiny
        items = [*range(1000), -1, *range(1000, 2000)]
        results = pool.imap_unordered(gated, items)
        assert sorted(next(results) for _ in range(2000)) == list(range(2000))
        gate.touch()
        assert list(results) == [-1]
        assert list(pool.imap(gated, range(5000))) == list(range(5000))
    pool.join()


def test_a_stopped_idle_worker_holds_nothing_up() -> None:
    """Tasks that it was given and has not begun are taken back."""
    with Pool(2, context=FORK) as pool:
        pool.map(square, range(10))
        while pool.workers[0].pid is None:  # the other one may have done all of it before this one had begun
            time.sleep(0.001)
        os.kill(pool.workers[0].pid, signal.SIGSTOP)
        assert pool.map(square, range(100), chunksize=1) == [i * i for i in range(100)]
    pool.join()


_slow_to_go_on = False


def append_number(place: tuple[str, int, bool]) -> int:
    """Note that it ran; ``long``: take 0.1 s, and let this worker rest after its next answer."""
    global _slow_to_go_on
    path, number, long = place
    with open(path, "a") as file:
        file.write(f"{number} ")
    if long:
        _slow_to_go_on = True
        time.sleep(0.1)
    return number


def test_what_was_taken_back_twice_runs_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that gets no processor time after an answer is taken back what it holds, and then what it got since."""
    send = answers.Channel.send

    def send_and_rest(channel: answers.Channel, *message: object) -> None:
        global _slow_to_go_on
        send(channel, *message)  # type: ignore[arg-type]
        if _slow_to_go_on:
            _slow_to_go_on = False
            time.sleep(0.6)

    monkeypatch.setattr(answers.Channel, "send", send_and_rest)
    path = str(tmp_path / "ran")
    with Pool(2, context=FORK) as pool:
        pool.map(square, range(2000), chunksize=1)  # now tasks are believed to be tiny
        pool.map(append_number, [(path, number, number == 1) for number in range(40)], chunksize=1)
        pool.map(append_number, [(path, number, False) for number in range(40, 61)], chunksize=1)
        pool.close()  # and so each worker comes to its end by itself, and by what it had been sent
        pool.join()
    assert sorted(map(int, Path(path).read_text().split())) == list(range(61))


# ---- the decisions alone: facts in, what to do and when out

MOMENT = 100.0


def facts(**changed: Any) -> watch.Facts:
    """A worker that has run its only item since a while: nothing is to be done."""
    usual: dict[str, Any] = {
        "now": MOMENT, "word": 5 << 3 | words.RUNNING, "seq": 5, "stage": words.RUNNING, "next": 5, "sent": 6, "items": 1,
        "boundary": 6, "unwritten": False, "others_idle": False,
    }  # fmt: skip
    usual.update(changed)
    return watch.Facts(**usual)


def seen(since: float = 1.0, **changed: Any) -> watch.Attention:
    """A worker that has been seen with that word before, so many seconds ago."""
    found = watch.Attention()
    found.seen = facts().word
    found.seen_at = MOMENT - since
    for name, value in changed.items():
        setattr(found, name, value)
    return found


BATCH = {"sent": 9, "items": 4, "boundary": 6}  # three items behind the one in hand
NOT_BEGUN = {"stage": words.READING, "boundary": 5}

BUSY: list[Any] = [
    ("one item, running: nothing", seen(), facts(), None, watch.NEVER),
    ("one item, just begun: nothing", watch.Attention(), facts(), None, watch.NEVER),
    ("it moves on, with a batch: look again soon", watch.Attention(), facts(**BATCH), None, MOMENT + 2 * watch.BATCH_CHECK),
    ("it moves on, others idle: all the same", watch.Attention(), facts(**BATCH, others_idle=True), None,
     MOMENT + 2 * watch.BATCH_CHECK),
    ("it does not move, nobody is idle: whoever becomes idle has it looked at", seen(), facts(**BATCH), None, watch.NEVER),
    ("it does not move, another is idle: that one shall have them", seen(), facts(**BATCH, others_idle=True), watch.REVOKE,
     MOMENT + watch.REVOKE_GRACE),
    ("its pipe has not taken everything: wait for that", seen(), facts(**BATCH, others_idle=True, unwritten=True), None,
     MOMENT + 2 * watch.BATCH_CHECK),
    ("the same with one item", seen(), facts(**NOT_BEGUN, others_idle=True, unwritten=True), None,
     MOMENT + watch.STALL_CHECK),
    ("given and not begun, nobody could take over: wait", seen(), facts(**NOT_BEGUN), None,
     MOMENT - 1.0 + watch.UNRESPONSIVE),
    ("given and not begun, another is idle: that one", seen(), facts(**NOT_BEGUN, others_idle=True), watch.REVOKE,
     MOMENT + watch.REVOKE_GRACE),
    ("never begun: stopped, or it never got the message", seen(watch.UNRESPONSIVE), facts(**NOT_BEGUN), watch.REVOKE,
     MOMENT + watch.REVOKE_GRACE),
    ("finished and not sent, and it does not move", seen(), facts(next=3), watch.TAKE_JOURNAL, MOMENT + watch.STALL_CHECK),
    ("finished and not sent, but it moves on", watch.Attention(), facts(next=3), None, MOMENT + 2 * watch.BATCH_CHECK),
    ("finished, and others idle: first the journal, at once the rest", seen(), facts(**BATCH, next=3, others_idle=True),
     watch.TAKE_JOURNAL, MOMENT),
    ("a decision that is not due", seen(revoking=MOMENT - watch.REVOKE_GRACE / 2), facts(**BATCH, others_idle=True), None,
     MOMENT + watch.REVOKE_GRACE / 2),
    ("a decision that is due", seen(revoking=MOMENT - watch.REVOKE_GRACE * 1.01), facts(**BATCH), watch.DECIDE, watch.NEVER),
]  # fmt: skip


@pytest.mark.parametrize(
    ("attention", "found", "action", "when"), [row[1:] for row in BUSY], ids=[row[0] for row in BUSY]
)
def test_what_to_do_about_a_busy_worker(
    attention: watch.Attention, found: watch.Facts, action: str | None, when: float
) -> None:
    """Each row: what was seen before, what is, what is to be done, and when to look again."""
    before = attention.seen
    assert watch.busy(attention, found) == (action, pytest.approx(when, abs=1e-9))
    assert attention.seen == found.word
    assert attention.seen_at == (MOMENT if before != found.word else attention.seen_at)
    assert (attention.revoking == MOMENT) == (action is watch.REVOKE)


def test_a_worker_that_moves_on_is_looked_at_less_and_less() -> None:
    """It gets along without us, and looking costs; up to MAX_PACE. Sent something, it is looked at soon again."""
    attention = watch.Attention()
    paces = [attention.next_pace() for _ in range(6)]
    assert paces == sorted(paces)
    assert paces[0] == 2 * watch.BATCH_CHECK
    assert paces[-1] == watch.MAX_PACE
    attention.seen = 7
    attention.fresh()
    assert attention.seen == -1
    assert attention.next_pace() == paces[0]


def test_from_a_revocation_to_the_decision() -> None:
    """One look revokes, the next ones wait until the note must be visible, and one decides; then it starts from the beginning."""
    attention = seen()
    found = facts(**BATCH, others_idle=True)
    action, when = watch.busy(attention, found)
    assert action is watch.REVOKE
    action, when = watch.busy(attention, found._replace(now=(MOMENT + when) / 2))
    assert action is None
    action, _ = watch.busy(attention, found._replace(now=when + 1e-6))
    assert action is watch.DECIDE
    assert watch.decide(attention, found, found.sent) == (6, 6)
    assert attention.revoking == 0.0
    assert attention.revoked == (6, 9)


@pytest.mark.parametrize(
    ("revoked", "found", "end", "answer", "after"),
    [
        ((0, 0), facts(**BATCH), 9, (6, 6), (6, 9)),  # what begins after the note is ours again
        ((0, 0), facts(**BATCH, seq=5), 9, (6, 6), (6, 9)),
        (
            (3, 8),
            facts(boundary=9, sent=12, seq=5),
            12,
            (9, 3),
            (3, 12),
        ),  # it has not come to the earlier place: stays so
        ((3, 5), facts(boundary=9, sent=12, seq=5), 12, (9, 9), (9, 12)),  # it has
        ((0, 0), facts(boundary=9, sent=9, seq=8), 9, (9, 9), (0, 0)),  # it has begun everything meanwhile
        ((3, 8), facts(boundary=12, sent=12, seq=11), 9, (9, 9), (3, 8)),  # nor beyond the end that was asked for
    ],
)
def test_what_is_taken_back(
    revoked: tuple[int, int], found: watch.Facts, end: int, answer: tuple[int, int], after: tuple[int, int]
) -> None:
    """(the first item that is ours again, what the worker's word is to say), and what is remembered of it."""
    attention = seen(revoked=revoked, revoking=MOMENT)
    assert watch.decide(attention, found, end) == answer
    assert attention.revoked == after
    assert attention.revoking == 0.0


def test_an_idle_worker_is_replaced_only_if_it_never_says_that_it_saw() -> None:
    """A suspended one, after UNRESPONSIVE seconds; one that answered is forgiven, and counts from the beginning."""
    attention = watch.Attention()
    assert watch.idle(attention, False, MOMENT) == (False, watch.NEVER)
    until = MOMENT + watch.UNRESPONSIVE
    assert watch.idle(attention, True, MOMENT) == (False, until)
    assert watch.idle(attention, True, until - 0.01) == (False, until)
    assert watch.idle(attention, True, until) == (True, until)
    assert watch.idle(attention, False, until) == (False, watch.NEVER)
    assert watch.idle(attention, True, until) == (False, until + watch.UNRESPONSIVE)


@pytest.mark.parametrize(
    ("found", "seen_at", "began", "over", "when"),
    [
        (facts(), 0.0, MOMENT - 0.9, None, MOMENT + 0.1),  # from its own beginning, not from when it was seen
        (facts(), 0.0, MOMENT - 1.0, "timeout", watch.NEVER),
        (facts(stage=words.UNPICKLING), 0.0, MOMENT - 2, "timeout", watch.NEVER),
        (facts(stage=words.SENDING), MOMENT, MOMENT - 2, "timeout", watch.NEVER),
        (
            facts(stage=words.READING),
            MOMENT - 0.5,
            0.0,
            None,
            MOMENT + 0.5,
        ),  # not begun: nothing is lost if another does it
        (facts(stage=words.IDLE), MOMENT - 1.0, MOMENT, "unresponsive", watch.NEVER),
        (facts(stage=words.IDLE, unwritten=True), MOMENT - 5, 0.0, None, MOMENT + 1.0),  # it could not begin
    ],
)
def test_the_timeout_of_the_task_in_hand(
    found: watch.Facts, seen_at: float, began: float, over: str | None, when: float
) -> None:
    """Of one second: is it over, and if not, when?"""
    assert watch.timeout(1.0, found, seen_at, began) == (
        None if over is None else watch.Over(over),
        pytest.approx(when),
    )


@pytest.mark.parametrize(
    ("held", "stage", "over"),
    [
        (101, words.RUNNING, True),
        (100, words.RUNNING, False),
        (None, words.RUNNING, False),  # where that cannot be told
        (101, words.IDLE, False),  # nobody's fault
        (101, words.READING, False),
        (101, words.PICKLING, True),
    ],
)
def test_the_memory_limit_of_the_task_in_hand(held: int | None, stage: int, over: bool) -> None:
    """Of a hundred bytes; only a task that has begun is over it."""
    assert watch.memory(100, facts(stage=stage), held, 0, lambda: None) == (held if over else None)


@pytest.mark.parametrize(
    ("held", "baseline", "dirty", "taken"),
    [
        (1101, 1000, None, 101),  # beyond what it had
        (1101, 1000, 101, 101),
        (1101, 1000, 100, None),  # the rest is a file that it maps, or what it was forked with
        (1100, 1000, 1100, None),
        (900, 1000, 900, None),
        (1101, None, 1101, None),
    ],
)
def test_what_a_worker_did_not_take_is_not_counted(
    held: int, baseline: int | None, dirty: int | None, taken: int
) -> None:
    """Of a hundred bytes: beyond what it held before, and its own."""
    assert watch.memory(100, facts(stage=words.RUNNING), held, baseline, lambda: dirty) == taken
