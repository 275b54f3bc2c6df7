"""Imported by every interpreter that starts in a cell (module ``site``): the program, spawned workers, a forkserver.

The stage links it onto the subject's path. Whichever process reaps a worker, its word is recorded; whichever process waits can
be asked where.
"""

import os

if "REPRO_CELL_DIR" in os.environ:
    from repro.subject import exits, stacks

    exits.install()
    stacks.register()
