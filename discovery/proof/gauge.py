"""The gauge: E[r] = 1 under the behaviour policy, so f and f + c*(r - 1) are the same drift in expectation.

For f without A, flatness of f + c*(r - 1) forces c = -f'(1); so one candidate has to be decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from discovery.expression.canonical import canonical
from discovery.expression.node import ONE, RATIO, Expr, Number, add, mul, subtract
from discovery.expression.printer import number_text
from discovery.proof.jet import OneSided
from discovery.proof.ranges import REALS
from discovery.proof.verdict import Verdict


@dataclass(frozen=True)
class Gauge:
    """f + c*(r - 1) is valid, by the certificate `proof`; c is not 0."""

    c: Fraction
    proof: Mapping[str, Any]

    @property
    def text(self) -> str:
        return f"f {'+' if self.c > 0 else '-'} {number_text(abs(self.c))}*(r - 1)"


def gauge_of(expr: Expr) -> Gauge | None:
    """The rational gauge of an f without A, or None."""
    from discovery.proof.prove import decide

    above, below = (OneSided(side, REALS).expand(expr).terms.get(Fraction(1)) for side in (1, -1))
    if not isinstance(above, Number) or not isinstance(below, Number):
        return None
    if above.value != -below.value or above.value == 0:
        return None
    c = -above.value
    decision = decide(canonical(add(expr, mul(Number(c), subtract(RATIO, ONE)))), gauge=False)
    return Gauge(c, decision.evidence) if decision.evidence and decision.verdict is Verdict.PROVED else None
