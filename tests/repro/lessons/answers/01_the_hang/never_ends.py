# finds: waits hangs
import threading

threading.Event().wait()
