"""Where WorkerInfo once lived: pickles of that time name this module, and load."""

from .workers import WorkerInfo

__all__ = ["WorkerInfo"]
