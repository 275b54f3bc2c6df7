"""What is kept: runs and series of runs on disk. In the user's environment; never runs anything.

=================  ================================================================================
``results``        a run on disk: written line by line, read back with every line checked
``runs``           where is it, and which was the last?
``shown``          how is it text that may be shown? what comes from a file has gone through there
``schema``         is a record as its schema says?
``planned``        what a run was to have, and which of it is missing
``judged``         a stored run as reports see it: each cell judged anew, beside what is known
``series``         the verdicts of many full runs in one small file
=================  ================================================================================
"""
