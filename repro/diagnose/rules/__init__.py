"""From a program and its pools to what is wrong with it: one rule for each kind, the proofs first. Pure.

A rule yields findings, or nothing. What a recorded cell would be explained by, explains a live program, too: the sentences of the
mechanisms are those of ``repro.verdicts.explain``. What is added here is what the suite knows beforehand and nobody knows of a
program that is somebody else's: whether a worker died, and whether anybody waits for anything.

=====================  ================================================================================
``finding``            what does a rule yield, and how are processes named in it?
``workers``            do workers come and go, stand still, wait in vain, or are not there?
``remains``            what has a dead worker left behind?
``threads``            do the threads of the program's own process do their work?
``results``            will the result come for which somebody waits?
``endings``            will the pool's end come?
``health``             or is nothing wrong with the pool?
=====================  ================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from repro.diagnose.rules.endings import end_waits
from repro.diagnose.rules.finding import Finding
from repro.diagnose.rules.health import idle_pool, memory, slow, waits_outside
from repro.diagnose.rules.remains import grandchild, half_a_message, poisoned_lock
from repro.diagnose.rules.results import lost_beside, lost_task, will_notice
from repro.diagnose.rules.threads import own_task, thread_gone, threads_deadlocked
from repro.diagnose.rules.workers import after_fork, leaves, no_worker, stopped, storm
from repro.diagnose.view import Owner

RULES: tuple[Callable[[Owner], Iterator[Finding]], ...] = (
    *(storm, stopped, half_a_message, poisoned_lock, threads_deadlocked, own_task, thread_gone, after_fork, grandchild),
    *(no_worker, leaves, lost_task, will_notice, lost_beside, end_waits, memory, slow, waits_outside, idle_pool),
)
