# finds: not-asked-for zombie
from __future__ import annotations

import os
import threading
import time


def watch_parent(parent: int) -> None:
    def look() -> None:
        try:
            while True:
                os.kill(parent, 0)
                time.sleep(0.3)
        except ProcessLookupError:
            os._exit(1)

    threading.Thread(target=look, daemon=True).start()
