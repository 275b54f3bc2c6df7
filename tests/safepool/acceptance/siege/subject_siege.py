"""A campaign: rounds of load on new pools under one kind of attack; then the accounts are checked. Python 3.8, standard library.

What must hold: each call returns within its deadline with its value or a documented error. A task appends one line to a file, so
that what is lost, doubled or misattributed is seen. When the attack is over, within ten seconds every call is answered, and the
pool works or says that it is broken. At the end nothing is left, and the program ends.

The heart is a page shared with the observer: no attack on system calls or limits can keep the campaign from saying where it is.
All decisions come from the seed, though not the timing.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import errno
import faulthandler
import gc
import importlib
import json
import mmap
import multiprocessing
import os
import random
import resource
import signal
import struct
import sys
import time
import traceback
from multiprocessing import resource_tracker

import safepool

RECOVERY = 10.0  # seconds after the attack, in which every call must be answered
SIZES = (1, 2, 3)
ENDED = (
    RuntimeError,
    ValueError,
    StopIteration,
    concurrent.futures.CancelledError,
)  # what an ended pool refuses and cancels with
DEATHS = (safepool.WorkerDied, safepool.PoolBroken, safepool.TaskTimeout)
HEART = struct.Struct("QQQ")  # beats, attacks, calls; then the name of the call


class Heart:
    def __init__(self, path):
        with open(path, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 4096)
        self.beats = self.attacks = self.calls = 0

    def beat(self, text):
        self.beats += 1
        data = text.encode()[:200]
        self.page[HEART.size : HEART.size + 201] = data.ljust(201, b"\0")
        HEART.pack_into(self.page, 0, self.beats, self.attacks, self.calls)


class Attack:
    """What an attack may do. ``errors``: what a call may be answered with beside its value while nobody has ended the pool."""

    errors = ()
    raised = ()
    unclosed = 0  # descriptors that it has left open itself

    def __init__(self, siege):
        self.siege = siege
        self.random = random.Random(siege.random.random())
        self.pool = None

    def hit(self):
        self.siege.heart.attacks += 1

    def begin(self, pool):
        """The attack on this pool begins; ``pool`` is None while one is made."""

    def end(self):
        """The attack is over when this returns."""

    def around(self, name, call):
        """Every call of a pool goes through here while the attack lasts."""
        return call()

    def operation(self):
        """Between two calls, in the main thread."""


def task(log, number, seconds, ballast):
    """Note the number, by one write; then work, and give it back."""
    fd = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        line = b"\n%d %d." % (number, os.getpid())  # what a limit cuts off has no end, and spoils no other line
        if os.write(fd, line) != len(line):
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    finally:
        os.close(fd)
    if seconds:
        time.sleep(seconds)
    return number, ballast


def packed(arguments):
    return task(*arguments)


def noted(log):
    """How many times each task has noted its number."""
    ran = collections.Counter()
    with contextlib.suppress(FileNotFoundError), open(log) as file:
        ran.update(int(line.split()[0]) for line in file if line.rstrip("\n").endswith("."))
    return ran


class Siege:
    def __init__(self, options):
        self.random = random.Random(options.seed)
        self.options = options
        self.heart = Heart(options.heart)
        self.log = os.path.abspath("log")
        self.pid = os.getpid()
        self.context = multiprocessing.get_context(options.start_method)
        self.numbers = 0
        self.answers = {}
        self.ended = False  # has anybody ended the pool of this round?
        self.asked = []  # (number, get(timeout)) of this round
        self.futures = []  # the same of an executor
        self.findings = 0
        self.rounds = 0
        # Imported lazily; a handler that comes in the middle of that finds half a module, as in any import.
        _ = safepool.Pool, safepool.ProcessPoolExecutor
        self.attack = importlib.import_module("tests.safepool.acceptance.siege.subject_" + options.attack).Attack(self)

    # ---- what is said

    def say(self, event, **facts):
        line = json.dumps({"event": event, "round": self.rounds, **facts}) + "\n"
        fd = os.open("events.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(fd, line.encode())
        os.close(fd)

    def finding(self, kind, what, error=None, stacks=False):
        self.findings += 1
        if error is not None:
            what += ": " + "".join(traceback.format_exception(type(error), error, error.__traceback__))[-700:]
        self.say("finding", kind=kind, what=what)
        if stacks:
            print("finding:", kind, what, flush=True)
            faulthandler.dump_traceback(all_threads=True)

    # ---- calls

    def call(self, name, call, attacked=True, refused=False):
        """(value, error). An error that is none of those that are documented is a finding."""
        self.heart.calls += 1
        self.heart.beat(name)
        box = []
        try:
            if attacked:
                self.attack.around(name, lambda: box.append(call()))
            else:
                box.append(call())
        except BaseException as error:
            if box:
                return box[0], None
            if isinstance(error, SystemExit) and os.getpid() != self.pid:
                raise  # a fork leaves
            if not (
                isinstance(error, self.attack.errors)
                or isinstance(error.__context__, self.attack.raised)  # it hit the library in its own clean-up
                or ((self.ended or refused) and isinstance(error, (*ENDED, *DEATHS)))
                or isinstance(error, (concurrent.futures.TimeoutError, multiprocessing.TimeoutError))
            ):
                self.finding("undocumented", f"{name} raised", error)
            return None, error
        return box[0], None

    def spec(self):
        number, self.numbers = self.numbers, self.numbers + 1
        seconds = self.random.choice((0, 0, 0, 0, 0.001, 0.02))
        return self.log, number, seconds, bytes(int(self.random.random() ** 8 * 300_000))

    def ask(self, name, specs, call, getters):
        """One call for several tasks; ``getters(handle)`` is a list of a ``get(timeout)`` for each."""
        handle, error = self.call(name, call)
        if error is None:
            self.asked += [(spec[1], get) for spec, get in zip(specs, getters(handle))]

    def operation(self, pool):
        """One random call."""
        draw = self.random.random()
        count = self.random.choice((1, 2, 5, 30))
        specs = [self.spec() for _ in range(count)]
        executor = isinstance(pool, safepool.ProcessPoolExecutor)
        if draw < 0.4:
            for spec in specs:
                if executor:
                    self.ask("submit", [spec], lambda s=spec: pool.submit(packed, s), self.future)
                else:
                    self.ask("apply_async", [spec], lambda s=spec: pool.apply_async(packed, (s,)), lambda r: [r.get])
        elif draw < 0.6:
            chunk = self.random.choice((1, 4))
            if executor:
                self.ask(
                    "map",
                    specs,
                    lambda: pool.map(packed, specs, chunksize=chunk, return_exceptions=True),
                    lambda it: one_by_one(it, count),
                )
            else:
                call = lambda: pool.map_async(packed, specs, chunk, return_exceptions=True)  # noqa: E731
                self.ask("map_async", specs, call, lambda r: [item_of(r, i) for i in range(count)])
        elif draw < 0.7 and not executor:
            self.ask("imap", specs, lambda: pool.imap(packed, specs, 2), lambda it: [in_order(it.next)] * count)
        elif draw < 0.9 and self.asked:
            number, get = self.random.choice(self.asked[-40:])
            if number is not None and not getattr(get, "in_order", False):
                self.answer(number, get, self.random.choice((0.001, 0.1, 1.0)), attacked=True)
        elif draw < 0.93 and self.futures:
            self.look_at_several(self.random.sample(self.futures[-30:], min(len(self.futures), count)))
        elif draw < 0.95:
            self.call("workers", lambda: (pool.workers, pool.deaths, repr(pool)))
        else:
            time.sleep(self.random.random() * 0.01)

    def future(self, future):
        self.futures.append(future)
        return [future.result]

    def look_at_several(self, futures):
        """As ``concurrent.futures`` does it, which knows our futures from inside."""
        timeout = self.random.choice((0, 0.001, 0.05))
        if self.random.random() < 0.3:
            self.call("as_completed", lambda: list(concurrent.futures.as_completed(futures, timeout)))
            return
        when = self.random.choice((concurrent.futures.FIRST_COMPLETED, concurrent.futures.ALL_COMPLETED))
        found, error = self.call("wait", lambda: concurrent.futures.wait(futures, timeout, when))
        if error is None and {*found.done, *found.not_done} != set(futures):
            self.finding("wrong", f"wait() of {len(futures)} futures says {found!r:.300}")

    def answer(self, number, get, timeout, attacked=False):
        """Ask for one answer; True if it has come. What it says is kept."""
        value, error = self.call("answer", lambda: get(timeout), attacked, refused=self.ended)
        late = isinstance(error, (concurrent.futures.TimeoutError, multiprocessing.TimeoutError))
        if late and not isinstance(error, safepool.TaskTimeout):
            return False
        if error is None:
            if isinstance(value, BaseException):
                error, value = value, None
            elif not isinstance(value, tuple) or value[0] != number:
                self.finding("wrong", f"task {number} is answered by {value!r:.100}")
        if value is not None or number not in self.answers:
            self.answers[number] = (value[0], None) if isinstance(value, tuple) else (None, type(error).__name__)
        return True

    # ---- rounds

    def make(self):
        size = self.random.choice(SIZES)
        if self.random.random() < 0.5:
            return safepool.Pool(size, context=self.context, maxtasksperchild=self.random.choice((None, None, 20)))
        return safepool.ProcessPoolExecutor(size, mp_context=self.context)

    def round(self):
        self.rounds += 1
        self.asked, self.futures, self.ended = [], [], False
        attacked_birth = self.random.random() < 0.4
        if attacked_birth:
            self.attack.begin(None)
        pool, _ = self.call("make", self.make, attacked=attacked_birth)
        if attacked_birth:
            self.attack.end()
        if pool is None:
            return
        self.attack.pool = pool
        self.attack.begin(pool)
        until = time.monotonic() + self.random.uniform(0.1, 0.7)
        while time.monotonic() < until and len(self.asked) < 500:
            with contextlib.suppress(*self.attack.errors):  # outside of a call, it hit the campaign itself
                self.operation(pool)
                self.attack.operation()
        if self.random.random() < 0.3:
            self.finish(pool, attacked=True)
        self.attack.end()
        self.attack.pool = None
        found = self.findings
        self.recover(pool)
        if self.findings == found:
            self.finish(pool, attacked=False)

    def recover(self, pool):
        """Every call is answered, and the pool works, or is broken, or was ended."""
        end = time.monotonic() + RECOVERY
        asked, self.asked = self.asked, []
        for number, get in asked:
            if not self.answer(number, get, max(0.05, end - time.monotonic())):
                state = "ended" if self.ended else "open"
                self.finding("unanswered", f"task {number}, pool {state}: {pool!r} {pool.workers!r:.300}", stacks=True)
                return
        spec = self.spec()
        if isinstance(pool, safepool.Pool):
            call = lambda: pool.apply_async(packed, (spec,)).get(max(1.0, end - time.monotonic()))  # noqa: E731
        else:
            call = lambda: pool.submit(packed, spec).result(max(1.0, end - time.monotonic()))  # noqa: E731
        _, error = self.call("works?", call, attacked=False, refused=self.ended)
        if isinstance(error, concurrent.futures.TimeoutError) or type(error) is multiprocessing.TimeoutError:
            self.finding("unusable", f"a new task is not answered: {pool!r} {pool.workers!r:.300}", stacks=True)

    def finish(self, pool, attacked):
        self.ended = True
        if isinstance(pool, safepool.Pool):
            end = self.random.choice(("close", "terminate", "with"))
            if end == "with":
                self.call("__exit__", lambda: pool.__exit__(None, None, None), attacked)
            else:
                self.call(end, getattr(pool, end), attacked)
            if not attacked:
                self.call("terminate", pool.terminate, attacked)
                self.call("join", pool.join, attacked)
        else:
            cancel = self.random.random() < 0.5
            self.call("shutdown", lambda: pool.shutdown(wait=not attacked, cancel_futures=cancel), attacked)
            if not attacked:
                self.call("shutdown", pool.shutdown, attacked)

    def accounts(self):
        """What the pools said against what the tasks noted."""
        ran = noted(self.log)
        doubled = [number for number, times in ran.items() if times > 1]
        if doubled:
            self.finding("doubled", f"{len(doubled)} tasks ran more than once: {doubled[:10]}")
        never = [number for number, (value, _) in self.answers.items() if value is not None and number not in ran]
        if never:
            self.finding("wrong", f"{len(never)} results of tasks that did not run: {never[:10]}")


def one_by_one(iterator, count):
    """An iterator of an executor's ``map`` has no timeout: the observer's deadline has to do. An error that is raised ends it."""
    return [in_order(lambda timeout: next(iterator), any_error=True)] * count


def in_order(following, any_error=False):
    """The next answer of an iterator. Once it has said that the pool is broken (or raised at all), it owes no more."""
    said = []

    def get(timeout):
        try:
            return following(timeout)
        except StopIteration:
            if said:
                raise said[0] from None
            raise
        except BaseException as error:
            if any_error or isinstance(error, safepool.PoolBroken):
                said.append(error)
            raise

    get.in_order = True
    return get


def item_of(result, i):
    def get(timeout):
        return result.get(timeout)[i]

    return get


def links():
    """What the descriptors of this process are."""
    found = []
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found.append(os.readlink("/proc/self/fd/" + fd))
    return sorted(found)


def holdings():
    """Descriptors and children now."""
    descriptors = 0
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            descriptors += not os.readlink("/proc/self/fd/" + fd).startswith("/proc/")
    children = set()
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError, ValueError), open(f"/proc/{int(entry)}/stat") as file:
            if int(file.read().rpartition(")")[2].split()[1]) == os.getpid():
                children.add(int(entry))
    # A write to the tracker that fails makes multiprocessing replace it: whichever it is, it is not of a pool.
    children.discard(resource_tracker._resource_tracker._pid)
    return descriptors, children


def described(pid):
    """A process in words: its pid, state, age in seconds and command."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        with open(f"/proc/{pid}/cmdline") as file:
            command = file.read().replace("\0", " ")[:80]
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return f"{pid} {fields[0]} {age:.1f}s {command}"
    return str(pid)


