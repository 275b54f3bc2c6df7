"""The program of a cell, as ``python -c`` runs one: its ``__main__`` has no file that a worker could import.

The process stays the same; it takes another program.
"""

from __future__ import annotations

import os
import sys

COMMAND = """
from repro.subject import program


def worker(number):
    return number


program.main()
"""

if __name__ == "__main__":
    os.execv(sys.executable, [sys.executable, "-c", COMMAND])
