# finds: half made-up
# The end of the child is taken for the end of the message.
import os
from multiprocessing.connection import wait


def receive(descriptor, process):
    found = b""
    while True:
        ready = wait([descriptor, process.sentinel])
        if descriptor not in ready:
            return found[4:] if len(found) >= 4 else None
        found += os.read(descriptor, 65536)
