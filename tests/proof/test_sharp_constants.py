"""Sharp constants: formulas whose verdict flips at one value of a parameter.

x is a quantity that vanishes at r = 1 and takes every sign: (r - 1)*A, A*log(r), log(r), ... Each family is valid up to
and including its sharp constant and invalid just beyond. With Taylor series at x = 0 or limits at infinity:

- x**2 - c x tanh(x):                x**2 (1 - c) + c x**4/3: valid for c <= 1.
- x tanh(x) - x**2/(1 + x**2/b):     x**4 (1/b - 1/3): valid for b <= 3 (Lambert's continued fraction).
- exp(x**2/c) - cosh(x):             x**2 (1/c - 1/2): valid for c <= 2 (Hoeffding).
- c x**2 - log(cosh(x)):             x**2 (c - 1/2): valid for c >= 1/2.
- cosh(x) - 1 - c x**2:              x**2 (1/2 - c): valid for c <= 1/2.
- sinh(x)**2 + x tanh(x) - c x**2:   x**2 (2 - c): valid for c <= 2 (Wilker).
- exp(x) - 1 - x - c relu(x)**2:     x**2 (1/2 - c) for x > 0: valid for c <= 1/2.
- c x**2 - (sqrt(1 + x**2) - 1):     x**2 (c - 1/2): valid for c >= 1/2.
- c (r-1)**2/r - (r - 1 - log(r)):  1/2 <= c at r = 1, and 1 <= c as r grows: valid for c >= 1.
- (r-1)**2 + c log(r)**2:           1 + c log(r)**2 as r -> 0: valid for c >= 0.
- (c + 2 r)/3 (r log(r) - r + 1) - (r-1)**2: (r-1)**2 ((c + 2)/6 - 1): valid for c >= 4 (Pinsker's lemma).
- A**2 (r-1)**2 + c A (r-1) log(r) + log(r)**2: the discriminant c**2 - 4: valid for |c| <= 2.
- c (r log(r) - r + 1) - (sqrt(r) - 1)**2: c - 1 as r -> 0: valid for c >= 1.
- r**c - 1 - c (r-1):               Bernoulli: valid for c >= 1 (and c <= 0).
- relu(x - c tanh(x)) and its like: slope 1 - c on one side of r = 1: valid for c >= 1, and c = 1 is the smallest.
"""

import pytest
from oracle import objection

from discovery.expression.parser import parse
from discovery.proof.prove import decide

X = ("(r - 1)*A", "A*log(r)", "log(r)", "(r - 1)", "(sqrt(r) - 1)*A", "(1 - 1/r)*A")
FAMILIES = {  # shape, the sharp constant, just beyond
    "x_tanh": ("({x})**2 - {c}*({x})*tanh({x})", "1", "1.0001"),
    "lambert": ("({x})*tanh({x}) - ({x})**2/(1 + ({x})**2/{c})", "3", "3.0001"),
    "hoeffding": ("exp(({x})**2/{c}) - cosh({x})", "2", "2.0001"),
    "log_cosh": ("{c}*({x})**2 - log(cosh({x}))", "0.5", "0.4999"),
    "cosh": ("cosh({x}) - 1 - {c}*({x})**2", "0.5", "0.5001"),
    "wilker": ("sinh({x})**2 + ({x})*tanh({x}) - {c}*({x})**2", "2", "2.0001"),
    "exp": ("exp({x}) - 1 - ({x}) - {c}*relu({x})**2", "0.5", "0.5001"),
    "pseudo_huber": ("{c}*({x})**2 - (sqrt(1 + ({x})**2) - 1)", "0.5", "0.4999"),
    "bohning": ("({x})**2/{c} - (softplus({x}) - log(2) - ({x})/2)", "8", "8.0001"),
}
IN_RATIO = {
    "kl_chi2": ("{c}*(r - 1)**2/r - (r - 1 - log(r))", "1", "0.9999"),
    "log_square": ("(r - 1)**2 + {c}*log(r)**2", "0", "-0.0001"),
    "pinsker": ("({c} + 2*r)/3*(r*log(r) - r + 1) - (r - 1)**2", "4", "3.9999"),
    "discriminant": ("A**2*(r - 1)**2 + {c}*A*(r - 1)*log(r) + log(r)**2", "2", "2.0001"),
    "hellinger": ("{c}*(r*log(r) - r + 1) - (sqrt(r) - 1)**2", "1", "0.9999"),
    "alpha": ("r**{c} - 1 - {c}*(r - 1)", "1", "0.9999"),
}
KINKS = {
    "relu_tanh": ("relu(({x}) - {c}*tanh({x}))", "1", "0.9999"),
    "relu_sinh": ("relu({c}*sinh({x}) - ({x}))", "1", "1.0001"),
    "relu_log": ("relu({c}*({x}) - asinh({x}))", "1", "1.0001"),
    "max_exp": ("max({c}*(exp({x}) - 1) - ({x}), 0)", "1", "1.0001"),
}
CASES = [(name, shape, x, sharp, beyond) for name, (shape, sharp, beyond) in FAMILIES.items() for x in X]
CASES += [(name, shape, "", sharp, beyond) for name, (shape, sharp, beyond) in IN_RATIO.items()]
CASES += [(name, shape, x, sharp, beyond) for name, (shape, sharp, beyond) in KINKS.items() for x in X[:3]]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("name", "shape", "x", "sharp", "beyond"), CASES, ids=[f"{case[0]}-{case[2]}" for case in CASES]
)
def test_the_verdict_flips_at_the_sharp_constant(name, shape, x, sharp, beyond):
    for constant, expected in ((sharp, "proved"), (beyond, "refuted")):
        expr = parse(shape.format(x=x, c=constant))
        decision = decide(expr)
        assert decision.verdict == expected, (constant, decision.conditions)
        assert objection(expr, decision) is None


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", KINKS)
def test_a_kink_beyond_the_sharp_constant_is_in_the_slope(name):
    shape, _, beyond = KINKS[name]
    decision = decide(parse(shape.format(x=X[0], c=beyond)))
    assert decision.conditions["flat"].verdict == "refuted"
    assert decision.conditions["nonnegative"].verdict == "proved"
