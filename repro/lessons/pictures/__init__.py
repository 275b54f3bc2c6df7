"""What a lesson shows of its runs and cells: first as data, pure functions of records; then in letters, and as a drawing.

==================  ==============================================================================
``lanes``           which processes were there when, what were they, and how did they end?
``waiting``         who waited for what, when the watchdog had its verdict?
``cells``           a recorded cell of the suite
``letters``         each picture for a terminal
``drawings``        each picture as SVG
==================  ==============================================================================
"""
