from __future__ import annotations

import sys
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection


def child(writer: Connection, number: int) -> None:
    if number == 3:
        sys.exit(1)
    writer.send(number)


if __name__ == "__main__":
    reader, writer = Pipe(duplex=False)
    for number in [1, 2, 3]:
        Process(target=child, args=(writer, number)).start()
    for _ in range(3):
        print("result", reader.recv(), flush=True)
