"""What a worker says of an exception: in words, and as the entry that goes back."""

from typing import Any

from ..protocol import codec
from ..protocol.words import EXITED, NOT_PICKLED, RAISED


def describe(error: BaseException) -> str:
    """The traceback of ``error`` as text; must not raise."""
    try:
        import traceback

        return "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except BaseException:
        return f"{type(error).__name__} (its traceback cannot be formatted)\n"


def safe_repr(value: Any, limit: int = 200) -> str:
    try:
        text = repr(value)
    except BaseException:
        return f"<{type(value).__name__} object, whose repr() fails>"
    return text if len(text) <= limit else text[: limit - 3] + "..."


def raised(error: BaseException) -> Any:
    """The entry for what a task raised."""
    text = describe(error)
    if isinstance(error, SystemExit):
        code = error.code if error.code is None or type(error.code) is int else safe_repr(error.code)
        return (EXITED, code, text, None)
    if not isinstance(error, Exception):
        return (EXITED, None, text, safe_repr(error))
    try:
        blob = codec.dumps(error)
    except BaseException as problem:
        return (NOT_PICKLED, True, safe_repr(problem), safe_repr(error), text)
    return (RAISED, blob, text)
