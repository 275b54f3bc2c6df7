"""Root 5. A thread iterates over an imap whose generator blocks; another ends the pool.

What must hold: ``next()`` is answered by an error, and the pool ends.
"""

import queue
import threading

import safepool
from tests.safepool.acceptance.cases import subject_case as case


def run(variant, context):
    pool = safepool.Pool(2, context=context)
    source = queue.Queue()
    source.put(1)
    iterator = getattr(pool, variant)(case.same, iter(source.get, None))
    case.check(iterator.next(10) == 1, "wrong")
    answers = []
    thread = threading.Thread(target=lambda: answers.append(case.outcome(next, iterator)), daemon=True)
    thread.start()
    pool.terminate()
    thread.join(5)
    case.check(answers, "next() still waits, though the pool was terminated")
    case.check(isinstance(answers[0][1], safepool.PoolBroken), f"answered by {answers[0]!r}")
    source.put(None)
    pool.join()


if __name__ == "__main__":
    case.main(run)
