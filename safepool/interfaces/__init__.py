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
``watched``     how does a future show itself to ``concurrent.futures.wait`` and ``as_completed``?
``watchers``    what do ``concurrent.futures.wait`` and ``as_completed`` hold of our futures?
==============  ====================================================================================

What stays different from the standard classes, each with its reason; every other difference is a fault. The README has the same
rows, and whatever CPython's own tests are not run for names one of them (``tests/safepool/interfaces/test_interfaces.py``).

healing
    A worker's death fails the one task that it had in hand, with ``WorkerDied``; the pool goes on, an executor too.

    Reason: That is what safepool is for.

exits
    A task that calls ``sys.exit()``, or raises another ``BaseException``, fails with ``TaskExited`` or
    ``TaskInterrupted``.

    Reason: As itself it would end the parent; ``sys.exit(0)`` even silently, with status 0.

stop-iteration
    A task's ``StopIteration`` is raised by ``map``, and by ``imap`` as a ``RuntimeError``.

    Reason: It would end the loop, or the list, early and without a word (PEP 479).

pickling
    A task that does not unpickle in the worker, or a result that cannot be sent or read, fails alone:
    ``UnpickleFailed``, ``PickleFailed``.

    Reason: With some of these Pool waits for ever, and an executor breaks.

callers-thread
    Arguments are pickled by the call itself (where many megabytes wait: by a thread of the pool, later), results
    unpickled by whoever asks for them or by their callback; but what needs its worker alive (connections, sockets,
    PyTorch's tensors) by a thread of the pool, when it comes.

    Reason: Pickling runs code of the program, which may block or raise: that concerns its caller, and no other task.

chunks
    Each item of a chunk is a task: those after one that failed are run. ``map`` raises the first error in the order
    of the items.

    Reason: A death costs an item and not a chunk; and the same items give the same error.

imap
    ``imap`` reads its iterable as the work proceeds, and stops while 65,536 results, or 256 MiB of them, are not
    taken. If the iterable raises in the middle of a chunk, what it gave before is computed.

    Reason: An iterable may be endless, and its reader slow; memory is neither. And how items travel is to change no
    result: Pool loses those that were to travel with the one that did not come.

callbacks
    A callback that raises is logged, and nothing else happens. ``on_death`` is such a callback.

    Reason: Pool's thread for results would end by it, and every later call wait for ever.

initializer
    An initializer that fails in the first workers breaks a Pool: its calls raise ``PoolBroken``, with the traceback.

    Reason: Pool would start workers for ever.

template
    Workers are children of a small process, the template: that is ``os.getppid()``, and
    ``multiprocessing.active_children()`` does not have them. The parent is ``multiprocessing.parent_process().pid``.

    Reason: It has no threads, so it can fork a new worker at any time. Whoever asks for the parent's end need not:
    workers end with it.

world
    Under ``fork`` all workers, later ones too, see the program as it was when the Pool was made; of an executor, at
    its first call.

    Reason: The template was forked then. A later fork might copy a lock that a thread holds.

hooks
    Under ``fork``, what ``os.register_at_fork`` has for the parent (``before``, ``after_in_parent``) runs once for a
    pool; ``after_in_child`` runs in each worker.

    Reason: The parent forks once, and the template has none of the threads that such hooks are about.

context
    Of a context only the start method counts: not its ``Process``, nor its fork server and what that is told to load.

    Reason: Workers come from the template, and each pool has its own: one that dies takes no other pool along.

daemons
    Workers are not daemonic: a task may start processes, and a daemonic process may have a pool.

    Reason: So it is with the standard executor. Nobody is left behind: a worker is killed when its parent is gone,
    whatever ended that.

interrupts
    Ctrl-C reaches a worker in a task or an initializer only. A ``with`` of an executor that is left by it kills the
    workers.

    Reason: An idle worker would die of it; and to wait for all that was submitted would look like a hang.

terminate
    After ``terminate()`` what was not done raises ``PoolBroken``. What SIGTERM does not end gets SIGKILL, and the
    call takes 10 s at most.

    Reason: ``get()`` would wait for ever, and ``terminate()`` for a worker that ignores SIGTERM.

exit-timeout
    After ``close()`` or ``shutdown()`` a worker has 10 s to end (``exit_timeout``; None: any time), and is then
    ended.

    Reason: A thread or an exit handler that never returns would hold the parent for ever.

parents-fork
    In a fork of the parent ``close``, ``terminate``, ``join`` and ``shutdown`` of its pools do nothing; calls raise
    ``RuntimeError``.

    Reason: The workers are the parent's, and so is the thread that hears of them. With the standard ones a call there
    waits for ever.

max-tasks
    An executor has ``max_tasks_per_child`` with every start method, and takes no other one for it.

    Reason: The standard one can't fork once it has threads. The template can.

newest
    Methods and arguments are those of the newest Python, on every one: ``kill_workers()``, ``map(buffersize=...)``;
    ``submit`` takes no ``fn=``.

    Reason: A program need not ask which Python it runs on.

internals
    Attributes that begin with an underscore are not there: ``_pool``, ``_cache``, ``_processes``, ``_max_workers``.

    Reason: They are of another machinery. What they are read for: ``pool.workers``, ``pool.deaths``.

windows
    On Windows there is a ``NotImplementedError``.

    Reason: Processes are watched and ended by what only POSIX systems have.
"""
