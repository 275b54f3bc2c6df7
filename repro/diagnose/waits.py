"""For what a process waits, in words: by its main thread's system call, and by the Python function in which it is. Pure."""

from __future__ import annotations

from repro.diagnose.snapshot import Seen
from repro.tree.calls import Call

#: Calls that say it all.
_WORDS = {
    "nanosleep": "sleeps",
    "pause": "waits for a signal",
    "sigsuspend": "waits for a signal",
    "sigtimedwait": "waits for a signal",
    "fsync": "waits for the disk",
    "fdatasync": "waits for the disk",
    "open": "waits for a file to be opened",
    "semop": "waits for a System V semaphore",
    "semtimedop": "waits for a System V semaphore",
    "msgrcv": "waits for a System V message",
    "io_getevents": "waits for the disk",
}
_ON = {
    "read": "waits to read from",
    "readv": "waits to read from",
    "pread": "waits to read from",
    "recvfrom": "waits to read from",
    "recvmsg": "waits to read from",
    "write": "waits to write to",
    "writev": "waits to write to",
    "pwrite": "waits to write to",
    "sendto": "waits to write to",
    "sendmsg": "waits to write to",
    "connect": "waits for a connection to",
    "accept": "waits for a connection at",
    "flock": "waits for the lock of the file",
    "fcntl": "waits for a lock in the file",
    "poll": "waits for one of",
    "epoll": "waits for one of",
    "select": "waits for descriptors",
}


def outside(seen: Seen) -> str:
    """What it does, as the rest of a sentence: ``waits to read from tcp 10.0.0.5:5432``."""
    if seen.ended:
        return "has ended"
    if seen.stopped:
        return "is stopped" if seen.state == "T" else "is stopped by a debugger"
    call = next((one for one in seen.calls if one.number == seen.pid), None)
    words = in_words(call) if call is not None else ""
    main = seen.main
    if main is None or not main.frames:
        return words or _STATES.get(seen.state, f"is in state {seen.state}")
    where = main.waits_in
    return f"{words or _STATES.get(seen.state, 'waits')}, in {where}"


_STATES = {"R": "computes", "D": "waits for the disk", "S": "waits"}


def in_words(call: Call) -> str:
    """What the kernel says of one thread; "" where it says nothing that helps."""
    if call.state == "R":
        return "computes"
    if call.name == "select" and call.timed and not call.targets:
        return "sleeps, or waits for descriptors"
    if call.name in _WORDS:
        return _WORDS[call.name]
    if call.name in _ON:
        targets = ", ".join(call.targets[:3]) + (", ..." if len(call.targets) > 3 else "")
        return f"{_ON[call.name]} {targets or 'something'}".rstrip()
    if call.name in ("wait4", "waitid"):
        child = call.targets[0] if call.targets else "any child"
        return f"waits for the end of {'process ' if child.isdigit() else ''}{child}"
    if call.name == "futex":
        return (
            "waits for a lock, or for another thread" if call.private else "waits for a lock that other processes share"
        )
    return ""
