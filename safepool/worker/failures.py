"""What a worker says of an exception: in words, and as the entry that goes back."""

from typing import Any

from ..protocol import codec
from ..protocol.words import EXITED, NOT_PICKLED, RAISED

_exit_code: Any = SystemExit.__dict__["code"].__get__


def describe(error: BaseException) -> str:
    """The traceback of ``error`` as text; must not raise."""
    try:
        import traceback

        return "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except BaseException:
        return f"{type(error).__name__} (its traceback cannot be formatted)\n"


def safe_repr(value: Any, limit: int = 200) -> str:
    try:
        text = str.__str__(repr(value))  # a plain one: it may be of a class of the user's, which no frame takes
    except BaseException:
        return f"<{type(value).__name__} object, whose repr() fails>"
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _is_frozen(error: BaseException) -> bool:
    """Does it let nothing be set (a frozen dataclass), so that it cannot be unpickled as exceptions are?

    ``BaseException.__setstate__`` sets its attributes one by one. Those that say themselves how they are pickled know why.
    """
    kind = type(error)
    return (
        kind.__setattr__ is not BaseException.__setattr__
        and kind.__reduce__ is BaseException.__reduce__
        and kind.__reduce_ex__ is object.__reduce_ex__
        and getattr(kind, "__setstate__", None) is getattr(BaseException, "__setstate__", None)
        and getattr(kind, "__getstate__", None) is getattr(BaseException, "__getstate__", None)
        and bool(error.__dict__)
    )


class _Frozen:
    """Pickles as the exception whose attributes are set past its class."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __reduce__(self) -> Any:
        return _thaw, (type(self.error), self.error.args, self.error.__dict__)


def _thaw(kind: Any, args: Any, state: Any) -> Any:
    error = kind(*args)
    error.__dict__.update(state)
    return error


def raised(error: BaseException) -> Any:
    """The entry for what a task raised."""
    text = describe(error)
    # By its type: __class__ may be a property of the user's, and so may code.
    if issubclass(type(error), SystemExit):
        code = _exit_code(error)
        return (EXITED, code if code is None or type(code) is int else safe_repr(code), text, None)
    if not issubclass(type(error), Exception):
        return (EXITED, None, text, safe_repr(error))
    try:
        blob = codec.dumps(_Frozen(error) if _is_frozen(error) else error)
    except BaseException as problem:
        return (NOT_PICKLED, True, safe_repr(problem), safe_repr(error), text)
    return (RAISED, blob, text)
