from __future__ import annotations

import os
import struct
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection


def child(writer: Connection) -> None:
    header = struct.pack("!i", 100)
    os.write(writer.fileno(), header + b"x" * 50)
    os._exit(1)


if __name__ == "__main__":
    reader, writer = Pipe(duplex=False)
    process = Process(target=child, args=(writer,))
    process.start()
    process.join()
    print("ended with", process.exitcode, flush=True)
    print("something to read:", reader.poll(), flush=True)
    print(len(reader.recv_bytes()), "bytes", flush=True)
