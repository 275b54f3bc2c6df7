# finds: dies-after twice
# At least once, and no two attempts book under the same name.
import os
import uuid
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import charge


def book(order, folder):
    paid = charge.charge(order)
    with open(os.path.join(folder, uuid.uuid4().hex), "w") as file:
        file.write(paid)
    charge.done(order)


def settle(orders, folder):
    left = orders
    for _ in range(5):
        again = []
        for order in left:
            with ProcessPoolExecutor(max_workers=1) as executor:
                future = executor.submit(book, order, folder)
            if isinstance(future.exception(), BrokenProcessPool):
                again.append(order)
        left = again
    return left
