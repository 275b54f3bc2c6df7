# finds: dies-before escapes
# result() raises BrokenProcessPool, and nobody catches it.
import os
from concurrent.futures import ProcessPoolExecutor

import charge


def book(order, folder):
    paid = charge.charge(order)
    with open(os.path.join(folder, order), "w") as file:
        file.write(paid)
    charge.done(order)


def settle(orders, folder):
    with ProcessPoolExecutor(max_workers=1) as executor:
        futures = [executor.submit(book, order, folder) for order in orders]
    for future in futures:
        future.result()
    return []
