# finds: large part
# One read for all: that returns what is there just now.
import os
import struct
from multiprocessing.connection import wait


def receive(descriptor, process):
    if descriptor not in wait([descriptor, process.sentinel]):
        return None
    header = os.read(descriptor, 4)
    if len(header) < 4:
        return None
    (length,) = struct.unpack("!i", header)
    return os.read(descriptor, length)
