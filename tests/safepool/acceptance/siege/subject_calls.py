"""System calls that fail at random in the parent, the template or a worker: strace(1) attaches to it for the time of the attack.

``when=N+STEP``: the N-th call of each thread that is traced fails, then every STEP-th. The campaign itself is the parent, so its
own calls fail, too, wait4(2) among them: whether strace has ended is read in /proc, and not asked of ``subprocess``.
"""

import contextlib
import os
import re
import signal
import subprocess
import time

import safepool
from tests.safepool.acceptance.siege import subject_siege
from tests.safepool.acceptance.siege.subject_faults import FAULTS
from tests.safepool.acceptance.siege.subject_stops import parent_of


def runs(pid):
    """Does this child of ours still run? A zombie does not. What cannot be told now is told at the next look."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
    except OSError:
        return True


class Attack(subject_siege.Attack):
    errors = (OSError, MemoryError, *subject_siege.DEATHS, safepool.PickleFailed, safepool.UnpickleFailed)

    def __init__(self, siege):
        super().__init__(siege)
        self.strace = None
        self.number = 0

    def begin(self, pool):
        role = self.random.choice(("parent", "parent", "template", "worker")) if pool is not None else "parent"
        call = self.random.choice(sorted(FAULTS[role]))
        error = self.random.choice(FAULTS[role][call])
        when = f"{self.random.choice((1, 2, 3, 8, 20))}+{self.random.choice((3, 7, 15, 40))}"
        pid = self.siege.pid
        if role != "parent":
            workers = [worker.pid for worker in pool.workers if worker.pid]
            if not workers:
                return
            pid = self.random.choice(workers)
            if role == "template":
                try:
                    pid = parent_of(pid)
                    if parent_of(pid) != self.siege.pid:
                        return  # it is dead, and the worker is somebody else's child by now
                except OSError:
                    return
        self.number += 1
        self.file = os.path.abspath(f"strace-{self.number}")
        self.call = (role, call)
        self.siege.say("fault", role=role, call=call, error=error, when=when)
        inject = f"inject={call}:error={error}:when={when}"
        command = ["strace", *(["-f"] if role == "parent" else []), "-p", str(pid), "-e", "trace=" + call, "-e", inject]
        with open(self.file + ".err", "w") as errors:
            self.strace = subprocess.Popen([*command, "-o", self.file], stdin=subprocess.DEVNULL, stderr=errors)
        end = time.monotonic() + 3
        while time.monotonic() < end and runs(self.strace.pid):
            with contextlib.suppress(OSError), open(self.file + ".err") as errors:
                if "attached" in errors.read():
                    break
            time.sleep(0.002)

    def end(self):
        strace, self.strace = self.strace, None
        if strace is None:
            return
        asked = 0.0
        while runs(strace.pid):
            if time.monotonic() - asked > 0.2:
                asked = time.monotonic()
                with contextlib.suppress(OSError):
                    os.kill(strace.pid, signal.SIGTERM)
            time.sleep(0.002)
        strace.wait()  # nothing fails any more
        with contextlib.suppress(OSError), open(self.file) as file:
            for _ in re.finditer(r"\(INJECTED\)", file.read()):
                self.hit()
                # The kernel closes what it says it could not (close(2)); strace leaves the call out.
                self.unclosed += self.call == ("parent", "close")

    def around(self, name, call):
        try:
            return call()
        except RuntimeError as error:
            if "start new thread" in str(error):
                raise OSError(11, str(error)) from error
            raise
