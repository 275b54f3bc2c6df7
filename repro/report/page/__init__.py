"""The page of a run: one HTML file that is looked at in a browser, with all of its evidence, and nothing from elsewhere.

Nearly all that a record says comes into the page as data (JSON), and is shown as text by the page's own program, which writes no
markup. What stands there as markup (the answer, the filters, the matrix) is a few dozen lines: ``html.escape`` does for them what
a template engine would, and needs no extra.

============  ====================================================================================
``answer``    what is the answer, in two sentences?
``markup``    what stands in the page before its program has begun: the answer, the matrix?
``contents``  what does the page carry of each cell, as data?
``drawn``     what are its pictures drawn from, as data?
``shell``     what is every page of ours: one file, which asks nobody for anything?
``assembly``  how does all of it become one file, with the style and the program of ``assets``?
============  ====================================================================================
"""
