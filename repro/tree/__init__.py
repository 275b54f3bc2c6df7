"""Any tree of processes, as the kernel shows it (``/proc``, psutil, py-spy). In the user's environment.

=================  ================================================================================
``processes``      which processes are there, what do they use, and how are they ended?
``ends``           who ends, when, and how?
``holdings``       who holds which pipe, and who waits for which?
``native``         where is each thread in C?
``calls``          in which system call does each thread wait, and for what?
``frames``         where is each thread in Python, and with which values?
``semaphores``     which locks of queues are there, and who waits?
``memory``         how near is its end, and whom has the OOM killer ended?
=================  ================================================================================
"""
