# finds: last-words gave-up
# Who has ended has nothing to say: but the message is in the pipe.
import os
import struct
from multiprocessing.connection import wait


def receive(descriptor, process):
    found = b""
    while len(found) < 4 or len(found) < 4 + struct.unpack("!i", found[:4])[0]:
        ready = wait([descriptor, process.sentinel])
        if process.sentinel in ready:
            return None
        found += os.read(descriptor, 65536)
    return found[4:]
