# finds: exits exit-escapes
# SystemExit is no Exception.
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool


def outcomes(function, inputs):
    with ProcessPoolExecutor(max_workers=3) as executor:
        futures = [executor.submit(function, one) for one in inputs]
    found = []
    for future in futures:
        try:
            found.append(("returned", future.result()))
        except BrokenProcessPool:
            found.append(("died", None))
        except Exception as error:
            found.append(("raised", type(error).__name__))
    return found
