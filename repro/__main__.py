"""``python -m repro``, and what the console scripts call: looks at the Python first, then lets the command line in.

The rest of the suite is in the grammar of 3.10, so an older Python would end with a SyntaxError somewhere inside. This file
is in the grammar of 3.8, like ``safepool``, whose distribution installs there.
"""

import sys

#: What the suite needs; ``safepool`` and the side that runs inside the interpreter under test need 3.8.
NEEDED = (3, 10)

#: ``repro.errors.USAGE``, which can't be imported here: that file is in the grammar of 3.10.
USAGE = 64


def main() -> int:
    """Run a command line. Returns the exit status; below ``NEEDED``, that of wrong usage, after one line on stderr."""
    if sys.version_info < NEEDED:
        found = ".".join(map(str, sys.version_info[:2]))
        needed = ".".join(map(str, NEEDED))
        print(
            f"repro: needs Python {needed} or newer, and this is {sys.version.split()[0]} ({sys.executable}): start it with a "
            f"newer one, and test this one from there (--python {found}); safepool itself runs here",
            file=sys.stderr,
        )
        return USAGE
    from repro.cli import main

    return main()


if __name__ == "__main__":
    sys.exit(main())
