"""The smallest formulas of each kind that the fuzzer left unknown, with the truth: a list of work for the prover.

A formula that is decided must be decided rightly; then it moves from `OPEN` to `SOLVED`.
"""

import pytest
from oracle import objection

from discovery.expression.parser import parse
from discovery.proof.prove import decide

_HUBER = "where(abs(r**2 - 1) <= 0.6, (r**2 - 1)**2/2, 0.6*abs(r**2 - 1) - 0.18)"
_GMPO = "(r - exp(clip(log(r), -1, 1)))"
OPEN = {  # formula: (the truth, why it is unknown)
    "sqrt((r**2 - 1)*tanh(r**2 - 1) - (r**2 - 1)**2/((r**2 - 1)**2/3 + 1))": ("proved", "the base of a root"),
}
SOLVED = {  # why it was unknown
    # where() on a surface that is not solved, although each factor is monotone and vanishes at r = 1 alone
    "where(-A*(1/r - 1) <= 0, abs(A*log(r))**3, 0)": ("proved", "surface 1/r - 1 = 0"),
    "where(1 - 1/r <= 0, (r - 1)**2*A**2, 0)": ("proved", "surface 1/r = 1"),
    "where(A*(r**0.2 - 1) <= 0, (r - 1)**2, 0)": ("refuted", "surface r**0.2 = 1; jumps at A = 0"),
    _HUBER: ("proved", "surface |r**2 - 1| = 3/5: r is not rational"),
    "(A - A*r - tanh(A - A*r))*sign(A - A*r)": ("proved", "odd times sign of a sum"),
    # jumps on a surface without a rational point
    "where(log(r) <= 1.48, log(r)**2, log(r)**2/2)": ("refuted", "jumps at r = exp(1.48)"),
    "where(A*log(r) <= 0.511, (A*log(r))**2, 0.78*(A*log(r))**2)": ("refuted", "jumps at A log(r) = 0.511"),
    # one variable u, but not of the kinds A g(r)
    "abs(r**2 - 1) - 2.65*tanh(abs(r**2 - 1)/2.65)": ("proved", "u = r**2 - 1"),
    "cosh(r - 1) - 1 - (r - 1)**2/2": ("proved", "u = r - 1, without A: r < 1 is mapped to 1/(1 + p) first"),
    "1 - exp(log(r)**2/(log(r)**2/0.264 + 1) - log(r)*tanh(log(r)))": ("proved", "1 - exp(-f) is not reduced to f"),
    "tanh((r - 1)*A*tanh((r - 1)*A) - ((r - 1)*A)**2/(1 + ((r - 1)*A)**2/3))": (
        "proved",
        "tanh(f) is not reduced to f",
    ),
    f"{_GMPO}*tanh(0.3*A*{_GMPO})*A**3": ("proved", "the sign of a product of odd functions of one quantity"),
    "(r - 1)*A**2*(r - clip(r, 0.8, 1.2))": ("proved", "the sign of r - clip(r, ...)"),
    # positive, but only the prover sees it, not the ranges
    "(r - 1)**2/(1.5 - r + r*log(r))": ("proved", "1.5 - r + r log(r) >= 1/2"),
    "2*(1/r - 1)**2/((A - A*r)/5 + relu(A*r - A) + 1.89)": ("proved", "relu(x) - x/5 + 1.89 > 0"),
    "log(softplus(A*log(r)) - log(2) - A*log(r)/2 + 1)": ("proved", "1 + (a valid drift) > 0"),
    # roots of what vanishes at r = 1: the order of the zero is needed
    "sqrt(abs(log(r))**3)": ("proved", "|h|**1.5"),
    "sqrt(log(r)*atan(log(r)))": ("refuted", "a kink |h|"),
    "sqrt(cosh(A - A*r) - 1)": ("refuted", "a kink |A h|/sqrt(2)"),
    "log(sqrt(1/r + exp(1 - 1/r) - 2) + 1)": ("refuted", "a kink |h|/sqrt(2)"),
    "sqrt(exp(-0.83*A*log(r))*(r**2 - 1)**2)": ("refuted", "a kink 2 |h|"),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", [*OPEN, *SOLVED])
def test_what_is_decided_is_decided_rightly(text):
    truth, _ = (OPEN | SOLVED)[text]
    expr = parse(text)
    decision = decide(expr)
    assert decision.verdict == ("unknown" if text in OPEN else truth)  # decided by now? then move it to SOLVED
    assert decision.verdict in ("unknown", truth)
    assert objection(expr, decision) is None
