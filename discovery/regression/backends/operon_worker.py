"""One search of pyoperon, in a process of its own, so that it can be stopped: python -m discovery...operon_worker.

Reads a JSON object from standard input, writes the front as a JSON list [{text, loss, length}] to standard output.
Imports nothing of this package but its standard library.
"""

import json
import sys
import time
from typing import Any

SYMBOLS = "add,sub,mul,div,fmin,fmax,abs,atan,exp,log,sqrt,square,tanh,constant,variable"
_DIGITS = 17
STARTED = time.monotonic()


def search(request: dict[str, Any]) -> list[dict[str, Any]]:
    """The Pareto front of length against error.

    Args:
        request: inputs [rows][k], target [rows], names [k], seconds, seed, threads, max_length, evaluations or null.
    """
    import numpy as np
    from pyoperon.sklearn import SymbolicRegressor  # type: ignore[import-not-found]

    model = SymbolicRegressor(
        allowed_symbols=SYMBOLS,
        objectives=["mse", "length"],
        optimizer_iterations=10,  # of Levenberg-Marquardt on each new formula; with 5, DPO is not found in 8 s
        population_size=1000,
        generations=10**6,
        max_evaluations=request["evaluations"] or 10**9,
        max_length=request["max_length"],
        max_time=max(1, int(request["seconds"] - (time.monotonic() - STARTED))),  # it knows whole seconds alone
        epsilon=1e-14,
        n_threads=request["threads"],
        random_state=request["seed"],
    )
    model.fit(np.array(request["inputs"]), np.array(request["target"]))
    return [
        {
            "text": model.get_model_string(member["tree"], _DIGITS, names=request["names"]),
            "loss": float(member["mean_squared_error"]),
            "length": int(member["length"]),
        }
        for member in model.pareto_front_
    ]


def main() -> None:
    """One request, one answer; what pyoperon prints goes to standard error."""
    request = json.load(sys.stdin)
    answer, sys.stdout = sys.stdout, sys.stderr
    json.dump(search(request), answer)


if __name__ == "__main__":
    main()
