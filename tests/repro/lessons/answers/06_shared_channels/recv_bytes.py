# finds: half hangs
# The library's reader: it waits for the other half.
from multiprocessing.connection import Connection


def receive(descriptor, process):
    connection = Connection(descriptor, writable=False)
    try:
        return connection.recv_bytes()
    except EOFError:
        return None
