"""Judges triage.py: check.py NAME FOLDER. The last line says what came of it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time

#: What the watched process does; it prints the pid that has to be named, once all is as it shall be.
PROGRAMS = {
    "waits": "work(0.1); say(0); time.sleep(60)",
    "works": "say(os.getpid()); spin()",
    "grandchild": "child(lambda: (child(lambda: (say(os.getpid()), spin())), time.sleep(60))); time.sleep(60)",
    "stopped": "pid = child(lambda: time.sleep(60)); os.kill(pid, 19); os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT); "
    "say(pid); time.sleep(60)",
    "zombie": "pid = child(lambda: None); os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT); say(pid); time.sleep(60)",
    "odd-name": "open('/proc/self/comm', 'w').write('a) S (b'); say(os.getpid()); spin()",
}
PRELUDE = """
import os, time
def say(pid):
    print(pid, flush=True)
def work(seconds):
    while time.process_time() < seconds:
        pass
def spin():
    while True:
        pass
def child(does):
    pid = os.fork()
    if pid == 0:
        does()
        os._exit(0)
    return pid
"""
#: Of each check: the word before the pid, and what is found where the line is another one.
CHECKS = {
    "waits": ("waits", "too-much"),
    "works": ("works", "missed-work"),
    "grandchild": ("works", "descendants"),
    "stopped": ("stopped", "missed-stop"),
    "zombie": ("zombie", "missed-zombie"),
    "odd-name": ("works", "name"),
}


def adopt_orphans() -> None:
    """The grandchildren of a watched program become our children when it ends (prctl(2), PR_SET_CHILD_SUBREAPER)."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def end_adopted() -> None:
    """Wait for those that were ended, so that nobody else has to."""
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass


def asked(pid: int) -> tuple[int, list[str]]:
    ran = subprocess.run(
        [sys.executable, os.path.join(sys.argv[2], "triage.py"), str(pid)], stdout=subprocess.PIPE, text=True
    )
    return ran.returncode, ran.stdout.split("\n")[:-1]


def judge(name: str) -> str:
    """What came of a check, as its last line says it."""
    if name == "ended":
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        status, lines = asked(gone.pid)
        return "holds" if (status, lines) == (0, ["ended"]) else f"finding: no-process and it was {lines!r:.60}"
    word, wrong = CHECKS[name]
    adopt_orphans()
    program = [sys.executable, "-I", "-S", "-c", PRELUDE + PROGRAMS[name]]
    watched = subprocess.Popen(program, stdout=subprocess.PIPE, universal_newlines=True, start_new_session=True)
    try:
        assert watched.stdout is not None
        pid = int(watched.stdout.readline())
        time.sleep(0.3)  # it may still be on its way to where it waits
        status, lines = asked(watched.pid)
    finally:
        os.killpg(watched.pid, signal.SIGKILL)
        watched.wait()
        end_adopted()
    wanted = f"{word} {pid}" if pid else word
    if lines == [wanted]:
        return "holds"
    if status:
        return f"finding: {'name' if name == 'odd-name' else 'error'} it ended with status {status}"
    found = wrong if wanted not in lines else "too-much"
    return f"finding: {found} {wanted!r} was to come, and it was {lines!r:.80}"


if __name__ == "__main__":
    print(judge(sys.argv[1]), flush=True)
