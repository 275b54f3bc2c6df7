"""What is to be run: from filters to cells. In the user's environment.

=================  ================================================================================
``catalogue``      which scenarios and pools are there?
``interpreters``   which Pythons are on this machine?
``environments``   where are the other pools installed, and for which Python?
``matrix``         which cells make a run?
=================  ================================================================================
"""
