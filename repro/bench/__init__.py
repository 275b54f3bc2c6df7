"""``repro bench``: what the pools cost, side by side in one run.

==============  ======================================================================================
``subject``     the measured program: one benchmark with one pool and one start method, in a fresh process
``catalogue``   what do the benchmarks mean, and what are the targets?
``packages``    which safepool is measured, and how is that proven?
``measure``     who runs them? rounds interleaved over the pools
``against``     is this checkout slower than another one? pure
``report``      table and JSON
==============  ======================================================================================

``subject`` runs in the interpreter under test: standard library and the pools only, Python 3.8 syntax. A new benchmark is a
function in a file of ``subject/measurements``, its name in ``subject/measurements/table.py``, and what it means in
``catalogue.py``; a new pool is an adapter in ``subject/pools.py`` and its name in ``catalogue.py``. (This file is on its side
of the wall: it stays empty of code.)
"""
