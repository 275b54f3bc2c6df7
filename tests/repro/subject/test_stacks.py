"""What the subject tells of its own threads."""

from __future__ import annotations

import json
import subprocess

from repro.plan import interpreters
from tests.repro import lab

HALF_A_MESSAGE = """
import json, multiprocessing, os, struct, sys, threading, time
from repro.subject import stacks
reader, writer = multiprocessing.Pipe(duplex=False)
idle, idle_writer = multiprocessing.Pipe(duplex=False)
full_reader, full = multiprocessing.Pipe(duplex=False)
os.write(writer.fileno(), struct.pack("!i", 1000) + b"x" * 250)
for act in (reader.recv, idle.recv, lambda: full.send_bytes(b"x" * 3000000)):
    threading.Thread(target=act, daemon=True).start()
said, end = [], time.monotonic() + 20
while len(said) < 2 or [one for one in said if one["remaining"] == 1000]:
    assert time.monotonic() < end, said
    said = sorted(stacks.half_messages(), key=lambda one: one["direction"])
print(json.dumps(said), flush=True)
os._exit(0)
"""


def test_every_interpreter_here_tells_its_half_messages() -> None:
    """The reader that waits for the rest of a body, and the writer at a full pipe; not the one that waits for a header."""
    for python in interpreters.every():
        done = subprocess.run(
            [python.path, "-c", HALF_A_MESSAGE], cwd=lab.ROOT, text=True, capture_output=True, timeout=lab.DEADLINE
        )
        assert done.returncode == 0, (python.version, done.stderr)
        incoming, outgoing = json.loads(done.stdout)
        assert incoming == {"direction": "in", "size": 1000, "remaining": 750}, python.version
        assert (outgoing["direction"], outgoing["size"]) == ("out", 3000000), python.version
