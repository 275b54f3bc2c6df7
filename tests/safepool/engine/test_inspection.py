"""What is due: each worker when it asks for that, everything once a second, and nothing that was put off is forgotten."""

from __future__ import annotations

import signal

import pytest

from safepool.core import states
from safepool.engine import templates, watch, workers
from safepool.engine.inspection import HEARTBEAT
from safepool.interfaces.limits import Limits
from safepool.protocol import slots, words
from tests.safepool.engine.scenes import TEMPLATE, Scene


def longest_pause(moments: list[float]) -> float:
    return max(moments[i + 1] - moments[i] for i in range(len(moments) - 1))


def test_a_launch_that_was_put_off_is_done_at_the_next_tick(scene: Scene) -> None:
    """Fork fails now and then, and a worker dies in the pause between two attempts: somebody launches again, soon."""
    scene.begin()
    one, other = scene.ready()
    scene.template.fails = [BlockingIOError(11, "no process left")]
    scene.dies(one)
    scene.tells(one)
    scene.look()
    assert len(scene.core.workers) == 1
    scene.dies(other)  # in the pause
    scene.tells(other)
    scene.look()
    assert len(scene.core.workers) == 0
    scene.selector.due(scene.time + workers.LAUNCH_RETRY / 2)  # and something else is looked at in the pause
    took = scene.until(lambda: len(scene.core.workers) == 2)
    assert took <= workers.LAUNCH_RETRY + 0.01
    scene.ready()
    assert scene.core.state is states.OPEN


def test_a_launch_that_fails_again_and_again_is_tried_again_and_again(scene: Scene) -> None:
    """Every LAUNCH_RETRY seconds while a worker lives, however long that takes; without any, the pool is broken."""
    scene.begin()
    one, other = scene.ready()
    scene.template.fails = [OSError(11, "no process left") for _ in range(1000)]
    scene.dies(one)
    scene.tells(one)
    scene.passes(10 * workers.LAUNCH_PATIENCE)
    tries = 1000 - len(scene.template.fails)
    assert tries >= 0.9 * 10 * workers.LAUNCH_PATIENCE / workers.LAUNCH_RETRY
    assert scene.core.state is states.OPEN
    scene.dies(other)
    scene.tells(other)
    scene.until(lambda: scene.core.state is not states.OPEN, within=1.0)
    assert "no process left" in str(scene.shutdown.cause)


def test_a_worker_whose_status_never_comes_is_buried_soon(scene: Scene) -> None:
    """Its pidfd fires; the template is asked for the status, once, and waited for no longer than STATUS_WITHIN."""
    scene.begin()
    worker, _ = scene.ready()
    task = scene.add()
    worker = task.worker or worker
    scene.far[worker.id].notes(0, words.RUNNING)
    scene.dies(worker)
    scene.look()
    assert scene.alive(worker)
    assert scene.template.asked == [(worker.id, worker.io.pid)]
    took = scene.until(lambda: not scene.alive(worker))
    assert took <= workers.STATUS_WITHIN + 0.01
    assert len(scene.template.asked) == 1
    ((_, error),) = task.owner.told
    assert (error.cause, error.exitcode, error.pid) == ("unknown", None, scene.far[worker.id].pid)
    assert scene.deaths[0].task == "call(0)"


@pytest.mark.parametrize(
    ("state", "waits"),
    [
        *((state, workers.STATUS_WITHIN) for state in ("S", "T", None)),
        *((state, workers.STATUS_WITHIN_AT_MOST) for state in ("R", "D")),
    ],
)
def test_a_template_that_is_not_let_has_more_time(scene: Scene, state: str | None, waits: float) -> None:
    """A machine without processors or memory is where deaths happen; who is stopped, or waits for something else, is not waited
    for."""
    scene.begin()
    worker, _ = scene.ready()
    scene.template_state = (state, 0)
    scene.dies(worker)
    took = scene.until(lambda: not scene.alive(worker))
    assert waits <= took <= waits + workers.LOOK_EVERY + 0.01
    assert len(scene.template.asked) == 1


