# finds: dies-always hangs
# No limit: one order kills its worker each time.
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
    left = orders
    while left:
        again = []
        for order in left:
            with ProcessPoolExecutor(max_workers=1) as executor:
                future = executor.submit(book, order, folder)
            if isinstance(future.exception(), BrokenProcessPool):
                again.append(order)
        left = again
    return []
