"""From what a worker answered to a value or an exception, in the thread that asks for it.

The engine hands entries on as they came and runs no user's code, so a ``__setstate__`` that hangs or raises is met
by whoever wants the result and by nobody else.

Whatever users' code raises here is the outcome of *this* task, and never comes out. What comes out is what a signal handler
raised (Ctrl-C), which has to do with the caller and not with the task: the entry is as good as before, and whoever asks again
gets its value. The two are told apart by where the exception came from (:func:`of_a_handler`).

Once a task is done nobody keeps its arguments, which may be large, but its errors still name it: until its entry is decoded,
its owner keeps what :func:`remember` makes of the call.
"""

import types
from typing import Any, Optional, Tuple, Union

from ..describe import describe_call
from ..errors import PickleFailed, TaskExited, TaskInterrupted, UnpickleFailed
from ..protocol import codec
from ..protocol.originals import System
from ..protocol.words import EXITED, MADE, NOT_PICKLED, NOT_UNPICKLED, RAISED, VALUE
from .waiting import in_main_thread

#: A call that is to be named later: itself, if what it holds is not worth mentioning, or its name.
Remembered = Union[None, str, Tuple[Any, ...]]

#: A flag of code objects: the last argument is ``*args``. (From ``inspect``, which nothing here loads.)
CO_VARARGS = 4

# C code, which sets what a class would not let be set: one that is frozen, or that refuses a cause.
_set_cause = BaseException.__dict__["__cause__"].__set__
_exit_code = SystemExit.__dict__["code"].__get__


def remember(fn: Any, args: Any, kwargs: Any = None) -> Remembered:
    """What to keep of a call that is done, for :func:`recall`. Runs no users' code.

    Numbers and short texts are kept and described when somebody asks, which mostly nobody does; of anything else the
    description is made now (some microseconds) and the objects are let go.
    """
    if not kwargs and is_plain(fn) and codec.all_scalars(args):
        return (fn, args)
    return describe_call(fn, args, kwargs)


def is_plain(fn: Any) -> bool:
    """Is it a function that holds no objects?"""
    return type(fn) is types.FunctionType and fn.__closure__ is None


def recall(call: Remembered) -> Optional[str]:
    """The description of a call, or of what was kept of it."""
    return describe_call(*call) if type(call) is tuple else call  # type: ignore[return-value]


def of_a_handler(error: BaseException) -> bool:
    """Was this raised by a signal handler, that happened to run here, and not by what ran here itself?

    The traceback tells: Python calls a handler with the frame that it interrupts, so one of the frames has as an argument the
    very frame that called it, which nothing but a handler is given. Ctrl-C's own handler is C code and has no frame; but its
    KeyboardInterrupt begins at no ``raise`` statement. (Up to Python 3.10 it may seem to, where one was just to be
    executed: code that raises all the time can take Ctrl-C for its own, there.)
    """
    if not in_main_thread():
        return False
    if isinstance(error, KeyboardInterrupt) and not _was_raised_by_a_statement(error):
        return True
    codes = [
        getattr(getattr(handler, "__func__", handler), "__code__", None)
        for handler in map(System.getsignal, System.valid_signals())
    ]
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        code = frame.f_code
        if code in codes:
            return True
        given = code.co_varnames[: code.co_argcount + bool(code.co_flags & CO_VARARGS)]
        for value in [frame.f_locals.get(name) for name in given]:
            if type(value) is tuple:
                value = value[-1] if value else None
            if type(value) is types.FrameType and value is frame.f_back:
                return True
        trace = trace.tb_next
    return False


def _was_raised_by_a_statement(error: BaseException) -> bool:
    """Does the traceback begin at a ``raise``?"""
    from opcode import opmap  # seldom needed

    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_code.co_code[trace.tb_lasti] == opmap["RAISE_VARARGS"]


def _text(value: Any, how: Any = repr) -> str:
    """``repr(value)``, which is users' code and may raise."""
    try:
        return str(how(value))
    except BaseException as error:
        if of_a_handler(error):
            raise
        return type(value).__name__


def _code(error: Any) -> Any:
    """The argument of ``sys.exit`` if it was an int or None, else its text."""
    code = _exit_code(error)
    return code if code is None or type(code) is int else _text(code, str)


def _where(owner: Any, index: int) -> Tuple[Optional[str], Optional[int], str]:
    task, position = owner.describe_item(index)
    text = task if position is None else f"task {position}, {task}"
    return task, position, text


def _remote(owner: Any, traceback: str) -> Any:
    """A cause that shows the worker's traceback as those of the standard classes show it."""
    return owner.remote_traceback(f'\n"""\n{traceback}"""')


