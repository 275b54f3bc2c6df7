from __future__ import annotations

import os
import signal
import sys
from multiprocessing import Process


def child() -> int:
    print("child", os.getpid(), "works", flush=True)
    try:
        return 42
    finally:
        print("child tidies up", flush=True)


if __name__ == "__main__":
    process = Process(target=child)
    process.start()
    process.join()
    print("exitcode", process.exitcode, flush=True)
    if process.exitcode is not None and process.exitcode < 0:
        print("killed by", signal.Signals(-process.exitcode).name, flush=True)
    sys.exit(0)
