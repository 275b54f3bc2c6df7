# finds: dies-before innocents
# At most once: what failed is not run again.
import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import charge


def book(order, folder):
    paid = charge.charge(order)
    with open(os.path.join(folder, order), "w") as file:
        file.write(paid)
    charge.done(order)


def settle(orders, folder):
    failed = []
    with ProcessPoolExecutor(max_workers=1) as executor:
        futures = [executor.submit(book, order, folder) for order in orders]
    for order, future in zip(orders, futures):
        if isinstance(future.exception(), BrokenProcessPool):
            failed.append(order)
    return failed
