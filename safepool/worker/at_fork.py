"""What programs have called around each fork (``os.register_at_fork``): which process calls it?

The standard pool forks its workers from the parent. There ``before`` and ``after_in_parent`` run, and ``after_in_child`` in
each worker. Here the parent forks the template, and the template forks the workers. If each of these forks called all
hooks, the template would call those for a child, which start a tracer's threads in it, and then at each launch those for a
parent, which wait for such threads, or want a lock that only a parent lets go. So the way from the parent to a worker is
*one* fork for hooks: the parent calls its two kinds around the birth of the template, the template calls none, and each
worker calls those for a child, once.

======================  ========================  ==============================
hook                    the standard pool         here
======================  ========================  ==============================
``before``              parent, for each worker   parent, for each template
``after_in_parent``     parent, for each worker   parent, for each template
``after_in_child``      each worker               each worker
======================  ========================  ==============================

CPython keeps its hooks in three lists (``Modules/posixmodule.c``: ``register_at_forker``, ``run_at_forkers``) and gives
nobody access to them. But the garbage collector knows who refers to hooks of ours. Where it does not (the program called
``gc.freeze()`` before us, another interpreter), hooks are called at each fork, as everywhere.
"""

import _thread
import contextlib
import gc
import sys
from types import FunctionType
from typing import Any, Callable, Iterator, List, NamedTuple, Optional, Sequence

from ..protocol.originals import System

Hook = Callable[[], Any]


class Hooks(NamedTuple):
    """The interpreter's own lists."""

    before: List[Hook]
    in_parent: List[Hook]
    in_child: List[Hook]


_hooks: Optional[Hooks] = None
_kept = Hooks([], [], [])  # in a template: what its workers find again


def _before() -> None: ...


def _in_parent() -> None: ...


def _in_child() -> None: ...


def find() -> None:
    """Look for the lists; once in a process, and early, since the collector goes through all objects (1 ms for 17,000)."""
    global _hooks
    System.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
    lists = [one for one in gc.get_referrers(_before, _in_parent, _in_child) if type(one) is list]
    found = [[one for one in lists if any(hook is mark for hook in one)] for mark in (_before, _in_parent, _in_child)]
    if all(len(places) == 1 for places in found):
        _hooks = Hooks(*(places[0] for places in found))
        for hooks in (_hooks.before, _hooks.in_parent):
            _put_first(hooks, "logging")


def _put_first(hooks: List[Hook], *modules: str, then: Sequence[Hook] = ()) -> None:
    """As if the program had begun with ``import logging``, which it perhaps did not, and we do.

    Hooks ``before`` run in the reverse order of their registration, and logging's takes a lock. A program that holds a lock of
    its own around ``os.fork()``, and takes that in a hook as well, would have it first in the one place and second in the other:
    two threads that fork wait for each other.
    """
    count = len(hooks)
    first = [hook for hook in hooks[:count] if type(hook) is FunctionType and hook.__module__ in modules]
    hooks[:count] = [*first, *then, *(hook for hook in hooks[:count] if not any(hook is one for one in first))]


def call_first_in_child(hook: Hook) -> None:
    """Have each fork call ``hook`` in the child, and before the program's own, however long these have been there.

    Only threading and logging come before: they put back in order, in the child, what ``hook`` may need. If the lists were not
    found, the hooks that are there stay before it.
    """
    if _hooks is None:
        System.register_at_fork(after_in_child=hook)
    else:
        _put_first(_hooks.in_child, "threading", "logging", then=[hook])


class _PutOff:
    """Stands for hooks in a child: calls them, but not in the template that ``thread`` forks."""

    def __init__(self, hooks: List[Hook]) -> None:
        self.hooks = hooks
        self.thread = _thread.get_ident()

    def __call__(self) -> None:
        if _thread.get_ident() != self.thread:
            for hook in self.hooks:
                try:
                    hook()
                except BaseException:
                    # As the interpreter does with what a hook raises (PyErr_WriteUnraisable).
                    sys.excepthook(*sys.exc_info())


@contextlib.contextmanager
def put_off() -> Iterator[None]:
    """A fork in here calls the hooks for a child only in forks of that child, if it says :func:`in_template`.

    Other threads may fork meanwhile, register hooks, or do the same: each change is one step, and concerns the hooks that were
    there when it began.
    """
    hooks = _hooks
    if hooks is None:
        yield
        return
    count = len(hooks.in_child)
    one = _PutOff(hooks.in_child[:count])
    try:
        hooks.in_child[:count] = [one]  # in here: a handler that raises right after it must not leave it
        yield
    finally:
        _restore(hooks.in_child, one)


def _restore(hooks: List[Hook], one: _PutOff) -> bool:
    """Put back what ``one`` stands for; it may stand in another one's by now, if two threads make pools at once."""
    for place, hook in enumerate(hooks):
        if hook is one:
            hooks[place : place + 1] = one.hooks
            return True
        if type(hook) is _PutOff and _restore(hook.hooks, one):
            return True
    return False


def _all_of(hooks: List[Hook]) -> List[Hook]:
    """Them, and what those stand for that are put off."""
    found: List[Hook] = []
    for hook in hooks:
        found += _all_of(hook.hooks) if type(hook) is _PutOff else [hook]
    return found


def in_template() -> None:
    """This is a child that forks workers, and no more."""
    global _kept
    hooks = _hooks
    if hooks is None:
        return
    hooks.in_child[:] = _all_of(hooks.in_child)  # nobody else is here who could put anything back
    _kept = Hooks(hooks.before[:], hooks.in_parent[:], [])
    hooks.before.clear()
    hooks.in_parent.clear()


def in_worker() -> None:
    """Forks by tasks are forks like all others."""
    if _hooks is not None:
        _hooks.before[:0] = _kept.before
        _hooks.in_parent[:0] = _kept.in_parent
