"""What the rules of ``explain`` look at: who waits where, by the functions of CPython's source on each stack. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from repro.observation import Fault, Observation
from repro.verdicts.stacks import Thread


@dataclass(frozen=True)
class Scene:
    """What the rules look at.

    parent: the threads of the program's first process; workers: those of each other living process, by pid.
    died: whether the worker with the fault was seen dead. phase: in which the program stopped going on.
    """

    fault: Fault
    seen: Observation
    parent: Sequence[Thread]
    workers: Mapping[int, Sequence[Thread]]
    died: bool
    phase: str | None

    def parent_in(self, *functions: str) -> Thread | None:
        """A thread of the parent that has all these functions on its stack."""
        for thread in self.parent:
            if set(functions) <= {frame.function for frame in thread.frames}:
                return thread
        return None

    def manager_waits(self) -> Thread | None:
        """The manager thread of a standard executor, where it waits for results and deaths; the second name is that of 3.8."""
        if thread := self.parent_in("wait_result_broken_or_wakeup"):
            return thread
        thread = self.parent_in("_queue_management_worker", "wait")
        # there the same thread waits for its workers' exits at the end, in another function of that name
        return None if thread is not None and any(frame.function == "join" for frame in thread.frames) else thread

    def has_standard_worker(self) -> bool:
        """Whether a worker is one of the standard executor, by the file in which its loop is."""
        return any(
            frame.function == "_process_worker" and frame.file.endswith("futures/process.py")
            for threads in self.workers.values()
            for thread in threads
            for frame in thread.frames
        )

    def any_file(self, name: str) -> bool:
        """Whether some thread of the parent is in a file of this name."""
        return any(frame.file.endswith(name) for thread in self.parent for frame in thread.frames)

    def main_file(self, name: str) -> bool:
        """Whether the parent's main thread is in a file of this name."""
        return any(frame.file.endswith(name) for thread in self.parent if thread.main for frame in thread.frames)

    def stopped(self) -> bool:
        """Whether a process is in state T: it has no stack to tell, and may hold anything."""
        return any(one.state == "T" for one in self.seen.holdings)

    def only_helpers(self) -> bool:
        """Whether every other living process of the tree is known, by its stack, as a resource tracker or a forkserver."""
        others = [one.pid for one in self.seen.holdings if one.pid != self.seen.main_pid and one.state not in "ZX"]
        return bool(self.seen.holdings) and all(
            any(
                frame.function == "main" and frame.file.endswith(("resource_tracker.py", "forkserver.py"))
                for thread in self.workers.get(pid, ())
                for frame in thread.frames
            )
            for pid in others
        )

    def starters(self) -> set[int]:
        """The pids of those who start workers: the program, and a forkserver of its own."""
        main = self.seen.main_pid
        return {main} | {one.pid for one in self.seen.members if one.parent == main and "forkserver" in one.command}

    def workers_in(self, *functions: str) -> set[int]:
        """The pids of the workers that wait with all these functions on their main thread's stack."""
        return {
            pid
            for pid, threads in self.workers.items()
            if any(set(functions) <= {frame.function for frame in thread.frames} for thread in threads if thread.main)
        }

    def may_be_anywhere(self) -> bool:
        """Whether a living process that the pool started has no stack that could tell where it is."""
        starters = self.starters()
        return any(
            one.parent in starters and one.pid not in self.workers and one.state not in "ZX"
            for one in self.seen.holdings
        )

    def works(self) -> bool:
        """Whether the tree worked in the last stretch before the deadline."""
        return self.seen.window is not None and self.seen.window.works
