# finds: raises stopped
# result() raises what a task raised.
from concurrent.futures import ProcessPoolExecutor


def outcomes(function, inputs):
    with ProcessPoolExecutor(max_workers=3) as executor:
        return [("returned", value) for value in executor.map(function, inputs)]
