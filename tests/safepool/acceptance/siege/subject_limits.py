"""Limits lowered and raised at random: descriptors, address space, file size, and processes (root, a pids cgroup).

Of address space a few MB are left, in which no other thread's stack has room, or plenty. With just so much that the stack has
room, and nothing else (8.01 to 8.02 MB of 8; measured on 3.11 and 3.13, with the standard library alone), CPython itself fails:
`Thread.start` waits for ever for a thread that could not begin. With less than 4 MB it does other things of the kind.
"""

import contextlib
import os
import resource
import threading
import time

import safepool
from tests.safepool.acceptance.siege import subject_siege


class Group:
    """A pids cgroup for this process; inactive where there is none. Its name is found by the observer, which removes what is
    left.
    """

    def __init__(self):
        mount = next((path for path in ("/sys/fs/cgroup/pids", "/sys/fs/cgroup") if os.path.isdir(path)), "")
        self.path = f"{mount}/safepool-siege-{os.getpid()}"
        self.active = False
        with contextlib.suppress(OSError):
            os.mkdir(self.path)
            self.write("cgroup.procs", os.getpid())
            self.write("pids.max", "max")
            self.active = True

    def write(self, name, value):
        with open(os.path.join(self.path, name), "w") as file:
            file.write(str(value))

    def now(self):
        with open(os.path.join(self.path, "pids.current")) as file:
            return int(file.read())


class Attack(subject_siege.Attack):
    errors = (OSError, MemoryError, *subject_siege.DEATHS, safepool.PickleFailed, safepool.UnpickleFailed)

    def __init__(self, siege):
        super().__init__(siege)
        self.group = Group()
        self.usual = {
            kind: resource.getrlimit(kind)
            for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_AS, resource.RLIMIT_FSIZE)
        }
        self.on = threading.Event()
        self.thread = None

    def begin(self, pool):
        self.on.set()
        self.thread = threading.Thread(target=self.go_on, daemon=True)
        self.thread.start()
        if pool is None:  # a pool is made within milliseconds
            with contextlib.suppress(OSError, MemoryError, ValueError):
                self.lower()
                self.hit()

    def end(self):
        self.on.clear()
        self.thread.join(5)
        self.lift()

    def lift(self):
        for kind, limits in self.usual.items():
            resource.setrlimit(kind, limits)
        if self.group.active:
            self.group.write("pids.max", "max")

    def around(self, name, call):
        try:
            return call()
        except RuntimeError as error:
            if "start new thread" in str(error):
                raise OSError(11, str(error)) from error
            raise

    def go_on(self):
        while self.on.is_set():
            time.sleep(self.random.random() * 0.025)
            with contextlib.suppress(OSError, MemoryError, ValueError):
                self.lower()
                self.hit()
            time.sleep(self.random.random() * 0.02)
            while True:
                try:
                    self.lift()
                    break
                except (OSError, MemoryError):
                    time.sleep(0.001)  # few descriptors are left, for the moment

    def lower(self):
        kind = self.random.choice((*self.usual, *([None] if self.group.active else [])))
        if kind is None:
            self.group.write("pids.max", max(1, self.group.now() + self.random.choice((-1, 0, 1))))
            return
        if kind == resource.RLIMIT_NOFILE:
            soft = max(map(int, os.listdir("/proc/self/fd"))) + self.random.choice((0, 1, 2, 4, 7))
        elif kind == resource.RLIMIT_AS:
            with open("/proc/self/statm") as file:
                soft = int(file.read().split()[0]) * 4096 + self.random.choice((4 << 20, 60 << 20))
        else:
            soft = self.random.choice((0, 4096, 1 << 20))
        resource.setrlimit(kind, (soft, self.usual[kind][1]))
