"""The decisions: pure, no I/O, no clock, no threads; events in, actions out. Knows :mod:`safepool.protocol.words` only.

==============  ====================================================================================
``states``      what may tasks, workers and the pool be, and how do they move?
``decisions``   how many workers are wanted, and what did a death do?
``scheduling``  what does this worker get now? (which idle one is next: ``engine/dispatch``)
==============  ====================================================================================
"""
