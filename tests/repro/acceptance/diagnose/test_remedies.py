"""What a diagnosis says is to be done now, done: three programs that really hang. ``remedies`` does it with all of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from repro.plan import interpreters
from repro.tree import native, processes
from tests.repro.acceptance.diagnose import followed, matrix, remedies
from tests.repro.acceptance.diagnose.right import EXECUTOR, POOL

pytestmark = pytest.mark.skipif(
    not processes.LINUX or native.tool() is None, reason="needs /proc and the extra [stacks]"
)

SAMPLE = {
    ("sys-exit", POOL): "fails with KeyboardInterrupt",
    ("sigstop", POOL): "goes on to its end",
    ("fork-with-lock", EXECUTOR): "fails with BrokenProcessPool",
}


def test_what_is_said_follows(tmp_path: Path) -> None:
    """It ends with a traceback; it goes on; it is told that a worker is gone. Nothing is left behind."""
    run = matrix.Run(tmp_path / "records", tmp_path, None, followed.in_short)
    several = [one for one in matrix.hanging(interpreters.current()) if (one.scenario, one.pool) in SAMPLE]
    with ThreadPoolExecutor(len(several)) as threads:
        list(threads.map(lambda what: remedies.one(run, what), several))
    records = [matrix.json.loads(line) for line in run.file.read_text().splitlines()]
    assert {(one["scenario"], one["pool"]): one["steps"][0]["follows"] for one in records} == SAMPLE
    assert [followed.broken(one) for one in records] == [[], [], []]
