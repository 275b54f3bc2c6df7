"""A small fixed program for `strace_points`: every kind of call once. Python 3.8, standard library; by fork.

The process or thread that the observer has chosen waits at a gate when it begins to be, until strace is attached to it and to
nobody else. ``--role``: main, engine, callbacks, log (threads of the parent), template, worker-0, worker-1 ... (as the pool
numbers them).
"""

import argparse
import concurrent.futures
import contextlib
import faulthandler
import json
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time

import safepool
from safepool.protocol.slots import Slot
from safepool.worker import births
from safepool.worker.template import Template
from tests.safepool.acceptance.siege.subject_siege import packed

DEADLINE = 8.0
role = None
log = "log"
launched = None  # the number of the worker that the template launches now


def gate(name):
    if name != role or os.path.exists("ready"):
        return
    with open("ready.new", "w") as file:
        file.write(str(threading.get_native_id()))
    os.rename("ready.new", "ready")
    end = time.monotonic() + 20
    while not os.path.exists("go") and time.monotonic() < end:
        for _ in range(50):  # whoever is seen to compute nothing is taken for stuck
            os.path.exists("go")
        time.sleep(0.001)


def in_a_thread(frame, event, argument):
    """The first thing that each new thread does."""
    sys.setprofile(None)
    gate(threading.current_thread().name.rpartition("-")[2])


def put_gates():
    """Before the first step of each: of the template, and of a worker, which is to note itself in its slot."""
    run, launch, claim = births.run_forked, Template.launch_now, Slot.claim

    def run_forked(*arguments):
        threading.setprofile(None)
        gate("template")
        run(*arguments)

    def launch_now(template, birth):
        global launched
        launched = birth.number
        launch(template, birth)

    def claim_it(slot):
        gate(f"worker-{launched}")
        claim(slot)

    births.run_forked, Template.launch_now, Slot.claim = run_forked, launch_now, claim_it
    threading.setprofile(in_a_thread)


def die():
    os._exit(3)


def nap(seconds):
    time.sleep(seconds)


def say(**facts):
    if role is None:
        return  # it warms up
    line = (json.dumps(facts) + "\n").encode()
    fd = insist(os.open, "events.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    insist(os.write, fd, line)
    with contextlib.suppress(OSError):
        os.close(fd)


def insist(call, *args):
    """The faults are meant for the pool: what the program itself has to say is said once they are over."""
    end = time.monotonic() + 5
    while True:
        try:
            return call(*args)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


def answer(name, call, right=None):
    """Say what the call is answered with."""
    try:
        value = call()
    except BaseException as error:
        late = isinstance(error, concurrent.futures.TimeoutError) or type(error) is multiprocessing.TimeoutError
        if late and not isinstance(error, safepool.TaskTimeout):
            say(call=name, verdict="unanswered")
            faulthandler.dump_traceback(all_threads=True)
            os._exit(7)
        known = (safepool.WorkerDied, safepool.PoolBroken, safepool.TaskTimeout, OSError, MemoryError)
        known += (safepool.PickleFailed, safepool.UnpickleFailed, concurrent.futures.CancelledError)
        thread = isinstance(error, RuntimeError) and "start new thread" in str(error)
        verdict = "error" if isinstance(error, known) or thread else "undocumented"
        say(call=name, verdict=verdict, what=f"{type(error).__name__}: {error!s:.300}")
        return False
    say(call=name, verdict="value" if value == right else "wrong", what=f"{value!r:.100}" if value != right else "")
    return True


def quietly(call):
    """An ending: None, whatever it returns."""
    call()


def use_pool(context):
    specs = [(log, number, 0.01, b"") for number in range(8)]
    made = []
    if answer("make", lambda: made.append(safepool.Pool(2, context=context))):
        pool = made[0]
        answer("map", lambda: pool.map_async(packed, specs, 2).get(DEADLINE), [(spec[1], b"") for spec in specs])
        large = (log, 8, 0, bytes(300_000))
        answer("large", lambda: pool.apply_async(packed, (large,)).get(DEADLINE), (8, bytes(300_000)))
        answer("die", lambda: pool.apply_async(die).get(DEADLINE))
        answer("timeout", lambda: pool.options(timeout=0.2).apply_async(nap, (20,)).get(DEADLINE))
        answer("after", lambda: pool.apply_async(packed, ((log, 9, 0, b""),)).get(DEADLINE), (9, b""))
        answer("close", lambda: quietly(pool.close))
        answer("join", lambda: quietly(pool.join))


def use_executor(context):
    made = []
    if answer("make executor", lambda: made.append(safepool.ProcessPoolExecutor(1, mp_context=context))):
        executor = made[0]
        for number in (20, 21):
            spec = (log, number, 0, b"")
            answer("submit", lambda spec=spec: executor.submit(packed, spec).result(DEADLINE), (number, b""))
        answer("shutdown", lambda: quietly(executor.shutdown))


def main():
    global log, role
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    parser = argparse.ArgumentParser()
    parser.add_argument("--role", default="")
    options = parser.parse_args()
    context = multiprocessing.get_context("fork")
    log = os.path.abspath("warm")
    use_pool(context)  # so that what is imported or made once in a program is there
    use_executor(context)
    log, role = os.path.abspath("log"), options.role
    put_gates()
    gate("main")
    use_pool(context)
    use_executor(context)
    say(call="end", verdict="value")


if __name__ == "__main__":
    main()
