"""In the template and in workers: launching, serving, answering.

Knows :mod:`safepool.protocol` only, and a fresh worker loads nothing else.

==============  ====================================================================================
``template``    who launches workers, notices their end, and ends them with the parent? (the template's process)
``children``    which workers live, how did the others end, and who is still to get a signal? (the template's books)
``births``      how is a worker born, and before it the template: by fork, or as a fresh interpreter?
``at_fork``     which process calls what the program has registered for a fork?
``program``     how is a fresh interpreter started that runs a function of ours?
``start``       how does a process become a worker, and how does it end?
``loop``        what does a worker do with a message?
``chunks``      how are the items of a chunk run: fast, and each noted before it is touched?
``answers``     how are results kept and sent? (``loop`` and ``chunks`` say when)
``channel``     how does a worker read and write its pipes, and when may Ctrl-C reach it?
``strangers``   a task forked, and its child came back: how does that process end?
``failures``    what does a worker say of an exception?
==============  ====================================================================================
"""
