"""From what a worker answered to a value or an exception, in the thread that asks for it.

The engine hands entries on as they came and runs no user's code, so a ``__setstate__`` that hangs or raises is met
by whoever wants the result and by nobody else.
"""

from typing import Any, Optional, Tuple

from ..errors import PickleFailed, TaskExited, TaskInterrupted, UnpickleFailed
from ..protocol import codec
from ..protocol.words import EXITED, NOT_PICKLED, NOT_UNPICKLED, RAISED, VALUE


def _where(owner: Any, index: int) -> Tuple[Optional[str], Optional[int], str]:
    task, position = owner.describe_item(index)
    text = task if position is None else f"task {position}, {task}"
    return task, position, text


def decode(owner: Any, index: int, entry: Any) -> Tuple[bool, Any]:
    """(True, the value) or (False, the exception) of an entry for item ``index``. Runs users' code; never raises."""
    if type(entry) is not tuple:
        return (False, entry) if isinstance(entry, BaseException) else (True, entry)
    kind = entry[0]
    if kind == VALUE:
        try:
            return True, codec.loads(entry[1], entry[2] if len(entry) > 2 else ())
        except BaseException as error:
            return False, _not_unpickled(owner, index, "result", error)
    remote = owner.remote_traceback
    if kind == RAISED:
        text = entry[2]
        try:
            raised = codec.loads(entry[1], entry[3] if len(entry) > 3 else ())
            if not isinstance(raised, BaseException):
                raise TypeError(f"it unpickles as a {type(raised).__name__}")
        except BaseException as error:
            failed = _not_unpickled(owner, index, "exception", error)
            failed.__cause__ = remote(text)
            return False, failed
        if not isinstance(raised, Exception):
            code = raised.code if isinstance(raised, SystemExit) else None
            return False, _exited(owner, index, code, text, None if isinstance(raised, SystemExit) else repr(raised))
        raised.__cause__ = remote(text)
        return False, raised
    if kind == EXITED:
        return False, _exited(owner, index, *entry[1:])
    task, position, where = _where(owner, index)
    if kind == NOT_PICKLED:
        what = "exception" if entry[1] else "result"
        unsent = PickleFailed(
            f"Error sending the {what} of {where}: {entry[3]!r}. Reason: {entry[2]!r}",
            exc=entry[2], value=entry[3], task=task, index=position,
        )  # fmt: skip
        unsent.__cause__ = remote(entry[4])
        return False, unsent
    assert kind == NOT_UNPICKLED
    broken = UnpickleFailed(
        f"{where} could not be unpickled in the worker: {entry[1]}. Is everything that it refers to importable there?",
        stage="unpickling the task", exc=entry[1], task=task, index=position,
    )  # fmt: skip
    broken.__cause__ = remote(entry[2])
    return False, broken


def _exited(owner: Any, index: int, code: Any, text: str, other: Optional[str]) -> BaseException:
    task, position, where = _where(owner, index)
    error: BaseException
    if other is not None:
        error = TaskInterrupted(f"{where} raised {other}", exception=other, task=task, index=position)
        error.__cause__ = owner.remote_traceback(text)
        return error
    error = TaskExited(
        "{} called sys.exit({})".format(where, "" if code is None else code), code=code, task=task, index=position
    )
    error.__cause__ = owner.remote_traceback(text)
    return error


def _not_unpickled(owner: Any, index: int, what: str, error: BaseException) -> UnpickleFailed:
    task, position, where = _where(owner, index)
    try:
        text = repr(error)
    except BaseException:
        text = type(error).__name__
    failed = UnpickleFailed(
        f"the {what} of {where} could not be unpickled: {text}. The task had finished; it was not run again.",
        stage=f"unpickling the {what}", exc=text, task=task, index=position,
    )  # fmt: skip
    failed.__cause__ = error
    return failed


def iterable_error(index: int, error: BaseException) -> BaseException:
    """What takes the place of item ``index`` when the iterable raised ``error``: that, unless it would end the parent."""
    if isinstance(error, Exception):
        return error
    text = f"the iterable of the inputs raised {error!r} in the place of item {index}"
    failed: BaseException
    if isinstance(error, SystemExit):
        failed = TaskExited(text, code=error.code, task=None, index=index)
    else:
        failed = TaskInterrupted(text, exception=type(error).__name__, task=None, index=index)
    failed.__cause__ = error
    return failed


def submission_error(owner: Any, index: int, error: BaseException) -> BaseException:
    """What a caller gets when pickling a task raised ``error``: that, unless it would end the parent."""
    if isinstance(error, SystemExit):
        task, position, where = _where(owner, index)
        exited = TaskExited(
            f"pickling {where} called sys.exit({error.code})", code=error.code, task=task, index=position
        )
        exited.__cause__ = error
        return exited
    if not isinstance(error, Exception):
        task, position, where = _where(owner, index)
        text = type(error).__name__
        other = TaskInterrupted(f"pickling {where} raised {text}", exception=text, task=task, index=position)
        other.__cause__ = error
        return other
    return error
