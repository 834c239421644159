"""sympy's opinion on a formula that our own rules prove: a contradiction makes the verdict unknown.

On every sector (r > 1 or r < 1, A > 0 or A < 0) on which f is smooth, sympy computes the value and the derivative in r
at r = 1 and says what it knows about the sign of f. "Certainly not 0" or "negative" is an objection. That sympy knows
nothing is no objection: it decides fewer than half of the valid drifts. Kinks and one-sided limits, where sympy is
known to be wrong, are left to `discovery.proof.jet`.
"""

from discovery.expression.node import Expr, size_and_depth, symbols
from discovery.proof.regions import SECTORS
from discovery.proof.switches import is_smooth, resolve

MAX_NODES = 60


def objections(expr: Expr) -> dict[str, str]:
    """What sympy objects to, by condition ("zero", "flat", "nonnegative"); empty if nothing."""
    sectors = SECTORS if "A" in symbols(expr) else SECTORS[::2]
    seen = dict.fromkeys(resolve(expr, sector) for sector in sectors)
    smooth = [part for part in seen if is_smooth(part) and symbols(part) and size_and_depth(part)[0] <= MAX_NODES]
    if not smooth:
        return {}
    from discovery.expression.to_sympy import SYMBOLS, to_sympy

    r, found = SYMBOLS["r"], {}
    for part in smooth:
        f = to_sympy(part)
        if f.is_negative is True:
            found["nonnegative"] = "sympy takes f for negative."
        if f.subs(r, 1).is_zero is False:
            found["zero"] = "sympy finds f(1, A) to be other than 0."
        if f.diff(r).subs(r, 1).is_zero is False:
            found["flat"] = "sympy finds the slope at r = 1 to be other than 0."
    return found
