"""What the workers run: a plain function of a number, as a user's would be. It lives in an importable module, because
``spawn`` and ``forkserver`` find it by name."""

from __future__ import annotations

from . import cell, events, loading, rendezvous


def worker(number: int) -> int:
    """Print the input, have the scenario's fault if it is this task's turn, and return the input."""
    events.emit("task-started", task=number)
    rendezvous.mark_started(number)
    print(number, flush=True)
    result: int = loading.scenario(cell.current().scenario_file).work(number)
    events.emit("task-ended", task=number)
    return result


def warm_up(number: int) -> int:
    """A task that ends when as many run at once as there are workers: then each of them has one, and its pid is known."""
    workers = loading.scenario(cell.current().scenario_file).pool_size()
    events.emit("warm", task=number)
    first = number - (number - rendezvous.WARM_UP_INPUTS) % workers
    rendezvous.mark_started(number)
    rendezvous.await_started(range(first, first + workers))
    return number


def plain(number: int) -> int:
    """A task without a fault: is the pool still usable?"""
    events.emit("plain-task", task=number)
    return number


def nothing(number: int) -> int:
    """A task that takes no time and leaves no trace: for many of them."""
    return number
