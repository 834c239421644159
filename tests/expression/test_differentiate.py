"""Symbolic derivatives against difference quotients, and the refusal of kinks."""

import numpy as np
import pytest

from discovery.expression.differentiate import NotSmoothError, derivative
from discovery.expression.evaluate import evaluate
from discovery.expression.node import ADVANTAGE, RATIO, ZERO
from discovery.expression.parser import parse

SMOOTH = [
    "r**3*A - 2/r + A", "sqrt(r)*exp(A*r)", "log(r)**2*tanh(A*(r - 1))", "sinh(r)*cosh(A*r)", "sech(A*r)",
    "sigmoid(A*r) + softplus(r*A)", "atan(A*r)", "asinh(A*r)", "r**A", "A**r*r", "where(A >= 0, r**2*A, log(r))",
    "abs(A)*r + relu(A)*r**2",
]  # fmt: skip


@pytest.mark.timeout(30)
@pytest.mark.parametrize("text", SMOOTH)
def test_the_derivative_is_the_limit_of_the_quotients(text):
    rng = np.random.default_rng(1)
    r, A = rng.uniform(0.3, 2, 50), rng.uniform(0.2, 2, 50) * (1 if "A**r" in text else rng.choice([-1, 1], 50))
    expr, h = parse(text), 1e-6
    quotient = (evaluate(expr, {"r": r + h, "A": A}) - evaluate(expr, {"r": r - h, "A": A})) / (2 * h)
    slope = np.broadcast_to(evaluate(derivative(expr, RATIO), {"r": r, "A": A}), r.shape)
    np.testing.assert_allclose(slope, quotient, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    "text", ["abs(r - 1)", "relu(r*A)", "max(r, A)", "clip(r, 0, 1)", "sign(r - 1)", "where(r <= 1, r, 1)"]
)
def test_kinks_are_refused_in_their_symbol_alone(text):
    with pytest.raises(NotSmoothError):
        derivative(parse(text), RATIO)
    if "A" not in text:
        assert derivative(parse(text), ADVANTAGE) == ZERO
