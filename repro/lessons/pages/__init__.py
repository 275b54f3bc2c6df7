"""What the forms for browsers share: a lesson's blocks as markup, and the one file that a page is.

============  ====================================================================================
``prose``     how does Markdown become markup?
``rows``      lines of code, where a page may be too narrow for them
``blocks``    each block of a lesson as markup
``pictures``  each picture as markup; a cell's timeline is stepped in the page
``sheet``     how does all of it become one file?
============  ====================================================================================
"""
