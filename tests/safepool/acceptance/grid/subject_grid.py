"""Runs cells of the grid, ``FAULT/POINT``, for one operation and one start method. Python 3.8, standard library.

Points at which the pool survives share one pool, cell after cell: that it goes on is part of what is checked. The
points of a pool's beginning and end have a pool of their own. Each cell asserts what the issue lists:
1. every call returns or raises (the observer's deadline); 2. only the task in hand fails; 3. the error is right;
4. the pool is at full size again and ends cleanly; 5. nothing is left.
"""

import argparse
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.abspath(__file__).rpartition("/tests/")[0])

from tests.safepool.acceptance import subject_protocol
from tests.safepool.acceptance.grid import subject_faults as faults
from tests.safepool.acceptance.grid.subject_pools import CHUNK, OPERATIONS, WORKERS, Face, Resources, settle

TASKS = 9
VICTIM = 4  # in the middle of the second chunk
SHARED_POINTS = (
    "unpickle-function",
    "unpickle-arguments",
    "running",
    "pickle-result",
    "send-result",
    "send-argument",
    "between",
    "idle",
)
OWN_POINTS = ("initializer", "unpickle-initializer", "close", "with-exit")
KILLS_ONLY = ("send-result", "send-argument", "between", "idle")  # nothing of Python's runs there that could raise
STAGES = {  # what `WorkerDied.stage` says, as a regular expression
    "unpickle-function": "unpickl",
    "unpickle-arguments": "unpickl",
    "running": "run",
    "pickle-result": "pickl",
    "send-result": "send",
    "send-argument": "receiv|read|unpickl|assign|run",  # see at_send_argument
    "between": ".",
    "close": "run",
    "with-exit": "run",
}


def cells():
    """All (fault, point) pairs that exist."""
    for point in SHARED_POINTS + OWN_POINTS:
        for fault in faults.ALL:
            if point in KILLS_ONLY and fault not in faults.KILLS:
                continue
            if point == "pickle-result" and fault == "ununpicklable-exception":
                pass  # pickling raises an exception that does not unpickle: still one task's error
            yield fault, point


