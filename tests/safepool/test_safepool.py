"""The names that users see: which there are, where they say they live, and what was pickled by them before."""

from __future__ import annotations

import base64
import json
import pickle
import pickletools
from pathlib import Path

import pytest

import safepool

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def test_public_names_are_there() -> None:
    """Everything in __all__ can be had; nothing else by accident."""
    for name in safepool.__all__:
        assert getattr(safepool, name) is not None
    with pytest.raises(AttributeError):
        safepool.nothing_of_that_name  # noqa: B018
    assert set(safepool.__all__) <= set(dir(safepool))


#: (class, pickle in base64): errors and a WorkerInfo by protocols 0, 2, 5, and their classes, from before the modules moved.
PICKLES = json.loads((Path(__file__).parent / "data" / "pickles_before_the_rooms.json").read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(set(safepool.__all__) - {"__version__"}))
def test_a_public_class_says_safepool(name: str) -> None:
    """Not the module that it happens to lie in: that may move."""
    assert getattr(safepool, name).__module__ == "safepool"


@pytest.mark.parametrize("name", sorted(set(safepool.__all__) - {"__version__"}))
def test_a_class_is_pickled_by_its_public_name(name: str) -> None:
    """And found by it again."""
    pickled = pickle.dumps(getattr(safepool, name), 2)
    named = [argument for _, argument, _ in pickletools.genops(pickled) if argument]
    assert f"safepool {name}" in named
    assert pickle.loads(pickled) is getattr(safepool, name)


@pytest.mark.parametrize(
    ("name", "pickled"), PICKLES, ids=[f"{number}-{name}" for number, (name, _) in enumerate(PICKLES)]
)
def test_what_was_pickled_before_the_modules_moved_loads(name: str, pickled: str) -> None:
    """An error in a log, a result in a file: what 0.1.0 wrote by its modules' names is read by later ones."""
    found = pickle.loads(base64.b64decode(pickled))
    if name.endswith(" class"):
        assert found is getattr(safepool, name.removesuffix(" class"))
    else:
        assert type(found) is getattr(safepool, name)
        assert found.args[0] in "abcdefgh" if isinstance(found, Exception) else found.memory == 4096
