"""Follows a program over time: from looks at it to what is to be told. Pure: no process, no clock; who looks is ``follow``.

A look says one thing: a process was born, was looked into, has ended; some have run; the whole was seen. A report says one thing,
too: a worker died and what that cost, another one has its place, the diagnosis is another one now, the program has ended.

A worker that ends with status 0, or by SIGTERM, may be one of a pool that is closed or terminated: for ``SETTLES`` it is not
told, and then as the end of the pool, if no worker of that is left.
"""

from __future__ import annotations

from dataclasses import replace

from repro.diagnose import pools, reports
from repro.diagnose.costs import BREAKS, Cost, Lost, cost
from repro.diagnose.diagnosis import Diagnosis, diagnose
from repro.diagnose.kinds import HEALTHY, STUCK, UNKNOWN
from repro.diagnose.looks import Born, Death, Ended, Hand, Look, Looked, Ran
from repro.diagnose.pools import POOL, Stage
from repro.diagnose.reports import Report
from repro.diagnose.rules.workers import STORM_AGE
from repro.diagnose.snapshot import Seen, Snapshot
from repro.diagnose.view import Worker
from repro.diagnose.whose import like_its_parent, owners, worker
from repro.observation import IDLE_SHARE

#: How long an end that may be an ordinary one waits for those of the other workers, and for a worker in its place, in seconds.
SETTLES = 0.5
#: How long a worker may take to get its place taken, in seconds.
REPLACED_WITHIN = 10.0
#: So many reports of workers are told within so many seconds; of more, how many there were.
TOLD, WITHIN = 8, 10.0
#: How long after a death, and after the whole has become quiet, or goes on, it is diagnosed again, in seconds; and how often
#: anyway.
AFTER_DEATH, AFTER_CHANGE, ANYWAY = 1.0, 3.0, 300.0
#: So often a stack is asked for that can't be had: whom one may not look into, one may not look into later.
TRIES = 3
#: So many deaths are kept.
KEPT = 200
#: The ends that a pool gives to its own workers: they return from their loop, or get SIGTERM.
ORDINARY = (0, -15)
#: The signals that come from outside: of any other end, and of an exit code, the worker's own code is the cause.
OUTSIDE = (-1, -2, -9, -15)


