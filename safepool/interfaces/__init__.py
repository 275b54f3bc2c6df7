"""In the caller's process: what users hold in their hands. Mostly in callers' threads; results are also told in the engine's.

==============  ====================================================================================
``pool``        ``Pool``: what :class:`multiprocessing.pool.Pool` has
``executor``    ``ProcessPoolExecutor``: what :class:`concurrent.futures.ProcessPoolExecutor` has
``common``      what do both have, beyond the standard classes?
``limits``      how are timeout, memory limit and retries given? (``engine/watch`` enforces them)
``results``     who gets the results of ``apply`` and ``map``?
``iterators``   what do ``imap`` and ``imap_unordered`` return?
``incoming``    who gets the results of ``imap``, and keeps them until they are taken?
``futures``     who gets the result of ``submit``?
``tasks``       what is in a task, and how is a long iterable fed bit by bit? (``pool`` cuts maps into chunks)
``decode``      how does what came back become a value or an exception?
``waiting``     how do threads wait for each other, when a signal handler may tear one of them away?
``watchers``    what do ``concurrent.futures.wait`` and ``as_completed`` hold of our futures?
==============  ====================================================================================
"""
