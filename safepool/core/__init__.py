"""The decisions: pure, no I/O, no clock, no threads; events in, actions out. Knows :mod:`safepool.protocol.words` only.

==============  ====================================================================================
``states``      what may tasks, workers and the pool be, and how do they move?
``decisions``   who is launched, and what did a death do?
``scheduling``  which worker gets which tasks?
==============  ====================================================================================
"""
