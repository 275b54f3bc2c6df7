from __future__ import annotations

import sys


def main(pid: int) -> None:
    raise NotImplementedError


if __name__ == "__main__":
    main(int(sys.argv[1]))
