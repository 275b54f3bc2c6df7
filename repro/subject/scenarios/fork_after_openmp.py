"""Workers are forked after the parent has used OpenMP."""

from __future__ import annotations

import ctypes

from ..scenario import Scenario, UnsupportedError
from ..script import Script

#: GCC's OpenMP, which NumPy, SciPy, scikit-learn and PyTorch bring or use in many of their builds.
LIBRARY = "libgomp.so.1"


def parallel_region() -> None:
    """What ``#pragma omp parallel num_threads(2)`` compiles to, around a function that does nothing."""
    library = ctypes.CDLL(LIBRARY)
    body = ctypes.cast(library.omp_get_thread_num, ctypes.c_void_p)
    library.GOMP_parallel(body, None, ctypes.c_uint(2), ctypes.c_uint(0))


class ForkAfterOpenmp(Scenario):
    name = "fork-after-openmp"
    title = "a forked worker uses OpenMP, and the parent had, too"
    dies = "Nothing. The third task waits for threads that were not forked along."
    sees = "With fork: nothing, ever. With spawn and forkserver: every result."
    why = (
        "GCC's OpenMP keeps its threads from one parallel region to the next. fork copies its note of them, and not the threads: "
        "the worker's first region waits at a barrier for threads that are not there."
    )
    where = "libgomp/team.c of GCC: gomp_team_start(); GCC bug 60035, open since 2014. Doc/library/os.rst: fork(); gh-84559."
    instead = "spawn or forkserver; or make the pool before any number is crunched; OMP_NUM_THREADS=1."
    references = ("gh-84559",)
    tags = ("startup",)
    kills = False
    time_limit = 2.0
    script = Script(
        above="""
            def parallel_region():
                openmp = ctypes.CDLL("libgomp.so.1")
                openmp.GOMP_parallel(ctypes.cast(openmp.omp_get_thread_num, ctypes.c_void_p), None, 2, 0)
        """,
        prepare="parallel_region()",
        fault="parallel_region()",
        start_method="fork",
    )

    def before_open(self) -> None:
        try:
            parallel_region()
        except (OSError, AttributeError) as error:
            raise UnsupportedError(f"OpenMP can't be had here: {error}") from error

    def fire(self) -> None:
        parallel_region()


SCENARIO = ForkAfterOpenmp()