@pytest.mark.parametrize(
    ("state", "waits"),
    [("S", workers.STATUS_WITHIN_AT_MOST), ("T", workers.STATUS_WITHIN), (None, workers.STATUS_WITHIN)],
)
def test_a_template_that_launches_has_more_time(scene: Scene, state: str | None, waits: float) -> None:
    """It sleeps until a fresh interpreter has got a processor. What is stopped launches nothing, and is not waited for."""
    scene.begin()
    first, _second = scene.core.workers.values()
    scene.born(first).says(words.READY)
    scene.look()
    scene.dies(first)
    began = scene.time
    while scene.alive(first) and scene.time < began + 2 * workers.STATUS_WITHIN_AT_MOST:
        scene.template_state = (state, int(scene.time * 100))  # a launch costs it something, or it would be given up
        scene.passes(workers.LOOK_EVERY)
    assert waits <= scene.time - began <= waits + 2 * workers.LOOK_EVERY
    assert scene.template.started == 1


def test_a_worker_that_is_not_quite_dead_has_more_time(scene: Scene) -> None:
    """Its first thread is gone, the others give their memory back: until then the template has no status to tell."""
    scene.begin()
    worker, _ = scene.ready()
    scene.dies(worker)
    assert worker.io.pid is not None
    scene.dying.add(worker.io.pid)
    scene.passes(2 * workers.STATUS_WITHIN)
    assert scene.alive(worker)
    scene.dying.clear()
    assert scene.until(lambda: not scene.alive(worker)) <= workers.LOOK_EVERY + 0.01


def test_a_status_that_came_while_nobody_looked_is_told(scene: Scene) -> None:
    """The engine's thread was stopped, or had a large result to read: by when the status is late, it is there."""
    scene.begin()
    scene.ready()
    task = scene.add()
    worker = task.worker
    assert worker is not None
    scene.far[worker.id].notes(0, words.RUNNING)
    scene.dies(worker)
    scene.look()
    scene.time += 2 * workers.STATUS_WITHIN_AT_MOST
    scene.tells(worker)
    scene.look(found=[])  # it woke for something else, just before
    assert task.owner.told[0][1].signal == "SIGKILL"


def test_a_template_that_is_lost_meanwhile_is_not_heard_again(scene: Scene) -> None:
    """Worker and template die together: its loss is told once, and the worker is buried without a status."""
    scene.begin()
    worker, _ = scene.ready()
    scene.dies(worker)
    scene.look()
    assert scene.alive(worker)
    scene.template.lost = True
    scene.template.said.append(None)
    scene.time += 2 * workers.STATUS_WITHIN_AT_MOST
    scene.look(found=[])
    assert not scene.alive(worker)
    assert scene.core.state is states.OPEN and scene.template.said == [None]  # nobody has listened


def test_a_status_that_comes_late_is_told(scene: Scene) -> None:
    """By a template that got a processor at last."""
    scene.begin()
    scene.ready()
    task = scene.add()
    worker = task.worker
    assert worker is not None
    scene.far[worker.id].notes(0, words.RUNNING)
    scene.template_state = ("R", 0)
    scene.dies(worker)
    scene.passes(2 * workers.STATUS_WITHIN)
    assert scene.alive(worker)
    scene.tells(worker)
    scene.look()
    assert task.owner.told[0][1].signal == "SIGKILL"


def test_a_status_that_comes_in_time_is_told(scene: Scene) -> None:
    """By the template; the worker is buried at once then."""
    scene.begin()
    scene.ready()
    task = scene.add()
    worker = task.worker
    assert worker is not None
    scene.far[worker.id].notes(0, words.RUNNING)
    scene.dies(worker)
    scene.look()
    scene.tells(worker)
    scene.look()
    assert not scene.alive(worker)
    assert task.owner.told[0][1].signal == "SIGKILL"


def test_a_worker_without_pidfd_is_looked_at_all_the_time(scene: Scene) -> None:
    """No descriptor left, or a container that forbids it: its death is seen within LOOK_EVERY."""
    scene.pidfd_fails = [OSError(24, "no descriptor left"), PermissionError(1, "forbidden")]
    scene.begin()
    one, other = scene.ready()
    assert (one.io.pidfd, other.io.pidfd) == (None, None)
    scene.passes(3)
    scene.dies(one)
    took = scene.until(lambda: not scene.alive(one))
    assert took <= workers.LOOK_EVERY + workers.STATUS_WITHIN + 0.01
    assert scene.alive(other)


def test_a_death_that_the_kernel_did_not_tell_is_seen_within_a_heartbeat(scene: Scene) -> None:
    """The program has closed the pidfd, or registered it nowhere: we look ourselves."""
    scene.begin()
    one, _ = scene.ready()
    scene.selector.remove(one.io.pidfd)
    scene.passes(3)
    scene.dies(one)
    took = scene.until(lambda: not scene.alive(one))
    assert took <= HEARTBEAT + workers.STATUS_WITHIN + 0.01


