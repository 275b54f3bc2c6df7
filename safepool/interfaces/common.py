"""What both interfaces share: making the engine, options for single calls, deaths, workers."""

import os
from typing import Any, List, Optional, TypeVar

from ..engine import Engine, WorkerInfo
from ..engine.launcher import supported
from ..errors import WorkerDied
from . import limits as limits_module

P = TypeVar("P", bound="Face")

#: Stands for an option that is not given.
KEEP: Any = object()


def cpu_count() -> int:
    count = getattr(os, "process_cpu_count", os.cpu_count)()
    return count or 1


class Face:
    """What both interfaces share: options, deaths, workers."""

    _engine: Engine
    _limits: Optional[limits_module.Limits]
    _return_exceptions: bool

    def _start(
        self,
        size: int,
        context: Any,
        initializer: Any,
        initargs: Any,
        max_tasks: Optional[int],
        eager: bool,
        kind: str,
        limits: Optional[limits_module.Limits],
        return_exceptions: bool,
        on_death: Any,
    ) -> None:
        supported()
        import multiprocessing

        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        if on_death is not None and not callable(on_death):
            raise TypeError("on_death must be a callable")
        context = context or multiprocessing.get_context()
        self._limits = limits
        self._return_exceptions = return_exceptions
        self._size = size
        self._engine = Engine(
            size=size,
            method=context.get_start_method(),
            setup=(initializer, tuple(initargs)),
            eager=eager,
            max_tasks=max_tasks,
            on_death=on_death,
            kind=kind,
        )

    def options(
        self: P,
        *,
        timeout: Any = KEEP,
        retries: Any = KEEP,
        memory_limit: Any = KEEP,
        return_exceptions: Any = KEEP,
    ) -> P:
        """This pool with other limits: ``pool.options(timeout=3).submit(fn, ...)``.

        ``timeout`` (seconds from when a worker begins the task), ``retries`` (how often a task whose worker died
        runs again), ``memory_limit`` (bytes, or text such as "2GiB"), ``return_exceptions`` (errors in the place of
        results, where a list or an iterator is returned). What is not given stays. It is a light view: the
        workers are the same.
        """
        now = self._limits or limits_module.Limits()
        view = object.__new__(type(self))
        view.__dict__.update(self.__dict__)
        view._limits = limits_module.make(
            now.timeout if timeout is KEEP else timeout,
            now.memory_limit if memory_limit is KEEP else memory_limit,
            now.retries if retries is KEEP else retries,
        )
        if return_exceptions is not KEEP:
            view._return_exceptions = bool(return_exceptions)
        view.__dict__["_base"] = self
        return view

    @property
    def deaths(self) -> List[WorkerDied]:
        """The deaths of workers so far (the newest 1000), oldest first."""
        return list(self._engine.deaths)

    @property
    def workers(self) -> List[WorkerInfo]:
        """The worker processes now."""
        return self._engine.workers()
