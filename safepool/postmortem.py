"""Why did the worker die? Facts in, words out; what is only likely is called likely.

Sources: wait status (``waitpid(2)``); the OOM-kill counters of the memory cgroup (v1 ``memory.oom_control``, line
``oom_kill``; v2 ``memory.events``, line ``oom_kill``) and of the whole system (``/proc/vmstat``, ``oom_kill``).
"""

import os
import signal
import sys
from typing import Dict, List, NamedTuple, Optional, Tuple

from .protocol.originals import System


class Status(NamedTuple):
    """How a process ended: ``exitcode`` as multiprocessing gives it, None if unknown."""

    exitcode: Optional[int]
    peak: Optional[int] = None  # bytes


def from_wait(status: int, peak_kib: int) -> Status:
    code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    return Status(code, peak_kib * 1024 or None)


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def size(count: float) -> str:
    """Bytes for people: ``1.9 GiB``."""
    if count < 1024:
        return f"{count:.0f} bytes"
    for unit in ("KiB", "MiB", "GiB"):
        count /= 1024
        if count < 1024:
            return f"{count:.1f} {unit}"
    return f"{count / 1024:.1f} TiB"


# ---- the OOM killer


def _content(path: str) -> bytes:
    """Of a file of the kernel, with few calls: some are read at each birth and each death. Raises OSError."""
    # An object closes its descriptor if a signal's handler raises before the next line, or within it.
    file = System.open_file(path, "rb", buffering=0)
    try:
        return file.read() or b""  # None where it says EAGAIN
    finally:
        try:
            file.close()
        except OSError:
            pass  # it is closed all the same (close(2))


def _is_there(path: str) -> bool:
    try:
        System.stat(path)
    except (OSError, ValueError):  # ValueError: no path can be like that
        return False
    return True


def _counter(path: str) -> Optional[int]:
    try:
        _, found, rest = (b"\n" + _content(path)).partition(b"\noom_kill ")
        return int(rest.split(b"\n", 1)[0]) if found else None
    except (OSError, ValueError):
        return None


def counter_file(cgroup: str) -> Optional[str]:
    """The file with the OOM-kill counter for the content of a ``/proc/PID/cgroup``."""
    v2 = None
    for line in cgroup.splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        path = path.strip().replace(" (deleted)", "")
        if "memory" in controllers.split(","):
            for mount in ("/sys/fs/cgroup/memory", "/sys/fs/cgroup"):
                file = mount + path.rstrip("/") + "/memory.oom_control"
                if _is_there(file):
                    return file
        elif number == "0":
            for mount in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified"):
                file = mount + path.rstrip("/") + "/memory.events"
                if _is_there(file):
                    v2 = file
    return v2


class OomWatch:
    """Remembers OOM-kill counters, to see after a death whether one has risen."""

    def __init__(self) -> None:
        self.active = sys.platform == "linux"
        self.counters: Dict[str, int] = {}
        self.system: Optional[int] = None
        if self.active:
            self.system = _counter("/proc/vmstat")
            self.look(self.own_cgroup())

    @staticmethod
    def own_cgroup() -> str:
        try:
            return _content("/proc/self/cgroup").decode("utf-8", "surrogateescape")
        except OSError:
            return ""

    def look(self, cgroup: str) -> Tuple[Optional[str], Optional[int], Optional[int]]:
        """(file, value at the last look, value now) of the counter of a cgroup."""
        file = counter_file(cgroup)
        if file is None:
            return None, None, None
        before, now = self.counters.get(file), _counter(file)
        if now is not None:
            self.counters[file] = now
        return file, before, now

    def verdict(self, cgroup: Optional[str]) -> Tuple[Optional[str], Optional[str]]:
        """("certain" or "likely" or None, the evidence in words) for a worker that died by SIGKILL."""
        if not self.active:
            return None, None
        before_system, now_system = self.system, _counter("/proc/vmstat")
        self.system = now_system
        risen = before_system is not None and now_system is not None and now_system > before_system
        certain = None
        # With cgroup v1 a zombie has been moved to the root already; mostly it was in the parent's cgroup.
        for content in (self.own_cgroup(), cgroup):
            if content is not None:
                _, before, now = self.look(content)
                if before is not None and now is not None and now > before:
                    certain = f"cgroup counter {before} -> {now}"
        if certain is not None:
            return "certain", certain
        if risen:
            return "likely", f"the system's counter of OOM kills {before_system} -> {now_system}"
        return None, None


def resident(pid: int) -> Optional[int]:
    """Resident memory in bytes, from ``/proc/PID/statm`` (psutil elsewhere, if it is installed)."""
    try:
        return int(_content(f"/proc/{pid}/statm").split()[1]) * int(System.sysconf("SC_PAGE_SIZE"))
    except (OSError, ValueError, IndexError):
        pass
    if sys.platform != "linux":
        try:
            import psutil

            return int(psutil.Process(pid).memory_info().rss)
        except Exception:
            pass
    return None


