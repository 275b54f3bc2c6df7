"""The program of a cell, without ``if __name__ == "__main__"``: every spawned worker runs it again, and catches nothing."""

from repro.subject import program

if __name__ == "__mp_main__":  # in a spawned worker, which imports the main module by that name
    program.bare()
else:
    program.main()
