"""An engine's parts with everything real but processes, their template, and the time."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from safepool import postmortem
from safepool.core import states
from safepool.core.states import Task, Worker
from safepool.engine import burial, dispatch, fast_path, loop, pickling, selector, shutdown, workers
from safepool.engine.answers import Answers
from safepool.engine.burial import Burial
from safepool.engine.launcher import Report
from safepool.engine.loop import Loop
from safepool.engine.parts import Parts
from safepool.engine.pickling import Pickling
from safepool.engine.reports import Reports
from safepool.engine.staffing import Staffing
from safepool.engine.turns import Turns
from safepool.protocol import control, region, wire, words
from safepool.protocol.originals import System
from safepool.protocol.slots import PID, STARTTIME, STATE, Slot

TEMPLATE = 4_100_000  # pids of nobody: larger than the kernel gives them
EXIT_TIMEOUT = 10.0
SCALAR = (words.CALL, b"", 0, 0, [0])


class Owner:
    """Of tasks; remembers what it is told, as (index, entry)."""

    settle_items: Any = None
    remote_traceback = staticmethod(lambda text: text)
    waited_for_at_once = False

    def __init__(self) -> None:
        self.told: list[tuple[int, Any]] = []
        self.refilled: list[Task] = []
        self.refill_error: BaseException | None = None

    def settle_item(self, index: int, entry: Any) -> None:
        self.told.append((index, entry))

    def settle_cancelled(self, index: int, count: int) -> None:
        self.told += [(index + i, "cancelled") for i in range(count)]

    def describe_item(self, index: int) -> tuple[str | None, int | None]:
        return f"call({index})", index

    def others_left(self) -> int:
        return 0

    def refill_part(self, part: Task) -> None:
        self.refilled.append(part)
        if self.refill_error is not None:
            raise self.refill_error
        part.payload = SCALAR


class Template:
    """Instead of the process that starts workers: remembers what it is asked for, and says what it is told to say."""

    def __init__(self, scene: Scene, method: str) -> None:
        self._scene = scene
        self.method = method
        self.setup = (None, ())
        self.first_message: bytes | None = None
        self.lost = False
        self.pid: int | None = None
        self.fails: list[BaseException] = []  # the next launches, or beginnings of a template, do
        self.start_fails: list[BaseException] = []
        self.launched: list[int] = []  # the workers that were asked for
        self.slots: dict[int, int] = {}
        self.asked: list[tuple[int, int]] = []  # for whose status
        self.said: list[Report | None] = []
        self.flushes = True
        self.started = 0
        self.pipe: tuple[int, ...] = ()

    def start(self) -> None:
        if self.start_fails:
            raise self.start_fails.pop(0)
        self.started += 1
        self.pid = TEMPLATE + self.started
        self.pipe = os.pipe()
        self.lost = False

    def launch(self, worker: int, slot: int, task_fd: int, result_fd: int) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.launched.append(worker)
        self.slots[worker] = slot
        self._scene.far[worker] = Far(self._scene, slot, os.dup(task_fd), os.dup(result_fd))

    def flush(self) -> bool:
        return self.flushes

    def fileno(self) -> int:
        return self.pipe[0] if self.pipe else -1

    def ask_status(self, worker: int, pid: int) -> None:
        self.asked.append((worker, pid))

    def reports(self) -> Any:
        said, self.said = self.said, []
        if self.pipe:
            os.set_blocking(self.pipe[0], False)
            try:
                os.read(self.pipe[0], 1000)
            except BlockingIOError:
                pass
        return iter(said)

    def say(self, operation: int, worker: int = 0, a: int = 0, b: int = 0, c: int = 0, text: bytes = b"") -> None:
        """A report comes."""
        self.said.append(Report(operation, worker, a, b, c, text))
        os.write(self.pipe[1], b"x")

    def dies(self) -> None:
        self.said.append(None)
        os.write(self.pipe[1], b"x")

    def stop(self) -> int | None:
        for fd in self.pipe:
            os.close(fd)
        self.pipe = ()
        self.lost = True
        return self.pid

    def forget(self) -> None:
        pass


class Far:
    """A worker as it is on its own side: its slot, its ends of the pipes."""

    def __init__(self, scene: Scene, slot: int, task_fd: int, result_fd: int) -> None:
        self._scene = scene
        self.slot = Slot(scene.region, slot)
        self.task_fd, self.result_fd = task_fd, result_fd
        os.set_blocking(task_fd, False)
        self.pid = 0
        self._parser = wire.Parser(self.slot.tasks)

    def notes(self, seq: int, stage: int) -> None:
        self.slot.words[STATE] = seq << words.STAGE_BITS | stage

    def says(self, kind: int, envelope: Any = None) -> None:
        os.write(self.result_fd, wire.frame(kind, envelope))

    def gets(self) -> list[tuple[int, Any]]:
        """What it was sent since the last time, as (kind, envelope)."""
        return [(kind, envelope) for kind, envelope, _ in self.receives()]

    def receives(self) -> list[tuple[int, Any, list[bytes]]]:
        """The same, with the buffers."""
        found: list[Any] = []
        try:
            while True:
                target = self._parser.target()
                if target is None:
                    self._parser.feed(os.read(self.task_fd, 1 << 16), found)
                else:
                    found.append(self._parser.fed(os.readv(self.task_fd, [target])))
        except BlockingIOError:
            pass
        return [(kind, envelope, list(map(bytes, buffers))) for kind, envelope, buffers in filter(None, found)]

    def close(self) -> None:
        os.close(self.task_fd)
        os.close(self.result_fd)
        self.slot.release()


class Scene:
    """Parts, and what uses them; processes as far as the parent sees them; the time, which :meth:`until` moves on.

    Each reading of the clock takes a microsecond.
    """

    def __init__(
        self, patch: pytest.MonkeyPatch, size: int = 2, eager: bool = True, method: str = "forkserver"
    ) -> None:
        self.time = 1000.0
        self.living: dict[int, int] = {}  # pid: start time
        self.parents: dict[int, int] = {}
        self.template_state: tuple[str | None, int | None] = ("S", 1)
        self.dying: set[int] = set()  # whose last threads are not gone
        self.signals: list[tuple[float, int, int]] = []  # when, pid, which
        self.pidfds: dict[int, tuple[int, int]] = {}  # our end: (the other, pid)
        self.pidfd_fails: list[BaseException] = []
        self.far: dict[int, Far] = {}
        self.waited: dict[int, int] = {}  # statuses that are ours to reap
        self.logged: list[str] = []
        self._patch(patch)
        self.parts = Parts("scene", size, eager, None, EXIT_TIMEOUT)
        self.parts.selector.open()
        self.core = self.parts.core
        self.selector = self.parts.selector
        self.workers = self.parts.workers
        self.outcomes = self.parts.outcomes
        self.shutdown = self.parts.shutdown
        patch.setattr(self.outcomes, "log", lambda _level, text, *args, **_: self.logged.append(text % args))
        patch.setattr(self.outcomes.callbacks, "call", lambda errand: errand())
        patch.setattr(self.outcomes.pickling, "call", lambda errand: errand())
        self.turns = Turns(self.selector, self.outcomes, print)
        self.staffing = Staffing(self.parts)
        self.answers = Answers(self.parts, self.staffing)
        self.deaths: list[Any] = []
        self.burial = Burial(self.parts, self.turns, self.staffing, self.answers, self.deaths.append)
        self.pickling = Pickling(self.parts, self.turns, self.staffing)
        self.ended: list[bool] = []
        self.loop = Loop(
            self.parts, self.turns, self.staffing, self.answers, self.burial, lambda: self.ended.append(True)
        )
        self.reports = Reports(self.parts, self.staffing, self.burial)
        self.region_fd = region.create_region(self.workers.slots, [])
        self.region = region.map_region(self.region_fd)
        self.template = Template(self, method)

    def _patch(self, patch: pytest.MonkeyPatch) -> None:
        for module in (burial, dispatch, fast_path, loop, pickling, selector, shutdown, workers):
            patch.setattr(module, "now", self.now)
        patch.setattr(shutdown, "pause", self.pause)
        for name in ("is_process", "is_dying", "start_time", "parent_of", "state_of", "resident"):
            patch.setattr(postmortem, name, getattr(self, name))
        patch.setattr(System, "pidfd_open", self.pidfd_open)
        patch.setattr(System, "pidfd_send_signal", self.pidfd_send_signal)
        patch.setattr(System, "kill", self.kill)
        patch.setattr(System, "waitpid", self.waitpid)
        patch.setattr(System, "wait4", self.wait4)

    # ---- the time

    def now(self) -> float:
        self.time += 1e-6
        return self.time

    def pause(self, seconds: float) -> None:
        self.time += seconds

    def look(self, found: Any = None) -> None:
        """What the engine's thread does when it wakes."""
        events = self.selector.wait(idle=False) if found is None else found
        self.turns.mine(lambda: self.loop._work(events))

    def _sleep(self, end: float) -> None:
        """Let the engine's thread wake when it would, by ``end`` at the latest, and do what it does."""
        found = self.selector.wait(idle=False)
        if not found and not self.turns.inbox:
            self.time = max(self.time, min(self.selector.next_tick, self.time + selector.LONGEST, end))
        self.look(found)

    def until(self, condition: Callable[[], Any], within: float = 60.0) -> float:
        """Let time pass until that is so; how long it took. Fails after ``within``."""
        began = self.time
        self.look()
        while not condition():
            if self.time - began > within:
                raise AssertionError(f"not within {within} s; {self.logged}")
            self._sleep(float("inf"))
        return self.time - began

    def passes(self, seconds: float) -> None:
        """Let so much time pass."""
        end = self.time + seconds
        self.look()
        while self.time < end:
            self._sleep(end)
        self.look()

    # ---- processes

    def is_process(self, pid: int, started: int) -> bool:
        return pid in self.living and started in (0, self.living[pid])

    def is_dying(self, pid: int) -> bool:
        return pid in self.dying

    def start_time(self, pid: int) -> int:
        return self.living.get(pid, 0)

    def parent_of(self, pid: int) -> int | None:
        return self.parents.get(pid)

    def state_of(self, _pid: int) -> tuple[str | None, int | None]:
        return self.template_state

    def resident(self, pid: int) -> int | None:
        return 1000 if pid in self.living else None

    def pidfd_open(self, pid: int) -> int:
        if self.pidfd_fails:
            raise self.pidfd_fails.pop(0)
        if pid not in self.living:
            raise ProcessLookupError
        reading, writing = os.pipe()
        before, _ = self.pidfds.get(reading, (-1, 0))  # it was closed, and this one has its number
        if before >= 0:
            os.close(before)
        self.pidfds[reading] = (writing, pid)
        return reading

    def pidfd_send_signal(self, pidfd: int, sig: int) -> None:
        self.kill(self.pidfds[pidfd][1], sig)

    def kill(self, pid: int, sig: int) -> None:
        self.signals.append((self.time, pid, int(sig)))

    def waitpid(self, pid: int, _options: int) -> tuple[int, int]:
        return (pid, 0) if pid not in self.living else (0, 0)

    def wait4(self, pid: int, _options: int) -> tuple[int, int, Any]:
        if pid not in self.waited:
            raise ChildProcessError
        return pid, self.waited.pop(pid), _Usage()

    # ---- what happens

    def begin(self) -> None:
        self.staffing.begin(self.template, self.region)
        self.turns.begin()

    def born(self, worker: Worker, pid: int = 0, say: bool = True) -> Far:
        """The worker's process is there: it says who it is, in its slot, and the template says so, too."""
        far = self.far[worker.id]
        far.pid = pid = pid or TEMPLATE + 1000 + worker.id
        self.living[pid] = 500 + worker.id
        self.parents[pid] = self.template.pid or 0
        far.slot.words[STARTTIME] = self.living[pid]
        far.slot.words[PID] = pid
        if say:
            self.template.say(control.LAUNCHED, worker.id, pid)
        return far

    def ready(self) -> list[Worker]:
        """Everybody who is starting is born and ready."""
        found = [worker for worker in self.core.workers.values() if worker.state is states.STARTING]
        for worker in found:
            self.born(worker).says(words.READY)
        self.look()
        assert all(worker.state is not states.STARTING for worker in found)
        return found

    def dies(self, worker: Worker) -> None:
        """The kernel says so; the template nothing yet."""
        pid = self.far[worker.id].pid
        self.living.pop(pid, None)
        for writing, whose in self.pidfds.values():
            if whose == pid and writing >= 0:
                os.close(writing)
        self.pidfds = {fd: ((-1 if whose == pid else w), whose) for fd, (w, whose) in self.pidfds.items()}

    def tells(self, worker: Worker, status: int = signal.SIGKILL) -> None:
        """The template tells a worker's status, as waitpid gives it."""
        self.template.say(control.DIED, worker.id, self.far[worker.id].pid, int(status), 10)

    def add(self, owner: Any = None, count: int = 1, payload: Any = SCALAR, limits: Any = None) -> Task:
        """A task comes; it is dealt out."""
        task = Task(owner or Owner(), 0, count, payload, 0, limits)
        self.core.add(task)
        self.staffing.deal()
        return task

    def alive(self, worker: Worker) -> bool:
        return self.core.workers.get(worker.id) is worker

    def kills(self, worker: Worker, sig: int = signal.SIGKILL) -> list[float]:
        """When it was sent that signal."""
        return [when for when, pid, which in self.signals if pid == self.far[worker.id].pid and which == sig]

    def close(self) -> None:
        for worker in list(self.core.workers.values()):
            if worker.io is not None:
                self.workers.release(worker)
        if self.template.pipe:
            self.template.stop()
        for far in self.far.values():
            far.close()
        for writing, _ in self.pidfds.values():
            if writing >= 0:
                os.close(writing)
        self.selector.close()
        self.region.close()
        os.close(self.region_fd)


class _Usage:
    ru_maxrss = 20
