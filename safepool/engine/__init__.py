"""In the caller's process: one thread per pool that waits for everything, and what callers may ask of it from any thread.

The engine is one class in layers, each a file (``base`` to ``engine``); the rest are parts that it has.

==============  ====================================================================================
``base``        what state do all layers share?
``dispatch``    how do tasks get to workers, and results from them?
``fast_path``   when may a waiting caller read its own answer?
``workers``     how are workers launched, stopped and killed, and what if the template dies?
``deaths``      a worker is dead: who is told what?
``watch``       what is late: a task, a worker, a batch?
``shutdown``    how does a pool end?
``engine``      what does the thread do, and what may callers ask of it?
``launcher``    how is the template started and spoken to, by start method?
``poller``      how does one wait for many descriptors?
``callbacks``   who runs users' callbacks?
``hooks``       what happens at a fork of the parent, and at the end of the interpreter?
==============  ====================================================================================
"""

from .base import Parcel, WorkerInfo
from .engine import Engine
from .hooks import exiting

__all__ = ["Engine", "Parcel", "WorkerInfo", "exiting"]
