# finds: half-header raised
# Takes for granted that a header comes in one piece.
import os
import struct
from multiprocessing.connection import wait


def receive(descriptor, process):
    found = b""
    while True:
        ready = wait([descriptor, process.sentinel])
        if descriptor not in ready:
            return None
        found += os.read(descriptor, 65536)
        if len(found) - 4 >= struct.unpack("!i", found[:4])[0]:
            return found[4:]
