# finds: old-kills old-number
from __future__ import annotations

import os
import signal
import subprocess
import sys


def oom_kills(folder: str) -> int | None:
    """The counter of OOM kills, of version 2 or 1; None where there is none."""
    for name in ("memory.events", "memory.oom_control"):
        file = os.path.join(folder, name)
        if os.path.exists(file):
            with open(file) as lines:
                for line in lines:
                    if line.startswith("oom_kill "):
                        return int(line.split()[1])
    return None


def report(status: int, before: int | None, after: int | None) -> str:
    if status >= 0:
        return f"exit {status}"
    name = signal.Signals(-status).name
    if name != "SIGKILL":
        return name
    if before is None or after is None:
        return f"{name}, cause unknown"
    return f"{name}, out of memory" if after > 0 else f"{name}, not out of memory"


def main(counters: str, command: list[str]) -> None:
    before = oom_kills(counters)
    status = subprocess.run(command, check=False).returncode
    print(report(status, before, oom_kills(counters)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
