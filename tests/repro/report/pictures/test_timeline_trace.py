"""``timeline_trace``: what trace viewers read."""

from __future__ import annotations

import json

from repro.report.pictures import timeline_trace
from tests.repro.report.pictures.made import made


def test_each_task_is_a_span_in_its_worker() -> None:
    """In microseconds; what did not come to its end says so, and a death is a moment."""
    events = json.loads(timeline_trace.render([made()]))["traceEvents"]
    threads = {one["tid"]: one["args"]["name"] for one in events if one["name"] == "thread_name"}
    spans = {one["name"]: one for one in events if one["ph"] == "X"}
    assert threads[spans["task 2"]["tid"]].startswith("worker 1")
    assert (spans["task 2"]["ts"], spans["task 2"]["dur"]) == (12000.0, 10000.0)
    assert spans["task 2"]["args"] == {"fate": "computed, never handed over", "came to its end": True}
    assert spans["task 3"]["args"]["came to its end"] is False
    assert spans["waits, past the deadline"]["dur"] == 5_000_000.0
    assert {"SIGKILL", "SIGTERM", "gets 1"} <= {one["name"] for one in events if one["ph"] == "i"}
