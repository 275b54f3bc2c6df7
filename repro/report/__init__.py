"""What a reader sees. Pure functions of records, in the user's environment: never runs or watches anything.

==============  ======================================================================================
``remarks``     what has to be said before all else?
``tables``      which table shows a run?
``overview``    which of its shapes fits the width?
``folding``     how is a table folded into a width?
``news``        what is not as it was known, and what changes between versions?
``changes``     what differs between two runs, or several?
``causes``      why do they hang, over many cells?
``evidence``    what is there to see of one cell?
``search``      which cells say a text, and where?
``tracker``     what does the tracker of a pool want to know?
``script``      how does one cell become a program of its own?
``literal``     what of a record means something in a format, and is to mean nothing?
``formats``     how is it written? one file for each format
``pictures``    how is it drawn? first what, as data, then one file for each output
``page``        how is it looked at in a browser, with all of its evidence?
==============  ======================================================================================
"""
