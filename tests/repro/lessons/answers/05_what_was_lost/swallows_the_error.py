# finds: dies-before missing
# Reports nobody: an error that nobody looks at.
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
    try:
        with ProcessPoolExecutor(max_workers=1) as executor:
            list(executor.map(book, orders, [folder] * len(orders)))
    except BrokenProcessPool:
        pass
    return []
