"""Judges watch.py: check.py NAME FOLDER. The last line says what came of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

READY = "print('ready', flush=True)\n"
#: For three seconds of CPU time: an answer that waits for ever is not to keep a processor all that time.
SPINS = "import time\n" + READY + "while time.process_time() < 3:\n    sum(range(1000))\ninput()\n"
WAITS = "sum(range(3_000_000))\n" + READY + "input()\n"
NAMED = "open('/proc/self/comm', 'w').write('a (b) c 1 2')\n"


def parent_of(program: str) -> str:
    """A program that starts another one, and waits for its end."""
    return f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {program!r}]).wait()\n"


#: By name: the program that is watched, and what is true of it.
CHECKS = {
    "works": (SPINS, "works"),
    "waits": (WAITS, "waits"),
    "child": (parent_of(SPINS), "works"),
    "grandchild": (parent_of(parent_of(SPINS)), "works"),
    "name": (NAMED + SPINS, "works"),
    "ended": (READY, "ended"),
}


def printed(folder: str, pid: int) -> tuple[str, str]:
    """What the answer prints of a process, and the last line of its error, if it had one."""
    done = subprocess.run(
        [sys.executable, os.path.join(folder, "watch.py"), str(pid)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
    return done.stdout.decode(errors="replace").strip(), " ".join(last) if done.returncode else ""


def finding(name: str, true: str, words: str, error: str) -> str:
    """The key of what is wrong with an answer."""
    if name == "name":
        return "name"
    if error:
        return "failed"
    if not words:
        return "nothing"
    if (words, true) == ("works", "waits"):
        return "used-before"
    missed = {"child": "only-the-process", "grandchild": "only-children"}
    return missed.get(name, "other") if words == "waits" else "other"


def main() -> None:
    name, folder = sys.argv[1:]
    program, true = CHECKS[name]
    watched = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert watched.stdout is not None
    try:
        watched.stdout.readline()
        if name == "ended":
            watched.wait()
        words, error = printed(folder, watched.pid)
    finally:
        try:
            os.killpg(watched.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        watched.wait()
    if words == true and not error:
        print("holds", flush=True)
    else:
        seen = f"{true!r} was to come; it printed {words or 'nothing'!r:.60}"
        seen += f", and failed: {error:.120}" if error else ""
        print("finding:", finding(name, true, words, error), seen, flush=True)


if __name__ == "__main__":
    main()
