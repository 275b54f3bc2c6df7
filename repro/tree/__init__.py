"""Any tree of processes, as the kernel shows it (``/proc``, psutil, py-spy). In the user's environment.

=================  ================================================================================
``processes``      which processes are there, what do they use, and how are they ended?
``holdings``       who holds which pipe, and who waits for which?
``native``         where is each thread in C?
=================  ================================================================================
"""
