from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path


def counter(folder: Path) -> str:
    texts = [
        file.read_text() for file in folder.glob("memory.*") if file.name in ("memory.events", "memory.oom_control")
    ]
    found = re.search(r"^oom_kill (\d+)$", "\n".join(texts), re.MULTILINE)
    return found[1] if found else ""


folder, command = Path(sys.argv[1]), sys.argv[2:]
before = counter(folder)
pid = os.posix_spawn(command[0], command, os.environ)
status = os.waitpid(pid, 0)[1]
grew = {True: "not out of memory", False: "out of memory"}[counter(folder) == before] if before else "cause unknown"
if os.WIFEXITED(status):
    print("exit", os.WEXITSTATUS(status))
elif os.WTERMSIG(status) == signal.SIGKILL:
    print("SIGKILL,", grew)
else:
    print(signal.Signals(os.WTERMSIG(status)).name)
