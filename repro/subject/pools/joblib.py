"""``joblib.Parallel`` (github.com/joblib/joblib), with its default backend, loky."""

from __future__ import annotations

import os
import tempfile
from typing import Any, Callable, Iterator, NamedTuple, Sequence

from ..adapter import Adapter, Outcome


class _Opened(NamedTuple):
    """The two ways to be given results: all in a list, or one by one."""

    as_list: Any
    as_generator: Any


class JoblibParallel(Adapter):
    name = "joblib"
    aliases = ("joblib.Parallel",)
    label = "joblib"
    operations = ("list", "generator")
    start_methods = ("",)
    requires = project = "joblib"
    script_imports = ("from joblib import Parallel, delayed",)

    def version(self) -> str:
        import joblib

        return str(joblib.__version__)

    def open(self, workers: int, start_method: str, **options: Any) -> Any:
        from joblib import Parallel

        # Where it finds /dev/shm it puts its folders for arrays there, whatever TMPDIR says, and one that is killed leaves them
        os.environ["JOBLIB_TEMP_FOLDER"] = tempfile.gettempdir()

        return _Opened(Parallel(workers), Parallel(workers, return_as="generator"))

    def run(
        self,
        pool: Any,
        operation: str,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
    ) -> Iterator[Outcome]:
        from joblib import delayed

        if operation == "list":
            for task, value in zip(inputs, pool.as_list(delayed(function)(task) for task in inputs)):
                yield Outcome(task, value)
        else:
            yield from self.collect(self.start(pool, function, inputs, notice), inputs)

    def start(
        self,
        pool: Any,
        function: Callable[[int], int],
        inputs: Sequence[int],
        notice: Callable[[BaseException], None],
        callback: Callable[[Any], None] | None = None,
    ) -> Any:
        from joblib import delayed

        return pool.as_generator(delayed(function)(task) for task in inputs)

    def collect(self, started: Any, inputs: Sequence[int]) -> Iterator[Outcome]:
        # a generator: the first error ends it
        for task, value in zip(inputs, started):
            yield Outcome(task, value)

    def finish(self, pool: Any) -> None:
        """Nothing to do: its workers are shared by all calls of the program, and end with it (or after 300 s)."""

    def close(self, pool: Any) -> None:
        """As ``finish``."""

    def script(self, operation: str) -> Sequence[str]:
        if operation == "list":
            return ["print(Parallel(3)(delayed(worker)(x) for x in [1, 2, 3]))"]
        return ['print(list(Parallel(3, return_as="generator")(delayed(worker)(x) for x in [1, 2, 3])))']


POOL = JoblibParallel()