def main():
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    parser = argparse.ArgumentParser()
    parser.add_argument("--attack", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--start-method", required=True)
    parser.add_argument("--heart", required=True)
    siege = Siege(parser.parse_args())
    siege.say("begin", pid=os.getpid())
    with safepool.Pool(1, context=siege.context) as pool:  # what the first pool of a program makes once
        pool.map(len, [()])
    gc.collect()
    descriptors, children = holdings()
    end = time.monotonic() + siege.options.seconds
    while time.monotonic() < end:
        siege.round()
    siege.heart.beat("accounts")
    siege.accounts()
    if not siege.findings:
        late = time.monotonic() + 5
        while True:
            gc.collect()
            now = holdings()
            if now[0] <= descriptors + siege.attack.unclosed and now[1] <= children:
                break
            if time.monotonic() > late:
                new = [described(pid) for pid in sorted(now[1] - children)]
                siege.finding("left", f"descriptors {descriptors} -> {now[0]}, children {new}; {links()}")
                break
            time.sleep(0.02)
    siege.say("end", rounds=siege.rounds, findings=siege.findings, tasks=siege.numbers)
    siege.heart.beat("the program's end")
    if siege.findings:
        sys.stdout.flush()
        os._exit(1)  # pools that are stuck would keep it


if __name__ == "__main__":
    main()