def decode(owner: Any, index: int, entry: Any) -> Tuple[bool, Any]:
    """(True, the value) or (False, the exception, which is an Exception) of an entry for item ``index``.

    Runs users' code. Raises what a signal handler raises here, and nothing else.
    """
    if type(entry) is not tuple:
        if isinstance(entry, BaseException):
            return False, submission_error(owner, index, entry)
        return True, entry
    if entry[0] == MADE:
        return (True, entry[1]) if len(entry) == 2 else (False, _not_unpickled(owner, index, "result", entry[2]))
    what = "result" if entry[0] == VALUE else "exception"
    try:
        if entry[0] == VALUE:
            return True, codec.loads(entry[1], entry[2] if len(entry) > 2 else ())
        return False, _error(owner, index, entry)
    except BaseException as error:
        if of_a_handler(error):
            raise
        failed = _not_unpickled(owner, index, what, error)
        if entry[0] == RAISED:
            failed.__cause__ = _remote(owner, entry[2])
        return False, failed


def _error(owner: Any, index: int, entry: Any) -> BaseException:
    """The exception of an entry that is no value. Raises whatever users' code raises."""
    kind = entry[0]
    if kind == RAISED:
        text = entry[2]
        raised = codec.loads(entry[1], entry[3] if len(entry) > 3 else ())
        # By its type: __class__ may be a property of the user's.
        if not issubclass(type(raised), BaseException):
            raise TypeError(f"it unpickles as a {type(raised).__name__}")
        if issubclass(type(raised), SystemExit):
            return _exited(owner, index, _code(raised), text, None)
        if not issubclass(type(raised), Exception):
            return _exited(owner, index, None, text, _text(raised))
        _set_cause(raised, _remote(owner, text))
        return raised  # type: ignore[no-any-return]
    if kind == EXITED:
        return _exited(owner, index, *entry[1:])
    task, position, where = _where(owner, index)
    if kind == NOT_PICKLED:
        what = "exception" if entry[1] else "result"
        unsent = PickleFailed(
            f"Error sending the {what} of {where}: {entry[3]!r}. Reason: {entry[2]!r}",
            exc=entry[2], value=entry[3], task=task, index=position,
        )  # fmt: skip
        unsent.__cause__ = _remote(owner, entry[4])
        return unsent
    assert kind == NOT_UNPICKLED
    broken = UnpickleFailed(
        f"{where} could not be unpickled in the worker: {entry[1]}. Is everything that it refers to importable there?",
        stage="unpickling the task", exc=entry[1], task=task, index=position,
    )  # fmt: skip
    broken.__cause__ = _remote(owner, entry[2])
    return broken


def _exited(owner: Any, index: int, code: Any, text: str, other: Optional[str]) -> BaseException:
    task, position, where = _where(owner, index)
    error: BaseException
    if other is not None:
        error = TaskInterrupted(f"{where} raised {other}", exception=other, task=task, index=position)
        error.__cause__ = _remote(owner, text)
        return error
    error = TaskExited(
        "{} called sys.exit({})".format(where, "" if code is None else code), code=code, task=task, index=position
    )
    error.__cause__ = _remote(owner, text)
    return error


def _not_unpickled(owner: Any, index: int, what: str, error: BaseException) -> UnpickleFailed:
    task, position, where = _where(owner, index)
    text = _text(error)
    failed = UnpickleFailed(
        f"the {what} of {where} could not be unpickled: {text}. The task had finished; it was not run again.",
        stage=f"unpickling the {what}", exc=text, task=task, index=position,
    )  # fmt: skip
    failed.__cause__ = error
    return failed


def stop_iteration_error(owner: Any, index: int, error: BaseException) -> BaseException:
    """What an iterator raises for a task that raised StopIteration, which would end it silently (PEP 479)."""
    instead = RuntimeError(f"{_where(owner, index)[2]} raised StopIteration")
    instead.__cause__ = error
    return instead


def iterable_error(index: int, error: BaseException) -> BaseException:
    """What takes the place of item ``index`` when the iterable raised ``error``: that, unless it would end the parent."""
    if issubclass(type(error), Exception):
        return error
    text = f"the iterable of the inputs raised {_text(error)} in the place of item {index}"
    failed: BaseException
    if issubclass(type(error), SystemExit):
        failed = TaskExited(text, code=_code(error), task=None, index=index)
    else:
        failed = TaskInterrupted(text, exception=type(error).__name__, task=None, index=index)
    failed.__cause__ = error
    return failed


def submission_error(owner: Any, index: int, error: BaseException) -> BaseException:
    """What a caller gets when pickling a task raised ``error``: that, unless it would end the parent."""
    if issubclass(type(error), Exception):
        return error
    task, position, where = _where(owner, index)
    if issubclass(type(error), SystemExit):
        code = _code(error)
        exited = TaskExited(f"pickling {where} called sys.exit({code})", code=code, task=task, index=position)
        exited.__cause__ = error
        return exited
    text = type(error).__name__
    other = TaskInterrupted(f"pickling {where} raised {text}", exception=text, task=task, index=position)
    other.__cause__ = error
    return other
