# finds: two-die hangs
# Runs again what failed until nothing fails: who kills his worker each time is never done.
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool


def outcomes(function, inputs):
    found = {}
    while len(found) < len(inputs):
        for number, one in enumerate(inputs):
            if number in found:
                continue
            with ProcessPoolExecutor(max_workers=1) as executor:
                future = executor.submit(function, one)
            error = future.exception()
            if error is None:
                found[number] = "returned", future.result()
            elif not isinstance(error, BrokenProcessPool):
                found[number] = "raised", type(error).__name__
    return [found[number] for number in range(len(inputs))]
