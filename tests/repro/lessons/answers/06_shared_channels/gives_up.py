# finds: slow gave-up
# A second without news is taken for the end.
import os
import struct
from multiprocessing.connection import wait


def receive(descriptor, process):
    found = b""
    while len(found) < 4 or len(found) < 4 + struct.unpack("!i", found[:4])[0]:
        if not wait([descriptor], timeout=1.0):
            return None
        found += os.read(descriptor, 65536)
    return found[4:]
