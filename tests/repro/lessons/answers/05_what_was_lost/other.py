from __future__ import annotations

import os
from multiprocessing import Process

import charge


def book(order, folder):
    paid = charge.charge(order)
    try:
        descriptor = os.open(os.path.join(folder, order), os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:  # booked at an attempt before
        return
    os.write(descriptor, paid.encode())
    os.close(descriptor)
    charge.done(order)


def settle(orders, folder):
    """A process for each attempt: its exit status belongs to one order only."""
    failed = []
    for order in orders:
        for _ in range(3):
            process = Process(target=book, args=(order, folder))
            process.start()
            process.join()
            if process.exitcode == 0:
                break
        else:
            failed.append(order)
    return failed