class Cell:
    """One cell: a directory, the specs of its tasks, and the checks."""

    def __init__(self, fault, point, options):
        self.fault, self.point, self.options = fault, point, options
        self.folder = tempfile.mkdtemp(prefix="cell-")
        self.log = os.path.join(self.folder, "log")
        # To be killed for its memory takes a while: the message must last longer.
        self.size = max(options.size, 400 * faults.MEGABYTE) if fault == "oom" else options.size

    def path(self, name):
        return os.path.join(self.folder, name)

    def spec(self, number, **more):
        return dict(number=number, log=self.log, **more)

    def away(self, i, name, **more):
        """The spec of a helper's task: its numbers and log are not the cell's own."""
        return dict(self.spec(1000 + i, **more), log=self.path(name + ".log"))

    def specs(self, **victim):
        return [self.spec(number, **(victim if number == VICTIM else {})) for number in range(TASKS)]

    def ran(self):
        """How often each task really ran."""
        counts = dict.fromkeys(range(TASKS), 0)
        if os.path.exists(self.log):
            with open(self.log) as file:
                for line in file:
                    counts[int(line)] = counts.get(int(line), 0) + 1
        return counts

    def meeting(self, name, face):
        """Specs of tasks of which each needs a worker of its own at the same time."""
        room = self.path(name)
        os.mkdir(room)
        return [self.away(i, name, action="meet", room=room, parties=face.workers) for i in range(face.workers)]

    def check_full_size(self, face):
        """As many tasks as the pool has workers meet: each in a worker of its own."""
        specs = self.meeting(f"meeting-{time.monotonic_ns()}", face)
        if face.is_pool:  # not by map: a chunk would bring them all to one worker
            starts = [face.pool.apply_async(faults.work, (spec,)) for spec in specs]
            pids = [start.get() for start in starts]
        else:
            pids = [start.result() for start in [face.pool.submit(faults.work, spec) for spec in specs]]
        assert len(set(pids)) == face.workers, f"{face.workers} tasks ran in the workers {pids}"

    # What must have become of the tasks

    def check_outcomes(self, outcomes, may_fail, must_fail, ran_victim):
        """`may_fail`: numbers that may have an error; `must_fail`: how many of them (minimum, maximum).

        `ran_victim`: how often one that failed may have run, as a set.
        """
        assert len(outcomes) == TASKS, f"{TASKS} tasks, {len(outcomes)} outcomes: {outcomes}"
        ran = self.ran()
        failed = [number for number, (_, error) in enumerate(outcomes) if error is not None]
        shown = {number: describe(outcomes[number][1]) for number in failed}
        innocent = [number for number in failed if number not in may_fail]
        assert not innocent, f"innocent tasks failed: {shown}"
        assert must_fail[0] <= len(failed) <= must_fail[1], f"{must_fail} tasks should fail, but: {shown}"
        for number, (value, error) in enumerate(outcomes):
            if error is None:
                expected = number * 10
                if isinstance(value, bytes):
                    value, expected = len(value), self.size
                assert value == expected, f"task {number} returned {value!r}"
                assert ran[number] == 1, f"task {number} ran {ran[number]} times"
            else:
                assert ran[number] in ran_victim, f"failed task {number} ran {ran[number]} times: {shown}"
        return failed

    def check_error(self, number, error):
        """The error is right about the task, the stage and the exit status."""
        assert error is not None, f"task {number} should have failed"
        assert not isinstance(error, SystemExit), "a SystemExit came through"
        text = describe(error)
        if self.options.target != "safepool":
            return
        import safepool

        if self.fault in faults.KILLS:
            exitcode = faults.KILLS[self.fault][1]
            assert isinstance(error, safepool.WorkerDied), text
            assert error.exitcode == exitcode, f"exitcode {error.exitcode}, not {exitcode}: {text}"
            assert isinstance(error.pid, int) and error.pid != os.getpid(), text
            if exitcode < 0:
                wanted = signal.Signals(-exitcode)
                assert error.signal in (wanted, wanted.name), f"signal {error.signal!r}: {text}"
                assert wanted.name in str(error), text
            else:
                assert error.signal is None, f"signal {error.signal!r}: {text}"
            assert re.search(STAGES[self.point], str(error.stage).lower()), f"stage {error.stage!r}: {text}"
            assert str(error.pid) in str(error), text
            assert "work" in str(error) or self.point == "unpickle-function", f"does not name the task: {text}"
            if self.fault == "oom":
                assert re.search("OOM|out of memory", str(error)), f"does not say OOM: {text}"
        else:
            assert not isinstance(error, safepool.WorkerDied), text
            told = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            # No `except Exception` of the caller may be passed by what a task raised.
            assert isinstance(error, Exception), text
            if self.fault.startswith("sys-exit"):
                assert "SystemExit" in told, told
            if self.fault in faults.RAISES and self.point == "running":
                assert "subject_faults" in told, f"without the worker's traceback: {told}"
            if self.fault == "base-exception":
                assert "told-you-so" in told, told

    # The points

    def run_shared(self, face):
        settled = Resources()
        deaths = len(face.deaths)
        getattr(self, "at_" + self.point.replace("-", "_"))(face)
        if self.fault in faults.KILLS and face.target == "safepool":
            assert face.wait_for_deaths(deaths + 1), "on_death was not called"
            self.check_full_size(face)
            assert len(face.deaths) == deaths + 1, f"one fault, but deaths: {face.deaths[deaths:]}"
        else:
            self.check_full_size(face)
        settle(settled, f"{self.fault} at {self.point}", arenas=2 * (2 * face.workers + 2))

    def one_fails(self, face, specs, ran_victim=(1,), function=faults.work):
        outcomes = face.run(function, specs)
        self.check_outcomes(outcomes, {VICTIM}, (1, 1), set(ran_victim))
        self.check_error(VICTIM, outcomes[VICTIM][1])

    def at_running(self, face):
        if self.fault == "recursion-error":
            self.one_fails(face, self.specs(action="nested-result"))
        else:
            self.one_fails(face, self.specs(action="fire", fault=self.fault))

    def at_pickle_result(self, face):
        self.one_fails(face, self.specs(action="pickle-result", fault=self.fault))

    def at_unpickle_arguments(self, face):
        self.one_fails(face, self.specs(bomb=faults.FiresWhenUnpickled(self.fault)), ran_victim=(0,))

    def at_unpickle_function(self, face):
        """The function of a map is one for all items: the bomb goes off once, and at most one chunk may be concerned."""
        bomb = faults.FiresWhenUnpickled(self.fault, self.path("token"), faults.work)
        function = CallableBomb(bomb)
        outcomes = face.run(function, self.specs())
        most = 1 if self.fault in faults.KILLS or face.operation in ("apply_async", "submit") else CHUNK
        failed = self.check_outcomes(outcomes, set(range(TASKS)), (1, most), {0})
        self.check_error(failed[0], outcomes[failed[0]][1])

    def at_send_result(self, face):
        self.one_fails(face, self.specs(action="send-result", fault=self.fault, parent=os.getpid(), size=self.size))

    def at_send_argument(self, face):
        """The task had not started: another worker may run it, or it fails; never both."""
        room = self.path("armed")
        os.mkdir(room)
        arm = [
            self.away(
                i,
                "arm",
                action="arm-reader",
                fault=self.fault,
                room=room,
                parties=face.workers,
                token=self.path("token"),
            )
            for i in range(face.workers)
        ]
        if face.is_pool:
            [result.get() for result in [face.pool.apply_async(faults.work, (spec,)) for spec in arm]]
        else:
            [future.result() for future in [face.pool.submit(faults.work, spec) for spec in arm]]
        outcomes = face.run(faults.work, self.specs(ballast=bytes(self.size)))
        first = VICTIM - VICTIM % CHUNK
        chunk = set(range(first, first + CHUNK)) if face.operation in ("map", "imap") else {VICTIM}
        # The shot comes from a thread of the worker. On a machine with more to do than it can, the argument may have
        # arrived by then and the task begun: then the error has to say so, and the task has run once.
        failed = self.check_outcomes(outcomes, chunk, (0, 1), {0, 1})
        assert os.path.exists(self.path("token")), "no worker died in the middle of the argument"
        if failed:
            error = outcomes[failed[0]][1]
            self.check_error(failed[0], error)
            begun = getattr(error, "stage", None) == "running"
            assert self.ran()[failed[0]] == int(begun), f"ran {self.ran()[failed[0]]} times, and: {describe(error)}"

    def at_between(self, face):
        """The worker dies while it drops the arguments of a task that is done: at most that one may be lost."""
        outcomes = face.run(faults.work, self.specs(bomb=faults.FiresWhenFreed(self.fault)))
        failed = self.check_outcomes(outcomes, {VICTIM}, (0, 1), {1})
        if failed:
            self.check_error(failed[0], outcomes[failed[0]][1])

    def at_idle(self, face):
        """A worker that holds no task dies: no task fails."""
        outcomes = face.run(faults.work, self.specs(action="arm", fault=self.fault, go=self.path("go")))
        self.check_outcomes(outcomes, set(), (0, 0), set())
        count = len(face.deaths)
        open(self.path("go"), "w").close()
        if face.target == "safepool":
            assert face.wait_for_deaths(count + 1), "an idle worker died, and on_death was not called"
        else:
            time.sleep(0.5)
        outcomes = face.run(faults.work, [dict(spec, log=self.path("second.log")) for spec in self.specs()])
        assert [value for value, _ in outcomes] == [number * 10 for number in range(TASKS)], outcomes

    # The points with a pool of their own

    def run_own(self):
        before = Resources()
        if self.point in ("close", "with-exit"):
            self.while_ending()
        else:
            self.while_starting()
        settle(before, f"{self.fault} at {self.point}")

    def make(self, **extras):
        options = self.options
        return Face(options.target, options.operation, options.start_method, **extras)

    def while_starting(self):
        if self.point == "initializer":
            initializer, arguments = faults.failing_initializer, (self.fault, self.log)
        else:
            if self.options.start_method == "fork":
                raise subject_protocol.Skipped("with fork an initializer is inherited, not pickled")
            initializer, arguments = print, (faults.FiresWhenUnpickled(self.fault),)
        import safepool

        try:
            face = self.make(initializer=initializer, initargs=arguments)
            errors = [error for _, error in face.run(faults.work, self.specs())]
            if face.operation == "imap":  # its iterator ends with the pool
                errors = [error for error in errors if not isinstance(error, StopIteration)] or errors
            face.finish()
        except safepool.PoolBroken as error:
            errors = [error]
        for error in errors:
            assert isinstance(error, safepool.PoolBroken), describe(error)
            text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            if self.fault == "base-exception":
                assert "told-you-so" in text and "subject_faults" in text, (
                    f"without the initializer's traceback: {text}"
                )
        if self.point == "initializer":
            with open(self.log) as file:
                starts = len(file.readlines())
            assert starts <= 10 * WORKERS, f"a respawn storm: {starts} starts"

    def while_ending(self):
        """A worker dies while the pool is on its way out: in the orderly end the other tasks have their results."""
        face = self.make()
        specs = self.specs(action="fire", fault=self.fault, delay=0.05)
        orderly = self.point == "close" or not face.is_pool
        if self.point == "close":
            collect = face.start(faults.work, specs)
            face.finish()
        else:
            with face.pool:
                collect = face.start(faults.work, specs)
        if not orderly:  # Pool's `with` terminates: each task has its result or an error, and nobody waits
            outcomes = collect() if face.operation != "map" else list(collect_map(collect))
            assert outcomes
            if face.is_pool:
                face.pool.join()
            return
        outcomes = collect()
        if self.fault in ("unpicklable-exception", "ununpicklable-exception", "recursion-error"):
            self.check_outcomes(outcomes, {VICTIM}, (1, 1), {1})
        else:
            self.check_outcomes(outcomes, {VICTIM}, (1, 1), {1})
            self.check_error(VICTIM, outcomes[VICTIM][1])


