from __future__ import annotations

import os
import subprocess
import time
from multiprocessing import get_context
from multiprocessing.connection import wait


def leave_behind(helper: str) -> None:
    if helper == "command":
        subprocess.Popen(["sleep", "30"])
    elif os.fork() == 0:
        time.sleep(30)
        os._exit(0)


def child() -> None:
    leave_behind("copy")
    os._exit(1)


if __name__ == "__main__":
    process = get_context("fork").Process(target=child)
    process.start()
    print("the pipe has ended:", bool(wait([process.sentinel], timeout=1)), flush=True)
    process.join()
    print("exit status:", process.exitcode, flush=True)
