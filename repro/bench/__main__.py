"""``python -m repro.bench``: the same as ``repro bench``."""

import sys

from repro.bench.cli import main

if __name__ == "__main__":
    sys.exit(main())
