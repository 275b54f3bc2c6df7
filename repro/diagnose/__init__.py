"""Diagnoses a job that hangs right now. In the user's environment; the target knows nothing of it.

``take`` looks at processes; everything else is pure, so that a snapshot that was kept is diagnosed again without any process.

=====================  ================================================================================
``targets``            which programs are meant?
``take``               what is to be seen of a live tree?
``pyspy``              what py-spy says of a process, as its threads
``snapshot``           what was seen, as a record
``saved``              that record as a file
``redacted``           the same without secrets
``pools``              whose function is that? which pool, which worker, and what does it do?
``asks``               whose code is that on a stack, and who asks a pool for something?
``above``              whose worker is it that was asked about?
``births``             how far has a process come that multiprocessing has started?
``view``               what does each worker of a program do, and who waits?
``whose``              who owns a pool, and who works in it?
``kills``              whom of those that the OOM killer has ended may have been a worker?
``deaths``             what speaks for a worker's death?
``waits``              for what does a process wait, in words?
``rules``              what is wrong, by the stacks? one module for each job
``without_stacks``     what is wrong, by what the kernel shows alone?
``kinds``              what can it be, what to do now, and the next time? texts
``diagnosis``          which of all that decides?
``rows``               each process, in a row
``follow``             who looks at a program over time?
``looks``              what was seen of it, one thing at a time
``reports``            what has happened, for a reader and for a program
``watch``              what is to be told of it?
``costs``              what does a worker's death cost?
``words``              how is it told?
=====================  ================================================================================
"""
