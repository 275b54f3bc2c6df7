"""What is seen of a program that is followed, one thing at a time, and what is kept of its workers. Pure data."""

from __future__ import annotations

from dataclasses import dataclass

from repro.diagnose.snapshot import Seen, Snapshot
from repro.diagnose.view import Worker
from repro.tree.memory import Kill


@dataclass(frozen=True)
class Born:
    """A process of the tree that was not there before."""

    seen: Seen


@dataclass(frozen=True)
class Asked:
    """A process was looked into, with its Python stack."""

    seen: Seen


@dataclass(frozen=True)
class Ran:
    """Who was scheduled since the last of these, and how much of a core all used together."""

    pids: frozenset[int]
    share: float


@dataclass(frozen=True)
class Ended:
    """status: exit code, or minus a signal; None where it is not known; why: it is not. kill: what the kernel's log has of it.
    counted: how many processes the OOM killer has ended on this machine since the last death of the kind, or,
    first, since the watching began; None where nobody counts."""

    pid: int
    status: int | None
    why: str = ""
    kill: Kill | None = None
    counted: int | None = None
    first: bool = True


@dataclass(frozen=True)
class Looked:
    """The whole was seen."""

    snapshot: Snapshot


Look = Born | Asked | Ran | Ended | Looked


@dataclass
class Hand:
    """What is known of a living worker. owner: whose it is. since: when it was started. looked: when its stack was seen, None
    where it was not. ran: whether it has run since. tries: how often its stack could not be had."""

    worker: Worker
    owner: int
    since: float
    looked: float | None
    ran: bool = False
    tries: int = 0


@dataclass
class Death:
    """The end of a worker. at: when. replaced: who was started in its place. told: whether that was reported."""

    at: float
    end: Ended
    hand: Hand
    replaced: int | None = None
    told: bool = False
