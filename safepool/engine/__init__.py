"""In the caller's process: one thread per pool that waits for everything, and what callers may ask of it from any thread.

:class:`~safepool.engine.engine.Engine` has parts, each with a state of its own; whoever has the engine may use them.

==============  ====================================================================================
``engine``      what may callers ask?
``beginning``   how does a pool begin, and what if that fails half-way?
``turns``       who has the engine, and why does nobody wait for it?
``loop``        what does the engine's thread do, and how does it end?
``parts``       which parts are there?
``selector``    what is waited for, and until when?
``poller``      how does one wait for many descriptors?
``outcomes``    who is told what became of a task, and in which thread does users' code run?
``callbacks``   how does a thread for users' code work? callbacks, pickling, unpickling
``crew``        what if a thread for users' code waits for what comes after?
``pickling``    when are tasks pickled that their callers did not pickle?
``dispatch``    which idle worker is next, and what is done with results?
``answers``     what do workers say?
``arrivals``    which results are unpickled when they come, since that needs their worker?
``channel``     how are a worker's pipes written and read?
``fast_path``   when may a waiting caller read its worker's answer itself?
``leading``     and how does it do that?
``staffing``    how does a pool keep its size?
``workers``     how are workers launched, known, stopped, killed, and seen dead?
``templates``   is the template there, does it do anything, is it reaped?
``launcher``    how is the template started and spoken to, by start method?
``reports``     what does the template say, and what if it is gone?
``inspection``  what is due?
``watch``       which task or batch is late, over its limits, or to be taken back? pure
``burial``      what is done when a worker is dead?
``deaths``      what was a dead worker doing, and why did it die? pure
``shutdown``    how does a pool end?
``hooks``       what happens at a fork of the parent, and at the end of the interpreter?
``base``        where was WorkerInfo once? for old pickles
==============  ====================================================================================
"""

from .engine import Engine
from .hooks import exiting
from .workers import WorkerInfo

__all__ = ["Engine", "WorkerInfo", "exiting"]