class Watch:
    """What is known of a program (pid), and what has been told of it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.over = False
        self.hands: dict[int, Hand] = {}
        self.deaths: list[Death] = []
        self.costs: list[Lost] = []
        self.diagnosis: Diagnosis | None = None
        self.was_stuck = False
        self.no_stacks = ""  # why tasks in hand are not known
        self._all: dict[int, Seen] = {}
        self._helpers: dict[int, str] = {}
        self._limited: dict[int, bool] = {}
        self._quiet: bool | None = None
        self._changed = 0.0  # when it became quiet, or went on
        self._diagnosed = 0.0
        self._burst: list[float] = []  # when it began, and when each report of it was told
        self._untold: list[Report] = []

    @property
    def workers(self) -> list[int]:
        """The living ones."""
        return list(self.hands)

    @property
    def due(self) -> float | None:
        """When something is to be decided that no look will bring; None where nothing is."""
        moments = [one.at + SETTLES for one in self.deaths if not one.told]
        if self._untold:
            moments.append(self._burst[0] + WITHIN)
        return min(moments, default=None)

    def wants_diagnosis(self, at: float) -> bool:
        """Whether something may have changed it: a death, a standstill, the end of one; or it is long ago."""
        if self.diagnosis is None or at - self._diagnosed > ANYWAY:
            return True
        if any(one.at + AFTER_DEATH > self._diagnosed and at >= one.at + AFTER_DEATH for one in self.deaths):
            return True
        new = self._changed + AFTER_CHANGE > self._diagnosed and at >= self._changed + AFTER_CHANGE
        return new and (self._quiet is True or self.diagnosis.status == STUCK)

    @property
    def status(self) -> int:
        """Of the command: 1 where the program was stuck, or a death has cost something, 2 where one may have."""
        if self.was_stuck or any(one not in (Lost.NOTHING, Lost.UNKNOWN) for one in self.costs):
            return STUCK
        return UNKNOWN if Lost.UNKNOWN in self.costs else HEALTHY

    def to_ask(self) -> list[int]:
        """The workers whose stack is to be seen, the most urgent first: those that have none, and those that have run since."""
        hands = {pid: hand for pid, hand in self.hands.items() if hand.tries < TRIES}
        wanted = [pid for pid, hand in hands.items() if hand.looked is None or hand.ran]
        return sorted(wanted, key=lambda pid: (self.hands[pid].looked is not None, self.hands[pid].looked or 0.0, pid))

    def see(self, at: float, look: Look | None) -> list[Report]:
        """What is to be told after a look; None: after nothing but time. at: in seconds, of any clock that goes on."""
        found = self._see(at, look) if look is not None else []
        return self._few(at, [*found, *self._settle(at)])

    def _see(self, at: float, look: Look) -> list[Report]:
        if isinstance(look, Looked):
            return self._looked(at, look.snapshot)
        if isinstance(look, Ended):
            return self._ended(at, look)
        if isinstance(look, Born):
            return self._born(at, look.seen)
        if isinstance(look, Ran):
            for pid in look.pids & self.hands.keys():
                self.hands[pid].ran = True
            if self._quiet is not (quiet := look.share < IDLE_SHARE):
                self._quiet, self._changed = quiet, at
        elif look.seen.pid in self.hands:
            self._known(at, look.seen)
        return []

    def _looked(self, at: float, taken: Snapshot) -> list[Report]:
        told: list[Report] = []
        self._all |= {one.pid: one for one in taken.processes if not (one.outsider or one.ended)}
        for owner in owners(taken):
            self._helpers |= owner.helpers
            self._limited[owner.pid] = bool(owner.limited)
            for one in owner.workers:
                if one.stage is not Stage.ENDED:
                    told += self._takes_a_place(at, one.pid, owner.pid) if one.pid not in self.hands else []
                    self.hands[one.pid] = Hand(one, owner.pid, at - one.seen.age, at if one.seen.threads else None)
        found, before = diagnose(taken), self.diagnosis
        self.diagnosis, self._diagnosed = found, at
        none = next((one for one in taken.absent if one.source.startswith("Python stacks")), None)
        self.no_stacks = "" if none is None else "; ".join(filter(None, (none.why, none.help)))
        self.was_stuck = self.was_stuck or found.status == STUCK
        if before is not None and (_gist(before) == _gist(found) or before.status == found.status == HEALTHY):
            return told
        return [*told, reports.diagnosed(found, taken)]

    def _known(self, at: float, seen: Seen) -> None:
        """The stack of a worker was seen: it may be one of another pool than was thought."""
        hand = self.hands[seen.pid]
        now = worker(seen)
        parent = self._all.get(hand.owner)
        if hand.looked is None and now.role is None and parent is not None and not like_its_parent(seen, parent):
            del self.hands[seen.pid]  # it was on its way into a program of its own
        elif seen.threads:
            pool = now.pool or hand.worker.pool
            self.hands[seen.pid] = replace(hand, worker=replace(now, pool=pool), looked=at, ran=False)
        else:
            hand.tries += 1
        self._all[seen.pid] = seen

    def _born(self, at: float, seen: Seen) -> list[Report]:
        if seen.pid in self.hands:
            return []
        self._all[seen.pid] = seen
        parent = self._all.get(seen.parent)
        if parent is None:
            return []
        if seen.parent not in self._helpers and (name := pools.helper(None, seen.command)):
            self._helpers[seen.pid] = name
            return []
        owner = parent.parent if parent.pid in self._helpers else parent.pid
        if seen.parent in self.hands and owner not in {one.owner for one in self.hands.values()}:
            return []  # what a worker has started
        if not like_its_parent(seen, self._all.get(owner, parent)):
            return []
        self.hands[seen.pid] = Hand(Worker(seen, self._pool_of(owner), Stage.UNKNOWN), owner, at - seen.age, None)
        return self._takes_a_place(at, seen.pid, owner)

    def _pool_of(self, owner: int) -> str:
        """The pool of an owner's other workers: of one whose stack was not seen, it is the same, as far as is known."""
        known = [*self.hands.values(), *(one.hand for one in reversed(self.deaths))]
        return next((one.worker.pool for one in known if one.owner == owner and one.worker.pool), "")

    def _takes_a_place(self, at: float, pid: int, owner: int) -> list[Report]:
        """A new worker has that of the first that died and has none in its place."""
        for death in self.deaths:
            if death.hand.owner == owner and death.replaced is None and at - death.at < REPLACED_WITHIN:
                death.replaced = pid
                ordinary = death.end.status == 0 and self._limited.get(owner, False)
                return [reports.replaced(at, death)] if death.told and not ordinary else []
        return []

    def _ended(self, at: float, end: Ended) -> list[Report]:
        if end.pid == self.pid:
            self.over = True
            remaining = [pid for pid in self._all if pid != self.pid]
            return [*self._settle(at), reports.program_ended(end, len(self.costs), remaining)]
        seen = self._all.pop(end.pid, None)
        hand = self.hands.pop(end.pid, None)
        if hand is not None:
            hand.worker = replace(hand.worker, pool=hand.worker.pool or self._pool_of(hand.owner))
            self.deaths = [*self.deaths[-KEPT:], Death(at, end, hand)]
        elif seen is not None and end.pid in self._helpers and end.status != 0:
            return [reports.helper_died(end, self._helpers.pop(end.pid))]
        return []

    def _settle(self, at: float) -> list[Report]:
        """The deaths of which it can be said by now what they are."""
        found: list[Report] = []
        for death in [one for one in self.deaths if not one.told]:
            if death.told:  # meanwhile, with others
                continue
            if not self._ordinary(death):
                found += self._tell(at, death)
            elif self.over or at >= death.at + SETTLES:
                found += self._tell_all(at, death.hand.owner)
        return found

    def _ordinary(self, death: Death) -> bool:
        """Whether the pool itself may have ended this worker. One that breaks ends the others, loky with SIGKILL."""
        if death.hand.worker.pool in BREAKS and death.end.status == -9:
            return bool(self._before(death))
        return death.end.status is None or death.end.status in ORDINARY

    def _before(self, death: Death) -> list[Death]:
        """The deaths that were told of the same owner, not long before."""
        owner, at = death.hand.owner, death.at
        return [one for one in self.deaths if one.told and one.hand.owner == owner and at - one.at < REPLACED_WITHIN]

    def _tell_all(self, at: float, owner: int) -> list[Report]:
        """Ends that may be ordinary, of one owner: those of a pool that has ended, or of single workers."""
        waiting = [one for one in self.deaths if one.hand.owner == owner and not one.told]
        before = self._before(waiting[-1])
        goes_on = any(hand.owner == owner for hand in self.hands.values()) or any(one.replaced for one in waiting)
        if goes_on or self._limited.get(owner, False):
            return [report for one in waiting for report in self._tell(at, one)]
        killed = [one for one in waiting if one.end.status == -15 and one.hand.worker.pool in BREAKS]
        if killed and not before:  # somebody has ended the first of them, and the executor the others
            waiting.remove(killed[0])
            return [*self._tell(at, killed[0]), *(self._tell_all(at, owner) if waiting else [])]
        for one in waiting:
            one.told = True
        self.deaths = [
            one for one in self.deaths if one.hand.owner != owner
        ]  # another pool's workers replace none of them
        return [reports.pool_ended(waiting, before)]

    def _tell(self, at: float, death: Death) -> list[Report]:
        """The end of one worker. One of Pool that leaves without having done its number of tasks, and whose place is taken, has
        called ``sys.exit`` or the like."""
        death.told = True
        hand = death.hand
        if death.end.status == 0 and self._limited.get(hand.owner, False):
            return []  # its number of tasks is done
        if death.end.status == 0 and (death.replaced is None or hand.worker.pool != POOL):
            return [reports.left(death)]
        found = self._cost(death)
        self.costs.append(found.lost)
        told = [reports.died(death, found)]
        return [*told, reports.replaced(at, death)] if death.replaced else told

    def _cost(self, death: Death) -> Cost:
        """Who waited for a task, and did not end by a signal from outside, has got one since."""
        worker, ran = death.hand.worker, death.hand.ran
        return cost(worker.pool, worker.stage, ran or death.end.status not in OUTSIDE)

    def _few(self, at: float, found: list[Report]) -> list[Report]:
        """A storm has hundreds of deaths, all alike: of those that are too many, only their number is told."""
        told = []
        if self._untold and (self.over or at >= self._burst[0] + WITHIN):
            young = [one for one in self._untold if one.event == "worker-died" and one.fields["age"] < STORM_AGE]
            storm = len(young) >= TOLD
            self.was_stuck = self.was_stuck or storm
            told.append(reports.more(self._untold, WITHIN, storm))
            self._untold = []
        if self._burst and at >= self._burst[0] + WITHIN:
            self._burst = []
        for report in found:
            if report.event not in ("worker-died", "worker-left", "worker-replaced"):
                told.append(report)
            elif len(self._burst) < TOLD:
                self._burst.append(at)
                told.append(report)
            else:
                self._untold.append(report)
        return told


def _gist(found: Diagnosis) -> tuple[object, ...]:
    """What makes it another one. How little is known, is no news."""
    sure = found.finding.certainty if found.status != UNKNOWN else ""
    return found.kind, found.finding.owner, sure
