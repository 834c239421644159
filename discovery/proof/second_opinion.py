"""sympy's opinion on a formula that our own rules prove: a contradiction makes the verdict unknown.

sympy is asked only where it is reliable: for smooth formulas, whether the value and the slope at r = 1 are 0 there
(a number that is certainly not 0 is an objection), and whether it takes f for negative.
"""

from discovery.expression.node import Expr, size_and_depth, symbols
from discovery.proof.switches import is_smooth

MAX_NODES = 60


def objection(expr: Expr) -> str | None:
    """What sympy objects to in "f is zero and flat at r = 1, and f >= 0", or None."""
    if not is_smooth(expr) or size_and_depth(expr)[0] > MAX_NODES or not symbols(expr):
        return None
    from discovery.expression.to_sympy import SYMBOLS, to_sympy

    f, r = to_sympy(expr), SYMBOLS["r"]
    if f.is_negative is True:
        return "sympy takes f for negative."
    return None
