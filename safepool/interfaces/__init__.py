"""In the caller's process, in callers' threads: what users hold in their hands.

==============  ====================================================================================
``pool``        ``Pool``: what :class:`multiprocessing.pool.Pool` has
``executor``    ``ProcessPoolExecutor``: what :class:`concurrent.futures.ProcessPoolExecutor` has
``common``      what do both have, beyond the standard classes?
``limits``      how long may a task take, how much may it hold, how often is it tried?
``results``     who gets the results of ``apply`` and ``map``?
``iterators``   who gets the results of ``imap``?
``futures``     who gets the result of ``submit``?
``tasks``       how does a call become tasks, and how is a long iterable fed bit by bit?
``decode``      how does what came back become a value or an exception?
==============  ====================================================================================
"""
