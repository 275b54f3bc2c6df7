"""Judges report.py: check.py NAME FOLDER. The last line says what came of it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

#: The counters of a group, as the kernel writes them (cgroup-v2.rst, memory.rst).
V2 = "low 0\nhigh 0\nmax 57\noom 12\noom_kill {}\noom_group_kill 0\n"
V1 = "oom_kill_disable 0\nunder_oom 0\noom_kill {}\n"
EXIT = "import sys; sys.exit({})"
SIGNAL = "import os; os.kill(os.getpid(), {})"
#: Does as the kernel would: it counts, and ends the process.
COUNTED = "import os; open({!r}, 'w').write({!r}); {}"


def line(program: str, name: str = "memory.events", before: str = V2.format(3), after: str = "") -> str:
    """What report.py prints of a command that runs a program. after: what the counters are when that ends; "" as before."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, name)
        if name:
            with open(file, "w") as counters:
                counters.write(before)
        if after:
            program = COUNTED.format(file, after, program)
        asked = [
            sys.executable,
            os.path.join(sys.argv[2], "report.py"),
            folder,
            sys.executable,
            "-I",
            "-S",
            "-c",
            program,
        ]
        ran = subprocess.run(asked, stdout=subprocess.PIPE, text=True)
    lines = ran.stdout.splitlines()
    return lines[0].strip() if len(lines) == 1 and ran.returncode == 0 else ""


OOM, NOT_OOM, UNKNOWN = "SIGKILL, out of memory", "SIGKILL, not out of memory", "SIGKILL, cause unknown"
ONE_MORE = V2.format(4)

#: Of each check: what is asked for, what has to be printed, and what is found where it is not.
CHECKS = {
    "ends": [
        (lambda: line(EXIT.format(0)), "exit 0", "wrong-status"),
        (lambda: line(EXIT.format(3)), "exit 3", "wrong-status"),
        (lambda: line(EXIT.format(-9)), "exit 247", "wrong-status"),
    ],
    "killed": [
        (lambda: line(SIGNAL.format(15)), "SIGTERM", "wrong-signal"),
        (lambda: line(SIGNAL.format(11)), "SIGSEGV", "wrong-signal"),
    ],
    "out-of-memory": [
        (lambda: line(SIGNAL.format(9), after=ONE_MORE), OOM, "not-noticed"),
        (lambda: line(SIGNAL.format(9), before=V2.format(0)), NOT_OOM, "always-oom"),
    ],
    "old-kills": [(lambda: line(SIGNAL.format(9)), NOT_OOM, "old-number")],
    "innocent": [(lambda: line(EXIT.format(1), after=ONE_MORE), "exit 1", "wrong-status")],
    "version-1": [
        (lambda: line(SIGNAL.format(9), "memory.oom_control", V1.format(0), V1.format(1)), OOM, "version-1"),
        (lambda: line(SIGNAL.format(9), "memory.oom_control", V1.format(7)), NOT_OOM, "version-1"),
    ],
    "no-counter": [(lambda: line(SIGNAL.format(9), ""), UNKNOWN, "no-evidence")],
}

if __name__ == "__main__":
    for ask, wanted, wrong in CHECKS[sys.argv[1]]:
        got = ask()
        if got != wanted:
            print(
                "finding:", wrong if got else "no-line", f"{wanted!r} was to come, and it was {got!r:.60}", flush=True
            )
            break
    else:
        print("holds", flush=True)
