"""What a reader sees. Pure functions of records, in the user's environment: never runs or watches anything.

===============  ======================================================================================
``remarks``      what has to be said before all else?
``tables``       which table shows a run?
``words``        how is a verdict called, in words, letters and signs?
``differences``  where does a verdict depend on the Python or the start method?
``overview``     which of its shapes fits the width?
``grid``         how wide are a table's columns?
``folding``      how is a table folded into a width?
``news``         what is not as it was known, and what changes between versions?
``changes``      what differs between two runs, or several?
``comparison``   how is that written, in each format?
``comment``      how does Markdown fit a comment on GitHub?
``causes``       why do they hang, over many cells?
``evidence``     what is there to see of one cell?
``search``       which cells say a text, and where?
``tracker``      what does the tracker of a pool want to know?
``script``       how does one cell become a program of its own?
``literal``      what of a record means something in a format, and is to mean nothing?
``formats``      how is it written? one file for each format
``pictures``     how is it drawn? first what, as data, then one file for each output
``page``         how is it looked at in a browser, with all of its evidence?
===============  ======================================================================================
"""
