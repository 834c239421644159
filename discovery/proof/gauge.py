"""The gauge: E[r] = 1 under the behaviour policy, so f and f + c*(r - 1) are the same drift in expectation.

For f without A, flatness of f + c*(r - 1) forces c = -f'(1); so one candidate has to be decided.
"""

from discovery.expression.canonical import canonical
from discovery.expression.node import ONE, RATIO, Expr, Number, add, mul, subtract
from discovery.expression.printer import number_text
from discovery.proof.dual import OneSided
from discovery.proof.ranges import REALS
from discovery.proof.verdict import Verdict


def gauge_of(expr: Expr) -> str | None:
    """Text of a valid form f + c*(r - 1) with rational c != 0, or None."""
    from discovery.proof.prove import decide

    above, below = OneSided(1, REALS).of(expr).slope, OneSided(-1, REALS).of(expr).slope
    if not isinstance(above, Number) or not isinstance(below, Number):
        return None
    if above.value != -below.value or above.value == 0:
        return None
    c = -above.value
    fixed = canonical(add(expr, mul(Number(c), subtract(RATIO, ONE))))
    if decide(fixed, gauge=False).verdict is not Verdict.PROVED:
        return None
    return f"f {'+' if c > 0 else '-'} {number_text(abs(c))}*(r - 1)"
