"""A thread of ours in the parent: who starts it waits until it has begun, or is gone, and no longer.

``threading.Thread.start()`` waits for an Event that the new thread sets. Two things can keep that from ever being set:

- The thread may die before. Its first frames of Python need memory (16 KiB, since 3.11), and where the address space is nearly
  used up, MemoryError comes before the first line of ``threading`` has run. Then ``start()`` waits for ever: on 3.13 in 17 of
  600 attempts with 8 MB left, and in 8 of 68 programs whose limit was lowered at random.
- A signal handler that raises in the main thread while that waits can leave the Event's lock locked. Then the *thread* waits
  for ever, before it has done anything.

So something else stands in the place of that Event: a flag and a :class:`~safepool.protocol.bell.Bell`. That the thread is gone
is seen by what was handed to the system to be called: nobody but the thread has that, and lets it go when it ends, however it
ends. Everything else is as in any other thread: its name, ``threading.current_thread()``, the hooks of tracers.
"""

import contextlib
import sys
import threading
import types
import weakref
from typing import Any, Callable, Optional

from .bell import Bell


class _Begun(threading.Event):
    """Stands where ``threading.Thread`` has the Event that its ``start()`` waits for. Nobody ever holds its own lock for long:
    the thread alone sets it, and who waits does not touch that.

    It does not know its thread, which has it: a thread that has ended is to be forgotten at once, and its stack with it (since
    3.13 that is kept until then), and not when the collector comes by.
    """

    def __init__(self) -> None:
        super().__init__()
        self.call: Optional[Callable[[], Any]] = None  # weak: what the thread calls
        self._bell = Bell()

    def is_gone(self) -> bool:
        return self.call is not None and self.call() is None

    def set(self) -> None:
        super().set()
        self._bell.ring()

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Raises RuntimeError if the thread is gone, and had not begun; no MemoryError, where there is none for waiting."""
        while not (self.is_set() or self.is_gone()):
            with contextlib.suppress(MemoryError):
                if not self._bell.wait(lambda: self.is_set() or self.is_gone(), timeout):
                    return False
        if not self.is_set():
            raise RuntimeError("can't start new thread: it ended before it had begun, for want of memory most likely")
        return True


class Thread(threading.Thread):
    """Calls ``target(*args)``. A daemon: it ends with the pool that it is for, and no program waits for it alone."""

    def __init__(self, target: Callable[..., Any], name: str, *args: Any) -> None:
        super().__init__(target=target, args=args, name=name, daemon=True)
        self._started = _Begun()

    def start(self) -> None:
        """As ``threading.Thread.start``. Raises RuntimeError if there can be no thread, or it was gone before it had begun."""
        try:
            if sys.version_info >= (3, 9):
                super().start()
            else:
                self._start_without_lock()
        except RuntimeError:
            self._forget()
            raise
        except KeyError as error:
            # A signal's handler raised when the thread was there, and in that list no more: threading takes what it raised for
            # a thread that could not be made.
            torn_by = error.__context__
            if torn_by is None:
                raise
            raise torn_by from None

    def _start_without_lock(self) -> None:
        """As ``super().start()`` on 3.8, whose lock around the list of those that are about to begin is not reentrant: a signal
        handler may come inside, and start a thread, too."""
        threading._limbo[self] = self  # type: ignore[attr-defined]
        try:
            threading._start_new_thread(self._bootstrap, ())  # type: ignore[attr-defined]
        except Exception:
            self._forget()
            raise
        self._started.wait()

    def join(self, timeout: Optional[float] = None) -> None:
        super().join(timeout)
        self.is_gone()  # it is in no list then

    def _forget(self) -> None:
        """Or ``threading`` would list it for ever as one that is about to begin."""
        getattr(threading, "_limbo", {}).pop(self, None)

    @property
    def _bootstrap(self) -> Callable[[], Any]:
        """What ``threading.Thread.start`` hands to the system, once: a method of this thread, by which debuggers know it."""
        call = types.MethodType(threading.Thread._bootstrap, self)  # type: ignore[attr-defined]
        self._started.call = weakref.ref(call)
        return call

    def is_gone(self) -> bool:
        """Was it started, and has ended, whatever it came to? Unlike ``not is_alive()``, False while it is about to begin."""
        gone = self._started.is_gone()
        if gone and self._started.is_set():  # else ``start()`` sees to it
            self._forget()  # it may have ended in its first steps
        return gone
