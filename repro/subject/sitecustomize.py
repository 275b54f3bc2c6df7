"""Imported by every interpreter that starts in a cell (module ``site``): the program, spawned workers, a forkserver.

The stage links it onto the subject's path. Whichever process reaps a worker, its word is recorded; whichever process waits can
be asked where.
"""

import os

if "REPRO_CELL_DIR" in os.environ:
    from repro.subject import exits

    exits.install()
    try:
        from repro.subject import stacks
    except ImportError:
        pass  # a subinterpreter: it has no faulthandler, and the process's first interpreter answers for all of its threads
    else:
        stacks.register()
