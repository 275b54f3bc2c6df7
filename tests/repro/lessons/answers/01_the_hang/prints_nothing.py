# finds: works nothing
import sys


def verdict(pid: int) -> str:
    return "waits"


verdict(int(sys.argv[1]))
