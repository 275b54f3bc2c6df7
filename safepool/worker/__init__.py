"""In the template and in workers: launching, serving, answering.

Knows :mod:`safepool.protocol` only, and a fresh worker loads nothing else.

==============  ====================================================================================
``template``    how do workers come to be, and who notices their end? (the template's process)
``start``       how does a process become a worker, and how does it end?
``loop``        what does a worker do with a message?
``chunks``      how are the items of a chunk run: fast, and each noted before it is touched?
``answers``     when does a result go back, and where is it safe until then?
``channel``     how does a worker read and write its pipes, and when may Ctrl-C reach it?
``failures``    what does a worker say of an exception?
==============  ====================================================================================
"""
