"""What is to be run: from filters to cells. In the user's environment.

=================  ================================================================================
``catalogue``      which scenarios and pools are there?
``places``         where may Pythons lie?
``answers``        what does each say that it is? asked once
``interpreters``   which Pythons are on this machine?
``environments``   where are the other pools installed, and for which Python?
``matrix``         which cells make a run?
=================  ================================================================================
"""
