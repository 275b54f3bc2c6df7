"""repro: what process pools do when a worker dies, seen from processes that really died.

Two rooms with a wall between them: ``subject`` runs *inside* the interpreter under test (standard library only, Python 3.8
syntax, never imports the rest; this file is on its side of the wall, too, and stays empty of code). All else is the *observer*,
runs in the user's environment, and is here in the order of a run; each room's own docstring names its modules:

================  ==================================================================================
``cli``           what was asked for? one file for each command
``plan``          what is to be run: which scenarios, pools, interpreters, cells?
``observer``      who runs the cells and watches them?
``subject``       what happens in a cell? (in the interpreter under test)
``tree``          what does the kernel say of a tree of processes?
``observation``   what was seen: the facts of one cell
``verdicts``      what does it mean, and what was known before? pure
``records``       what is kept of a run, and read again?
``report``        what does a reader see?
``diagnose``      what is wrong with a program that hangs right now?
``bench``         what does the fix cost?
``lessons``       how is it taught?
``files``         how is a file read that somebody else may have made?
``progress``      how far is what takes a while?
``errors``        how does a command end?
``versions``      which Python is newer?
================  ==================================================================================
"""
