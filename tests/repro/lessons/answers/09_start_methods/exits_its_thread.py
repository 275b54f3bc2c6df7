# finds: sleeping stays
from __future__ import annotations

import os
import threading
import time


def watch_parent(parent: int) -> None:
    def look() -> None:
        while os.getppid() == parent:
            time.sleep(0.3)
        raise SystemExit(1)

    threading.Thread(target=look, daemon=True).start()
