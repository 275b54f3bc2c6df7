"""Which function measures which benchmark."""

from __future__ import annotations

from repro.bench.subject.measurements import latency, throughput, volume
from repro.bench.subject.measurements.setting import Measurement

MEASUREMENTS: dict[str, Measurement] = {
    "submit": throughput.submit,
    "map": throughput.map_noop,
    "map-10us": throughput.map_10_us,
    "imap-unordered": throughput.imap_unordered,
    "round-trip": latency.round_trip,
    "bytes-1mb": volume.bytes_1_mb,
    "array-64mb": volume.array_64_mb,
    "first-result": latency.first_result,
    "import": latency.import_time,
    "import-classes": latency.import_classes_time,
    "parent-cpu": throughput.parent_cpu,
    "workers-200": volume.cost_200_workers,
    "million": volume.cost_million,
    "million-memory": volume.memory_million,
    "death": latency.death,
}
