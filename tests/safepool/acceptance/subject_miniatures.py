"""A subject that does every wrong thing once: proves that `harness` reports each as what it is."""

import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.abspath(__file__).rpartition("/tests/")[0])

from tests.safepool.acceptance.subject_protocol import Skipped, main


def run_item(item):
    if item == "fails":
        raise AssertionError("told-you-so")
    if item == "skips":
        raise Skipped("no reason")
    if item == "hangs":
        time.sleep(600)
    if item == "exits":
        os._exit(0)
    if item == "exits-system":
        sys.exit(0)
    if item == "crashes":
        os.abort()
    if item == "leaves-process":
        subprocess.Popen(["sleep", "600"])
    if item == "leaves-session":
        subprocess.Popen(["sleep", "600"], start_new_session=True)
    if item == "leaves-file":
        open(os.path.join(tempfile.gettempdir(), "left"), "w").close()
    if item == "leaves-memory":
        open(f"/dev/shm/safepool-miniature-{os.getpid()}", "w").close()
    if item == "floods":
        sys.stdout.write("x" * 10_000_000)
    if item == "hangs-with-children":
        subprocess.Popen(["sleep", "600"])
        time.sleep(600)


if __name__ == "__main__":
    main(run_item)