def dirty(pid: int) -> Optional[int]:
    """How many bytes a process has written that are in its memory and nobody else's (``Private_Dirty`` in
    ``/proc/PID/smaps_rollup``, Linux 4.14); None where that cannot be told. Takes some ms for each GiB."""
    try:
        _, found, rest = _content(f"/proc/{pid}/smaps_rollup").partition(b"Private_Dirty:")
        return int(rest.split(None, 1)[0]) * 1024 if found else None
    except (OSError, ValueError, IndexError):
        return None


#: What a worker was doing, before the name of the task.
DOING = {
    "starting": "starting up",
    "receiving": "receiving",
    "unpickling": "unpickling",
    "pickling": "pickling the result of",
    "sending": "sending the result of",
}


def _stat(pid: int) -> Optional[List[bytes]]:
    """The fields of ``/proc/PID/stat`` from the third on (proc_pid_stat(5)).

    None if there is no such process, or no /proc, or no telling just now (no descriptor is left): see :func:`exists`.
    """
    try:
        return _content(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    except OSError:
        return None


def exists(pid: int) -> bool:
    """Is there a process with this number, or a zombie? Needs no descriptor."""
    try:
        System.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it is there, and somebody else's by now
    return True


def start_time(pid: int) -> int:
    """When a process started, in clock ticks since the system did; 0 where there is no telling."""
    fields = _stat(pid)
    return int(fields[19]) if fields else 0


def parent_of(pid: int) -> Optional[int]:
    fields = _stat(pid)
    return int(fields[1]) if fields else None


def state_of(pid: int) -> Tuple[Optional[str], Optional[int]]:
    """(state, as one letter; CPU time so far, in clock ticks) of a process; (None, None) where there is no telling."""
    fields = _stat(pid)
    return (fields[0].decode(), int(fields[11]) + int(fields[12])) if fields else (None, None)


def is_dying(pid: int) -> bool:
    """Is it a zombie of which other threads are still there? Their memory is given back first; until then nobody gets its status.

    That takes a while for a process that was killed for its memory.
    """
    fields = _stat(pid)
    return fields is not None and fields[0] == b"Z" and int(fields[17]) > 1


def is_process(pid: int, started: int) -> bool:
    """Does the process that had this pid and start time (clock ticks; 0: unknown) still run? A zombie does not.

    Where that cannot be told now, it does if there is any with this pid: the next look tells. Who took a living worker for dead
    would have its tasks run twice.
    """
    fields = _stat(pid)
    if fields:
        return fields[0] not in (b"Z", b"X") and (not started or int(fields[19]) == started)
    return exists(pid)


class Death(NamedTuple):
    """What there is to say of a death.

    ``pid``, ``status`` and ``stage`` of the worker; the ``task`` in hand in words and its ``position`` in the call (None: none);
    whether the OOM killer did it (``oom``: "certain", "likely" or None) and the ``evidence``; how many ``others`` are not
    affected; a ``note`` on why we killed it; whether the task had finished, and its result is ``lost``.
    """

    pid: Optional[int]
    status: Status
    stage: str
    task: Optional[str] = None
    position: Optional[int] = None
    oom: Optional[str] = None
    evidence: Optional[str] = None
    others: int = 0
    note: str = ""
    lost: bool = False


def message(death: Death) -> str:
    """The sentence of a WorkerDied."""
    pid, status, stage, task, index, oom, evidence, others, note, lost = death
    what: List[str] = [f"worker {pid} " if pid else "a worker "]
    code = status.exitcode
    if code is None:
        what.append("died (nobody could tell its exit status)")
    elif code < 0:
        what.append(f"was killed by {signal_name(-code)}")
    else:
        what.append(f"exited with status {code}")
    position = "" if index is None else f"task {index}, "
    if lost:
        what.append(f" after it had finished {position}{task}, but before the result was sent: finished, result lost")
    else:
        what.append(f" while {DOING.get(stage, stage)}")
        if task is not None:
            what.append(f" {position}{task}")
    if note:
        what.append("; " + note)
    if oom == "certain":
        what.append(f"; the kernel's OOM killer did it ({evidence})")
    elif oom == "likely":
        what.append(f"; likely the kernel's OOM killer did it ({evidence})")
    if status.peak and (code is None or code < 0):
        what.append(f"; it held up to {size(status.peak)}")
    what.append(".")
    if others:
        what.append(f" The other {others} tasks are" if others > 1 else " The other task is")
        what.append(" not affected by it.")  # others may die at the same moment, but of their own
    return "".join(what)