def test_a_kill_is_repeated_until_the_worker_is_buried(scene: Scene) -> None:
    """Every KILL_AGAIN seconds: one may be lost, or the process be stopped on its way out."""
    scene.begin()
    worker, _ = scene.ready()
    scene.workers.kill(worker, workers.Killed("protocol"))
    scene.passes(10)
    kills = scene.kills(worker)
    assert len(kills) >= 10, kills
    assert longest_pause(kills) <= HEARTBEAT + 0.01
    scene.dies(worker)
    scene.tells(worker)
    scene.look()
    assert not scene.alive(worker)
    count = len(scene.kills(worker))
    scene.passes(3)
    assert len(scene.kills(worker)) == count


def test_a_kill_is_repeated_as_often_as_is_said(scene: Scene) -> None:
    """Every KILL_AGAIN seconds, not every second, though the clock goes on while we look."""
    scene.begin()
    worker, _ = scene.ready()
    scene.workers.kill(worker, workers.Killed("protocol"))
    scene.passes(10)
    kills = scene.kills(worker)
    assert longest_pause(kills) <= workers.KILL_AGAIN + 0.01


def test_a_kill_before_the_worker_is_known_is_made_up_for(scene: Scene) -> None:
    """Its pid is learnt later, and then it gets the signal."""
    scene.begin()
    worker = next(iter(scene.core.workers.values()))
    scene.workers.kill(worker, workers.Killed("protocol"))
    assert scene.signals == []
    scene.born(worker, say=False)
    took = scene.until(lambda: scene.kills(worker))
    assert took <= workers.LOOK_EVERY + 0.01


def test_a_stopped_template_is_given_up(scene: Scene) -> None:
    """In state T with a launch to do: after FIRST_WORD_WITHIN, at the next heartbeat; another one launches the workers."""
    scene.begin()
    scene.template_state = ("T", 1)
    first = list(scene.core.workers.values())
    took = scene.until(lambda: scene.template.started == 2)
    assert workers.FIRST_WORD_WITHIN <= took <= workers.FIRST_WORD_WITHIN + HEARTBEAT + 0.01
    assert (TEMPLATE + 1, signal.SIGKILL) in [(pid, sig) for _, pid, sig in scene.signals]
    scene.template_state = ("S", 1)
    assert not any(scene.alive(worker) for worker in first)
    scene.ready()
    assert len(scene.core.idle) == 2


def test_a_template_that_computes_is_waited_for(scene: Scene) -> None:
    """It imports something large; only one that uses no processor for STUCK_AFTER seconds is stuck."""
    scene.begin()
    scene.parts.templates.heard = True
    end = scene.time + 20
    while scene.time < end:
        scene.template_state = ("S", int(scene.time * 100))
        scene.passes(0.5)
    assert scene.template.started == 1
    took = scene.until(lambda: scene.template.started == 2)
    assert templates.STUCK_AFTER - HEARTBEAT <= took <= templates.STUCK_AFTER + 2 * HEARTBEAT


def test_a_stopped_template_with_nothing_to_do_is_left_alone(scene: Scene) -> None:
    """It may be stopped for all we know: nobody needs it."""
    scene.begin()
    scene.ready()
    scene.template_state = ("T", 1)
    scene.passes(30)
    assert scene.template.started == 1


def test_a_worker_whose_report_is_lost_is_known_by_its_own_word(scene: Scene) -> None:
    """Its slot says who it is; READY does as well."""
    scene.begin()
    for worker in list(scene.core.workers.values()):
        scene.born(worker, say=False)
    took = scene.until(lambda: all(worker.io.known for worker in scene.core.workers.values()))
    assert took <= workers.LOOK_EVERY + 0.01
    assert scene.template.asked == []


def test_the_template_is_asked_for_a_worker_that_says_nothing(scene: Scene) -> None:
    """Once a second from FIRST_WORD_WITHIN on, unless it has said that it launched it."""
    scene.begin()
    one, other = scene.core.workers.values()
    scene.template.say(3, other.id, 0)  # LAUNCHED
    scene.until(lambda: scene.template.asked)
    scene.template_state = ("S", 2)
    scene.passes(2.5)
    assert {worker for worker, _ in scene.template.asked} == {one.id}
    assert 2 <= len(scene.template.asked) <= 5


