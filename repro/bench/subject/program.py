"""Measures one benchmark with one pool: ``python -m repro.bench.subject.program ... --answer FILE``.

The answer is one JSON object: ``samples``, or ``unsupported`` with the reason, or ``failed`` with the traceback. Samples of
safepool come with ``safepool``: which one it was.
"""

from __future__ import annotations

import argparse
import json
import os
import traceback

from repro.bench.subject import pools, rivals
from repro.bench.subject.measurements.setting import Setting
from repro.bench.subject.measurements.table import MEASUREMENTS
from repro.bench.subject.pools import SafeExecutor, SafePool, Unsupported
from repro.bench.subject.tasks import file_of_safepool

ADAPTERS = {**pools.ADAPTERS, **rivals.ADAPTERS}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--benchmark", choices=sorted(MEASUREMENTS), required=True)
    parser.add_argument("--pool", choices=sorted(ADAPTERS), required=True)
    parser.add_argument("--start-method", required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--answer", required=True)
    arguments = parser.parse_args()
    setting = Setting(ADAPTERS[arguments.pool], arguments.start_method, arguments.workers, arguments.scale)
    answer: dict[str, object]
    try:
        answer = {"samples": MEASUREMENTS[arguments.benchmark](setting)}
        if issubclass(setting.adapter, (SafePool, SafeExecutor)):
            answer["safepool"] = which_safepool(setting)  # afterwards: a benchmark may measure the first import
    except Unsupported as reason:
        answer = {"unsupported": str(reason)}
    except ImportError as error:
        answer = {"unsupported": f"cannot be imported: {error}"}
    except Exception:
        answer = {"failed": traceback.format_exc()}
    part = arguments.answer + ".part"
    with open(part, "w") as file:
        json.dump(answer, file)
    os.replace(part, arguments.answer)  # whole or not at all: the observer may end us at any time


def which_safepool(setting: Setting) -> dict[str, object]:
    """The file that was imported here and in a worker, and the version: what the observer holds against what it asked for."""
    import safepool

    with setting.pool(1) as pool:
        worker = pool.call(file_of_safepool, None)
    return {"caller": safepool.__file__, "worker": worker, "version": safepool.__version__}


if __name__ == "__main__":
    main()
