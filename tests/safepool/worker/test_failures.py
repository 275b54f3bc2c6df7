"""What a worker says of an exception, whatever class of the user's that is."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

from safepool.protocol import words
from safepool.worker import failures


@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    number: int = 0
    text: str = ""


class Own(Exception):
    """Says itself how it is pickled."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(name)

    def __reduce__(self) -> Any:
        return Own, ("by itself",)


def sent(error: BaseException) -> Any:
    kind, blob, text = failures.raised(error)
    assert kind == words.RAISED
    assert type(error).__name__ in text
    return pickle.loads(blob)


def test_a_frozen_exception_arrives_with_its_attributes() -> None:
    """It lets nothing be set, which is how exceptions are unpickled."""
    error = sent(Frozen(3, "x"))
    assert type(error) is Frozen
    assert (error.number, error.text, error.args) == (3, "x", (3, "x"))


def test_who_says_how_it_is_pickled_is_pickled_so() -> None:
    """Its way is the right one."""
    assert sent(Own("otherwise")).args == ("by itself",)


def test_others_are_pickled_as_ever() -> None:
    """With what is set on them."""
    error = ValueError("wrong")
    error.number = 3  # type: ignore[attr-defined]
    found = sent(error)
    assert type(found) is ValueError
    assert (found.args, found.number) == (("wrong",), 3)


class Name(str):
    """A text of a class of the user's, which no frame takes."""


class Code:
    def __repr__(self) -> str:
        return Name("code")


class Lies(Exception):
    @property
    def __class__(self) -> Any:
        return SystemExit


def test_what_is_said_of_odd_classes_is_plain() -> None:
    """Numbers and plain texts: else the worker could not send it, and would die of that."""
    kind, code, _, _ = failures.raised(SystemExit(Code()))
    assert (kind, code, type(code)) == (words.EXITED, "code", str)
    assert failures.raised(Lies("x"))[0] in (words.RAISED, words.NOT_PICKLED)
