# finds: one-dies innocents
# Takes BrokenProcessPool for the name of the culprit.
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool


def outcomes(function, inputs):
    found = []
    with ProcessPoolExecutor(max_workers=3) as executor:
        futures = [executor.submit(function, one) for one in inputs]
    for future in futures:
        error = future.exception()
        if error is None:
            found.append(("returned", future.result()))
        elif isinstance(error, BrokenProcessPool):
            found.append(("died", None))
        else:
            found.append(("raised", type(error).__name__))
    return found
