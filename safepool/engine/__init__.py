"""The engine: one thread per pool that waits for everything, in layers.

==============  ==============================================================================
``base``        the state, shared by all parts
``traffic``     tasks to workers, results from them
``lead``        a waiting caller reads its own answer
``staff``       launching, stopping and killing workers; the template
``coroner``     a worker is dead: who is told what
``watch``       deadlines
``ending``      how a pool ends
``hooks``       the end of the interpreter, forks of the parent
``loop``        the thread, and what callers may ask of it from any thread
==============  ==============================================================================
"""

from .base import Parcel, WorkerInfo
from .hooks import exiting
from .loop import Engine

__all__ = ["Engine", "Parcel", "WorkerInfo", "exiting"]