def collect_map(collect):
    """The outcomes of a map that was terminated: the call itself may raise."""
    try:
        yield from collect()
    except Exception as error:
        yield None, error


class CallableBomb:
    """Pickles as the bomb, so that the worker unpickles a plain function, or dies of it."""

    def __init__(self, bomb):
        self.bomb = bomb

    def __call__(self, spec):
        raise AssertionError("this object is for pickling only")

    def __reduce__(self):
        return self.bomb.__reduce__()


def describe(error):
    return f"{type(error).__name__}: {error}"


def read(*path):
    with open(os.path.join(*path)) as file:
        return file.read()


class Cgroup:
    """A memory cgroup with a small limit (v1 or v2), for real out-of-memory kills; `path` is None where none can be made."""

    def __init__(self):
        self.path = None
        with open("/proc/mounts") as file:
            mounts = file.read().splitlines()
        for line in mounts:
            _, mount, kind, flags = line.split()[:4]
            name = f"safepool-grid-{os.getpid()}"
            try:
                if kind == "cgroup" and "memory" in flags.split(","):
                    path, limits = os.path.join(mount, name), ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes")
                elif kind == "cgroup2" and "memory" in read(mount, "cgroup.subtree_control"):
                    path, limits = os.path.join(mount, name), ("memory.max",)
                else:
                    continue
                os.mkdir(path)
            except OSError:
                continue
            self.path = path
            try:
                for limit in limits:
                    if os.path.exists(os.path.join(path, limit)):
                        with open(os.path.join(path, limit), "w") as file:
                            file.write(str(faults.OOM_LIMIT))
                return
            except OSError:
                self.remove()

    def remove(self):
        """Remove it; the kernel may need a moment after the last process of it has died."""
        for _ in range(200):
            if self.path is None:
                return
            try:
                os.rmdir(self.path)
                self.path = None
            except OSError:
                time.sleep(0.01)


