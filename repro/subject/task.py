"""What the workers run: a plain function of a number, as a user's would be. It lives in an importable module, because
``spawn`` and ``forkserver`` find it by name."""

from __future__ import annotations

from . import cell, events, loading, scenario, stacks


def worker(number: int) -> int:
    """Print the input, have the scenario's fault if it is this task's turn, and return the input."""
    stacks.register()
    events.emit("task-started", task=number)
    with open(cell.current().path(scenario.started_name(number)), "w"):
        pass
    print(number, flush=True)
    result = loading.scenario(cell.current().scenario_file).work(number)
    events.emit("task-ended", task=number)
    return result


def plain(number: int) -> int:
    """A task without a fault: is the pool still usable?"""
    events.emit("plain-task", task=number)
    return number
