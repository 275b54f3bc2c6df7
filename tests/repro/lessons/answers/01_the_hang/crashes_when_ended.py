# finds: ended failed
"""Tells whether a program works or waits: python watch.py PID"""

import os
import sys
import time


def used(pid: int) -> int:
    with open(f"/proc/{pid}/schedstat") as file:
        total = int(file.read().split()[0])
    for name in os.listdir("/proc"):
        if name.isdecimal() and int(name) != os.getpid():
            with open(f"/proc/{name}/stat") as file:
                if file.read().rpartition(")")[2].split()[1] == str(pid):
                    total += used(int(name))
    return total


first = used(int(sys.argv[1]))
time.sleep(1)
print("works" if used(int(sys.argv[1])) > first else "waits")