def test_requests_that_the_template_had_no_room_for_are_sent_soon(scene: Scene) -> None:
    """Every hundredth of a second."""
    scene.begin()
    scene.ready()
    flushed: list[float] = []

    def flush() -> bool:
        flushed.append(scene.time)
        return len(flushed) > 5

    scene.template.flush = flush  # type: ignore[method-assign]
    scene.until(lambda: len(flushed) > 5, within=HEARTBEAT + 0.2)


def test_a_worker_that_does_not_stop_is_told_more_strongly(scene: Scene) -> None:
    """STOP, then SIGTERM after its time, then SIGKILL, again and again."""
    scene.begin()
    worker, _ = scene.ready()
    scene.template_state = ("R", 1)  # its successor takes its time
    scene.workers.stop(worker, 5.0)
    assert scene.far[worker.id].gets()[-1] == (words.STOP, None)
    scene.passes(4.9)
    assert scene.signals == []
    scene.passes(0.2)
    assert len(scene.kills(worker, signal.SIGTERM)) == 1
    scene.until(lambda: scene.kills(worker), within=watch.TERM_GRACE + 0.1)
    scene.passes(5)
    assert len(scene.kills(worker)) >= 5


def test_what_the_selector_did_not_report_is_read_all_the_same(scene: Scene) -> None:
    """Late is better than never: within a heartbeat or two."""
    scene.begin()
    scene.ready()
    task = scene.add()
    worker = task.worker
    assert worker is not None
    real = scene.selector.wait
    scene.selector.wait = lambda idle=True: [  # type: ignore[method-assign]
        one for one in real(idle) if one[0] != "result"
    ]
    scene.far[worker.id].notes(1, words.IDLE)
    scene.far[worker.id].says(words.RESULTS, (0, 5, [42]))
    took = scene.until(lambda: task.owner.told)
    assert took <= 2 * HEARTBEAT + 0.01
    assert task.owner.told == [(0, 42)]


def test_a_task_over_its_timeout_is_ended(scene: Scene) -> None:
    """At that moment, not at the next heartbeat; and one that was not begun is nobody's fault."""
    scene.begin()
    scene.ready()
    task = scene.add(limits=Limits(timeout=2.0))
    worker = task.worker
    assert worker is not None
    far = scene.far[worker.id]
    far.slot.words[slots.STARTED] = int(scene.time * 1e9)
    far.notes(0, words.RUNNING)
    took = scene.until(lambda: scene.kills(worker))
    assert 2.0 <= took <= 2.01
    assert worker.io.killed is not None
    assert worker.io.killed[:3] == ("timeout", 2.0, 0)


def test_a_task_over_its_memory_is_ended(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked at every MEMORY_CHECK seconds while it runs."""
    from safepool import postmortem

    scene.begin()
    scene.ready()
    task = scene.add(limits=Limits(memory_limit=5000))
    worker = task.worker
    assert worker is not None
    scene.far[worker.id].notes(0, words.RUNNING)
    scene.passes(5)
    assert scene.signals == []
    assert worker.io.baseline == 1000
    monkeypatch.setattr(postmortem, "resident", lambda pid: 7000)
    took = scene.until(lambda: scene.kills(worker))
    assert took <= watch.MEMORY_CHECK + 0.01
    assert worker.io.killed == workers.Killed("memory", 5000, 0, 7000, taken=6000)


def test_tasks_that_a_worker_never_begins_go_to_another(scene: Scene) -> None:
    """It is stopped, or never got the message: it is taken back, run elsewhere, and that worker replaced."""
    scene.begin()
    one, other = scene.ready()
    task = scene.add()
    assert task.worker is one or task.worker is other
    stopped = task.worker
    scene.until(lambda: task.worker is not stopped, within=watch.UNRESPONSIVE + 1)
    assert task.worker is not None
    assert task.state is states.ASSIGNED
    assert task.attempts == 1
    scene.until(lambda: scene.kills(stopped), within=2 * watch.UNRESPONSIVE + 1)
    assert stopped.io.killed == workers.Killed("unresponsive")


def test_threads_that_could_not_be_made_are_tried_again_at_each_heartbeat(scene: Scene) -> None:
    """Callbacks wait for them."""
    scene.begin()
    scene.ready()
    looks: list[float] = []
    scene.outcomes.look = lambda: looks.append(scene.time)  # type: ignore[method-assign]
    scene.passes(5.5)
    assert 5 <= len(looks) <= 6
