# finds: waiting not-woken
from __future__ import annotations

import os
import threading
import time


def watch_parent(parent: int) -> None:
    def look() -> None:
        import _thread

        while os.path.exists(f"/proc/{parent}"):
            time.sleep(0.3)
        _thread.interrupt_main()

    threading.Thread(target=look, daemon=True).start()
