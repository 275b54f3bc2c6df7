"""The lesson in a terminal: text a screen at a time, questions, and programs that run before the reader's eyes.

==================  ==============================================================================
``prose``           Markdown as lines of a terminal, and how those are painted
``blocks``          each block of a lesson as such lines
``steps``           where does a walk stop?
``console``         the terminal itself: keys in, lines out
``live``            a program while it runs, or as it was recorded
``walk``            the walk: forward, back, answers, runs
``bookmark``        where a reader stopped, and what he answered
==================  ==============================================================================
"""
