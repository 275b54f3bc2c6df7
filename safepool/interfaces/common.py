"""What both interfaces share: making the engine, options for single calls, deaths, workers."""

import os
from typing import Any, Callable, Iterable, List, NamedTuple, Optional, TypedDict, TypeVar, Union

from ..engine import Engine, WorkerInfo
from ..engine.launcher import supported
from ..errors import WorkerDied
from . import limits as limits_module
from .waiting import aside

P = TypeVar("P", bound="Face")

#: Stands for an option that is not given.
KEEP: Any = object()


def cpu_count() -> int:
    count = getattr(os, "process_cpu_count", os.cpu_count)()
    return count or 1


def check_exit_timeout(seconds: Optional[float]) -> Optional[float]:
    """Raises ValueError for a time that is none."""
    if seconds is not None and not seconds >= 0:
        raise ValueError(f"exit_timeout={seconds!r} has to be a number of seconds, or None for any time")
    return seconds


class CallOptions(TypedDict, total=False):
    """What a call may be told, as keywords of :meth:`Face.options`."""

    timeout: Optional[float]
    retries: int
    memory_limit: Union[int, str, None]
    return_exceptions: bool


class Settings(NamedTuple):
    """What a pool is made with: ``size`` (workers), a multiprocessing context or None, ``initializer`` and ``initargs``, how many
    tasks a worker runs before it is replaced (None: no limit), and whom to call for each death."""

    size: int
    context: Any
    initializer: Optional[Callable[..., Any]]
    initargs: Iterable[Any]
    max_tasks: Optional[int]
    on_death: Optional[Callable[[WorkerDied], Any]]
    exit_timeout: Optional[float]


class Face:
    """What both interfaces share: options, deaths, workers."""

    _kind: str  # "pool" or "executor": for messages
    _eager: bool  # are workers made before there are tasks?
    _engine: Engine
    _limits: Optional[limits_module.Limits]
    _return_exceptions: bool

    def _start(self, settings: Settings, limits: Optional[limits_module.Limits], return_exceptions: bool) -> None:
        """Make the engine. limits, return_exceptions: of every call that is told nothing else."""
        supported()
        import multiprocessing

        if settings.initializer is not None and not callable(settings.initializer):
            raise TypeError("initializer must be a callable")
        if settings.on_death is not None and not callable(settings.on_death):
            raise TypeError("on_death must be a callable")
        context = settings.context or multiprocessing.get_context()
        self._limits = limits
        self._return_exceptions = return_exceptions
        self._size = settings.size
        self._engine = Engine(
            size=settings.size,
            method=context.get_start_method(),
            setup=(settings.initializer, tuple(settings.initargs)),
            eager=self._eager,
            max_tasks=settings.max_tasks,
            on_death=settings.on_death,
            kind=self._kind,
            exit_timeout=settings.exit_timeout,
        )
        self._engine.look_after(aside)
        if self._eager:
            self._engine.start()

    def _told(self: P, options: Any) -> P:
        """This pool, or a view of it for a call that is told ``options``."""
        return self.options(**options) if options else self

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
