"""A worker loads its own room and the protocol, and nothing else of ours: each import costs every start of every worker."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.checkout import ROOT, is_in

#: The main module of the program imports nothing of ours: under spawn and forkserver, workers import it.
PROGRAM = """
import json, sys

def loaded(_):
    return sorted(name for name in sys.modules if name.split(".")[0] in ("safepool", "repro"))

if __name__ == "__main__":
    import multiprocessing
    from safepool import {interface}
    context = multiprocessing.get_context({method!r})
    with {interface}(1, {keyword}=context) as pool:
        before = loaded(None)
        (there,) = pool.map(loaded, [0])
    print(json.dumps([before, there]))
"""


@pytest.mark.parametrize(("interface", "keyword"), [("Pool", "context"), ("ProcessPoolExecutor", "mp_context")])
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_worker_loads_its_room_and_the_protocol(method: str, interface: str, keyword: str, tmp_path: Path) -> None:
    """Under fork, nothing that was not loaded when it was forked."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(interface=interface, keyword=keyword, method=method))
    answer = subprocess.run(
        [sys.executable, program],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    before, there = map(set, json.loads(answer.stdout))
    assert "safepool.worker.loop" in there
    if method == "fork":
        assert there <= before
    else:
        ours = {"safepool", "safepool._version"}
        assert {name for name in there - ours if not is_in(name, "safepool.worker", "safepool.protocol")} == set()