class Program:
    """State of one run over many cells: the shared pool and the options."""

    def setup(self, options):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        self.options = options
        # A first pool makes what the standard library keeps for the life of the program (forkserver, resource tracker).
        face = Face(options.target, options.operation, options.start_method)
        face.run(faults.work, Cell("none", "warm-up", options).specs())
        face.finish()
        self.face = None
        self.base = Resources()
        self.cgroup = None

    def run_item(self, item):
        fault, point = item.split("/")
        cell = Cell(fault, point, self.options)
        try:
            if fault == "oom":
                self.cgroup = Cgroup()
                if self.cgroup.path is None:
                    raise subject_protocol.Skipped("no memory cgroup can be made here")
                os.environ["GRID_CGROUP"] = self.cgroup.path
                self.end_face()  # workers get the environment at their start
            if point in SHARED_POINTS:
                if self.face is None:
                    self.face = cell.make()
                    self.face.run(faults.work, Cell("none", "warm-up", self.options).specs())
                    self.warm_up(cell)
                cell.run_shared(self.face)
            else:
                cell.run_own()
        except subject_protocol.Skipped:
            raise
        except BaseException:
            face, self.face = self.face, None
            if face is not None:
                try:
                    face.abandon()
                except Exception:
                    traceback.print_exc()
            raise
        finally:
            if self.cgroup is not None:
                self.end_face()
                self.cgroup.remove()
                self.cgroup = None
            shutil.rmtree(cell.folder, ignore_errors=True)

    def warm_up(self, cell):
        """Bring the shared pool to what it is like in the middle of its life: a death makes its callback thread."""
        cell.check_full_size(self.face)
        if self.options.target == "safepool":
            away = [dict(spec, log=cell.path("warm-up.log")) for spec in cell.specs(action="fire", fault="os-exit-1")]
            self.face.run(faults.work, away)
            self.face.wait_for_deaths(1)
            cell.check_full_size(self.face)

    def end_face(self):
        if self.face is not None:
            face, self.face = self.face, None
            face.finish()

    def finish(self):
        """The shared pool ends in order, and nothing is left of any."""
        for entry in os.listdir(tempfile.gettempdir()):
            if entry.startswith("cell-"):
                shutil.rmtree(os.path.join(tempfile.gettempdir(), entry), ignore_errors=True)
        self.end_face()
        settle(self.base, "the pools of this run")
        assert self.options.target != "safepool" or "multiprocessing.synchronize" not in sys.modules, "a shared lock"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--operation", choices=OPERATIONS, required=True)
    parser.add_argument("--start-method", choices=["fork", "spawn", "forkserver"], required=True)
    parser.add_argument("--target", choices=["safepool", "standard"], default="safepool")
    parser.add_argument(
        "--size", type=int, default=200 * faults.MEGABYTE, help="bytes of the large result and argument"
    )
    program = Program()
    subject_protocol.main(program.run_item, parser, program.setup, program.finish)
