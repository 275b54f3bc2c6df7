"""`repro bench`: what the pools cost, side by side in one run.

``repro.bench.subject``
    the measured program: one benchmark with one pool and one start method, in a fresh process. Standard library
    and the pools only, Python 3.8 syntax. A benchmark is a function in a file of ``subject/measurements``, a pool
    an adapter in ``subject/pools.py``; a new one of either is one addition there. (This file is on its side of
    the wall: it stays empty of code.)

the observer
    ``catalogue`` (what the benchmarks mean, and the targets), ``measure`` (runs them, rounds interleaved),
    ``report`` (table and JSON), ``cli``.
"""
