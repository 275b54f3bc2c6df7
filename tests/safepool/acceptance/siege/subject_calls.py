"""System calls that fail at random in the parent, the template or a worker: strace(1) attaches to it for the time of the attack.

``when=N+STEP``: the N-th call of each thread that is traced fails, then every STEP-th. The campaign itself is the parent, so its
own calls fail, too, read(2) and wait4(2) among them: to see how strace does it makes others.
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

#: What each makes again and again; the birth of a pool, its parent.
OFTEN = {
    "birth": (
        "openat",
        "read",
        "close",
        "pipe2",
        "epoll_ctl",
        "fcntl",
        "memfd_create",
        "socketpair",
        "clone",
        "clone3",
        "write",
    ),
    "parent": (
        "epoll_wait",
        "read",
        "readv",
        "recvfrom",
        "write",
        "writev",
        "sendmsg",
        "close",
        "openat",
        "pidfd_open",
        "epoll_ctl",
    ),
    "template": ("clone", "poll", "waitid", "wait4", "recvmsg", "sendto", "close", "read"),
    "worker": ("read", "write", "close", "openat"),
}

#: A shell that becomes the command which follows, once it has read a line.
WHEN_TOLD = ("sh", "-c", 'read -r _ && exec "$@"', "sh")


def runs(pid):
    """Does this child of ours still run? A zombie does not."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


class Attack(subject_siege.Attack):
    errors = (OSError, MemoryError, *subject_siege.DEATHS, safepool.PickleFailed, safepool.UnpickleFailed)

    def __init__(self, siege):
        super().__init__(siege)
        self.strace = None
        self.number = 0

    def begin(self, pool):
        role = self.random.choice(("parent", "parent", "template", "worker")) if pool is not None else "parent"
        faults = self.faults(role, birth=pool is None)
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
        self.role = role
        command = ["strace", *(["-f"] if role == "parent" else []), "-p", str(pid), "-o", self.file]
        command += ["-e", "trace=" + ",".join(faults)]
        for call, (error, when) in faults.items():
            self.siege.say("fault", role=role, call=call, error=error, when=when)
            command += ["-e", f"inject={call}:error={error}:when={when}"]
        with open(self.file + ".err", "w") as errors:
            # It begins when it is told to: what is done here to start it must not fail yet.
            self.strace = subprocess.Popen([*WHEN_TOLD, *command], stdin=subprocess.PIPE, stderr=errors)
        self.strace.stdin.write(b"\n")
        self.strace.stdin.flush()
        end = time.monotonic() + 3
        while time.monotonic() < end and runs(self.strace.pid):
            if os.stat(self.file + ".err").st_size:  # "attached", or an error
                break
            time.sleep(0.002)

    def faults(self, role, birth):
        """One to three at once: call -> (error, when). Until one has failed, they are of those that are made often."""
        often = sorted(OFTEN["birth" if birth else role])
        found = {}
        for _ in range(self.random.choice((1, 2, 3))):
            unhurt = not self.siege.heart.attacks
            call = self.random.choice(often if unhurt or self.random.random() < 0.7 else sorted(FAULTS[role]))
            when = f"{1 if unhurt else self.random.choice((1, 2, 3, 8, 20))}+{self.random.choice((3, 7, 15, 40))}"
            found[call] = (self.random.choice(FAULTS[role][call]), when)
        return found

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
        strace.stdin.close()
        with contextlib.suppress(OSError), open(self.file) as file:
            for call in re.findall(r"(\w+)(?:\(| resumed).*\(INJECTED\)", file.read()):
                self.hit()
                # The kernel closes what it says it could not (close(2)); strace leaves the call out.
                self.unclosed += self.role == "parent" and call == "close"

    def around(self, name, call):
        try:
            return call()
        except RuntimeError as error:
            if "start new thread" in str(error):
                raise OSError(11, str(error)) from error
            raise
