from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import charge

ATTEMPTS = 3


def book(order: str, folder: str) -> None:
    paid = charge.charge(order)
    file = os.path.join(folder, order)  # the same name at each attempt
    with open(file + ".new", "w") as new:
        new.write(paid)
    os.replace(file + ".new", file)
    charge.done(order)


def attempt(orders: list[str], folder: str, workers: int) -> list[str]:
    """Run the orders. Returns those that have no result."""
    futures = {}
    with ProcessPoolExecutor(max_workers=workers) as executor:
        try:
            for order in orders:
                futures[order] = executor.submit(book, order, folder)
        except BrokenProcessPool:
            pass
    return [order for order in orders if order not in futures or futures[order].exception() is not None]


def settle(orders: list[str], folder: str) -> list[str]:
    """Book every order once. Returns those that could not be booked."""
    left = attempt(orders, folder, workers=2)
    for _ in range(ATTEMPTS):  # each by itself: nobody fails for another one
        left = [order for order in left if attempt([order], folder, workers=1)]
    return [order for order in left if not os.path.exists(os.path.join(folder, order))]
