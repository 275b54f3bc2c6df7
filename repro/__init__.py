"""repro: what process pools do when a worker dies, seen from processes that really died.

Two rooms with a wall between them:

``repro.subject``
    runs *inside* the interpreter under test: scenarios, pool adapters, the program of one cell, its events.
    Standard library only, Python 3.8 syntax; it never imports the observer. (This file is on its side of the
    wall, too: it stays empty of code.)

the observer (every other module of this package)
    runs in the user's environment, and is read in the order of a run::

        cli -> catalogue, interpreters, matrix      which cells
            -> scheduler -> launch, watchdog        run them: one process tree each
            -> observation -> judge                 what was seen, and what it means (pure)
            -> expectations, records, report        what was known before, what is kept, what is shown
"""
