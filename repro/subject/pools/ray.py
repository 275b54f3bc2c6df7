"""``ray`` (github.com/ray-project/ray), a local cluster: a scheduler in C++ between caller and workers."""

from __future__ import annotations

import os
from typing import Any, Callable, Sequence

from .. import cell, witness
from .concurrent_futures import ExecutorInterface


class _Executor:
    """``submit`` for ray's remote functions. A function is sent to ray's store each time it is made one, so that is done once."""

    def __init__(self) -> None:
        self._remote: dict[Callable[[int], int], Any] = {}

    def submit(self, function: Callable[[int], int], task: int) -> Any:
        import ray

        if function not in self._remote:
            self._remote[function] = ray.remote(function)
        return self._remote[function].remote(task).future()


class Ray(ExecutorInterface):
    name = "ray"
    label = "ray"
    operations = ("submit",)
    has = ("callback", "futures")
    start_methods = ("",)
    requires = project = "ray"
    #: Its cluster starts within seconds; a task whose worker dies is run up to four times before it is given up (max_retries).
    patience = 30.0
    script_imports = ("import ray",)

    def version(self) -> str:
        from importlib.metadata import version

        return version("ray")

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        import ray

        # else it makes itself a token, and keeps it in the user's home (ray/_private/authentication)
        os.environ["RAY_AUTH_MODE"] = "disabled"
        ray.init(
            num_cpus=workers,
            include_dashboard=False,
            log_to_driver=False,
            object_store_memory=100 * 1024 * 1024,
            # the cell's own directory goes with the cell; its path is short enough for the sockets below it
            _temp_dir=cell.current().path("ray"),
        )
        witness.watch()  # its workers' parent is not Python
        return _Executor()

    def finish(self, pool: Any) -> None:
        self.close(pool)

    def close(self, pool: Any) -> None:
        import ray

        ray.shutdown()

    def script(self, operation: str) -> Sequence[str]:
        return [
            "ray.init(num_cpus=3, include_dashboard=False)",
            "print(ray.get([ray.remote(worker).remote(x) for x in [1, 2, 3]]))",
        ]


POOL = Ray()
