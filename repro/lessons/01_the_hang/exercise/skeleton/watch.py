"""Tells whether a program works or waits: python watch.py PID"""

from __future__ import annotations

import sys


def verdict(pid: int) -> str:
    """``works``, ``waits`` or ``ended``, after a second of watching."""
    raise NotImplementedError


if __name__ == "__main__":
    print(verdict(int(sys.argv[1])))
