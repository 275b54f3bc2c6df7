"""Waiting for descriptors: epoll where there is one, else poll. Other threads may change what is waited for."""

import select
from typing import Dict, List, Tuple, Union

from ..protocol.originals import cooperative

READ, WRITE = 1, 2


class EpollPoller:
    """epoll(7): changes by other threads count at once, for a wait in progress too."""

    needs_wake = False

    def __init__(self) -> None:
        self._epoll = cooperative("select", "epoll")()
        self.fileno = self._epoll.fileno

    def add(self, fd: int, mask: int) -> None:
        try:
            self._epoll.register(fd, self._mask(mask))
        except FileExistsError:  # a caller's thread was torn away (Ctrl-C) before it could take it out
            self._epoll.modify(fd, self._mask(mask))

    def remove(self, fd: int) -> None:
        try:
            self._epoll.unregister(fd)
        except (OSError, ValueError):
            pass

    def wait(self, seconds: float) -> List[Tuple[int, int]]:
        """Ready descriptors with the raw event mask; ``seconds`` below 0 waits for ever."""
        found: List[Tuple[int, int]] = self._epoll.poll(seconds)
        return found

    @staticmethod
    def _mask(mask: int) -> int:
        return (select.EPOLLIN if mask & READ else 0) | (select.EPOLLOUT if mask & WRITE else 0)

    def close(self) -> None:
        self._epoll.close()


class PollPoller:
    """poll(2), for systems without epoll: whoever changes the set has to wake the waiting thread."""

    needs_wake = True

    def __init__(self) -> None:
        self._masks: Dict[int, int] = {}

    def add(self, fd: int, mask: int) -> None:
        self._masks[fd] = (select.POLLIN if mask & READ else 0) | (select.POLLOUT if mask & WRITE else 0)

    def remove(self, fd: int) -> None:
        self._masks.pop(fd, None)

    def wait(self, seconds: float) -> List[Tuple[int, int]]:
        poll = cooperative("select", "poll")()
        for fd, mask in list(self._masks.items()):
            poll.register(fd, mask)
        found = poll.poll(-1 if seconds < 0 else int(seconds * 1000 + 0.999))
        closed = [fd for fd, mask in found if mask & select.POLLNVAL]
        for fd in closed:
            self._masks.pop(fd, None)  # somebody closed it: as epoll, forget it, or each wait would return at once
        return [(fd, mask) for fd, mask in found if fd not in closed]

    def close(self) -> None:
        self._masks.clear()


def create() -> Union[EpollPoller, PollPoller]:
    """Raises OSError if there are no descriptors left."""
    return PollPoller() if cooperative("select", "epoll") is None else EpollPoller()
