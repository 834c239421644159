"""The inputs that engines search over: on p = r - 1, l = log r and their products with A, drifts are short formulas.

On raw (r, A), pyoperon found neither half of DPO in 60 s; on these features it finds both.
"""

import numpy as np
from numpy.typing import NDArray

from discovery.expression.canonical import canonical
from discovery.expression.evaluate import evaluate
from discovery.expression.node import ADVANTAGE, ONE, RATIO, Apply, Expr, mul, substitute, subtract

_P, _L = subtract(RATIO, ONE), Apply("log", (RATIO,))
FEATURES: dict[str, Expr] = {
    "p": canonical(_P),
    "l": _L,
    "A": ADVANTAGE,
    "pA": canonical(mul(_P, ADVANTAGE)),
    "lA": canonical(mul(_L, ADVANTAGE)),
}
RAW: dict[str, Expr] = {"r": RATIO, "A": ADVANTAGE}
VARIABLES: dict[str, Expr] = {**FEATURES, **RAW, "x0": RATIO, "x1": ADVANTAGE, "ratio": RATIO, "advantage": ADVANTAGE}
"""Every variable that is read in the tables of others; x0 and x1 are the columns of a nameless array (r, A)."""


def columns(inputs: dict[str, Expr], ratio: NDArray, advantage: NDArray) -> NDArray[np.float64]:
    """[rows, inputs] values of the inputs."""
    return np.column_stack([evaluate(expr, {"r": ratio, "A": advantage}) for expr in inputs.values()])


def expand(expr: Expr, inputs: dict[str, Expr]) -> Expr:
    """The formula in r and A, canonical, for a formula in the inputs' names.

    Raises:
        ValueError: a division by zero appears.
    """
    return canonical(substitute(expr, dict(inputs)))
