"""The subject's side of the protocol with `harness`: Python 3.8, standard library only, runs under any interpreter.

A program calls ``main(run_item)``; `run_item(item)` returns nothing (passed), raises `Skipped`, or raises anything
else (failed). It may return a dict of figures, which the observer keeps.
"""

import argparse
import faulthandler
import json
import os
import signal
import sys
import time
import traceback


class Skipped(Exception):
    """The item does not apply here; the text says why."""


class Events:
    """Appends one JSON line per event with one write each, so that a death never leaves a line cut by buffering."""

    def __init__(self, path):
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._owner = os.getpid()

    def write(self, event, **fields):
        if os.getpid() != self._owner:
            raise RuntimeError("only the subject's first process writes events")
        fields.update(event=event, time=time.monotonic())
        os.write(self._fd, (json.dumps(fields) + "\n").encode())


def main(run_item, parser=None, setup=None, finish=None):
    """Go over the items of ``--items``; ``setup(arguments)`` runs once before, `finish()` once after them."""
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    parser = parser or argparse.ArgumentParser()
    parser.add_argument("--items", required=True)
    parser.add_argument("--events", required=True)
    arguments = parser.parse_args()
    events = Events(arguments.events)
    with open(arguments.items) as file:
        items = json.load(file)
    if setup is not None:
        setup(arguments)
    for item in items:
        events.write("start", item=item)
        detail, data = "", None
        try:
            data = run_item(item)
            outcome = "passed"
        except Skipped as skipped:
            outcome, detail = "skipped", str(skipped)
        except BaseException:
            outcome, detail = "failed", traceback.format_exc()
        events.write("end", item=item, outcome=outcome, detail=detail[-8000:], data=data or {})
    if finish is not None:
        finish()
    events.write("bye")
    sys.stdout.flush()
