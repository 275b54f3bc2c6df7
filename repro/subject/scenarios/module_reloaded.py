"""The module of the task's function is loaded again in the parent."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Callable

from .. import events, task
from ..scenario import Scenario
from ..script import Script

if TYPE_CHECKING:
    from ..program import Steps


class ModuleReloaded(Scenario):
    name = "module-reloaded"
    title = "the module of the function is reloaded in the parent"
    dies = "Nothing. The caller has the function from before importlib.reload(), as notebooks with autoreload have."
    sees = "PicklingError, which says that it's not the same object, with both standard pools; they stay usable."
    why = (
        "A function is sent by its name. pickle makes sure that the name leads to that same function, and after the reload it "
        "leads to the new one."
    )
    where = "Lib/pickle.py: _Pickler.save_global(); Lib/multiprocessing/pool.py: Pool._handle_tasks()."
    instead = "Name the function by its module, module.function, in the call; import it again after a reload."
    tags = ("pickle",)
    inputs = (1, 2, 3)
    faulty = None
    kills = False
    _function: Callable[[int], int] | None = None
    script = Script(
        worker="",
        main="""
            function = textwrap.dedent
            importlib.reload(textwrap)
            with POOL(3) as pool:
                print(CALL(function, ["1", "2", "3"]))
        """,
    )

    def function(self) -> Callable[[int], int]:
        return self._function or super().function()

    def work(self, number: int) -> int:
        return number

    def drive(self, steps: Steps) -> None:
        self._function = task.worker
        importlib.reload(task)
        events.emit("fault", same=task.worker is self._function)
        steps.call()
        steps.use_again()
        steps.close()


SCENARIO = ModuleReloaded()
