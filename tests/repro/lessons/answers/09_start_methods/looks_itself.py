# finds: sleeping blocks
from __future__ import annotations

import os
import time


def watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.3)
    os._exit(1)
