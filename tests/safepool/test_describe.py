"""Calls as short text: no code of the user runs for it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache, partial, update_wrapper
from pathlib import Path

from safepool.describe import describe_call


def shouting(*args: object, **kwargs: object) -> None:
    """Named in descriptions."""


class Hostile:
    def __repr__(self) -> str:
        raise SystemExit("never called")


def test_a_call_is_described_by_name_and_short_arguments() -> None:
    """As one would write it, cut where it gets long."""
    assert describe_call(shouting, (1, "a"), {"b": None}) == "shouting(1, 'a', b=None)"
    assert len(describe_call(shouting, ("x" * 10_000, list(range(10_000))))) < 300


def test_descriptions_never_run_users_code() -> None:
    """A __repr__ that exits, raises or hangs is not called; the type's name stands for the object."""
    assert describe_call(shouting, (Hostile(), [Hostile()])) == "shouting(<Hostile object>, [<Hostile object>])"


class Proxy:
    """Whatever is asked of it, it asks somebody else, who does not answer."""

    def __getattr__(self, name: str) -> object:
        raise SystemExit("never called")

    def __call__(self) -> None:
        """Called nowhere."""


class Meta(type):
    def __getattribute__(cls, name: str) -> object:
        if name in ("__qualname__", "__name__", "__module__"):
            raise SystemExit("never called")
        return super().__getattribute__(name)


class Odd(metaclass=Meta):
    """A class that does not say its name."""


class Callable:
    """It has its name from the function that it wraps."""

    def __init__(self) -> None:
        update_wrapper(self, shouting)

    def __call__(self) -> None:
        """Called nowhere."""


def test_a_function_is_named_without_running_users_code() -> None:
    """A proxy is called by its class; what functools.wraps has put there is read."""
    assert describe_call(Proxy(), ()) == "Proxy()"
    assert describe_call(Odd, (Odd(),)) == "Odd(<Odd object>)"
    assert describe_call(Callable(), ()) == "shouting()"
    assert describe_call(lru_cache(shouting), ()) == "shouting()"
    assert describe_call(Metres(1).hex, ()) == "Metres.hex()"
    assert describe_call(Hostile().__init__, ()).endswith("__init__()")
    assert describe_call(Path("a").joinpath, ("b",)).endswith("joinpath('b')")
    assert describe_call([].append, (1,)) == "list.append(1)"


class Metres(float):
    def __float__(self) -> float:
        raise SystemExit("never called")


class Name(str):
    __slots__ = ()


class Loud(int):
    def __repr__(self) -> str:
        raise SystemExit("never called")


def test_numbers_and_texts_of_a_users_class_are_written_out() -> None:
    """Where the class leaves its repr to int, float or str, the value says which task it is; where it has its own, the type."""
    assert describe_call(shouting, (Metres(2.5), Name("a"), Loud(3))) == "shouting(2.5, 'a', <Loud object>)"
    assert describe_call(shouting, (Name("x" * 10_000),)).count("x") < 100


def test_partials_are_seen_through() -> None:
    """The function and all its arguments, not 'partial'."""
    assert describe_call(partial(shouting, 1), (2,)) == "shouting(1, 2)"


def test_well_known_values_are_written_out() -> None:
    """Dates and paths are more use than their type."""
    text = describe_call(shouting, (date(2020, 1, 2), Path("/tmp/x")))
    assert text == "shouting(datetime.date(2020, 1, 2), PosixPath('/tmp/x'))"
