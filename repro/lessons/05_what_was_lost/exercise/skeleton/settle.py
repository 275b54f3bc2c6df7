from __future__ import annotations

import os
import uuid
from concurrent.futures import ProcessPoolExecutor

import charge


def book(order: str, folder: str) -> None:
    paid = charge.charge(order)
    with open(os.path.join(folder, uuid.uuid4().hex), "w") as file:
        file.write(paid)
    charge.done(order)


def settle(orders: list[str], folder: str) -> list[str]:
    """Book every order once. Returns those that could not be booked."""
    with ProcessPoolExecutor(max_workers=2) as executor:
        for order in orders:
            executor.submit(book, order, folder)
    return orders
