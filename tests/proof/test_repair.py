"""Repairs of refuted drifts: the right kind, proved, and never the formula itself."""

import numpy as np
import pytest

from discovery.expression.evaluate import evaluate
from discovery.expression.parser import parse
from discovery.proof.prove import decide
from discovery.proof.repair import proposals, repairs, residual_projection

pytestmark = pytest.mark.timeout(60)


def offered(text):
    return [(repair.kind, repair.expression) for repair in repairs(decide(parse(text)))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A*(r - 1 - log(r))", [("relu", "relu(A*(r - log(r) - 1))")]),  # the sign alone
        ("abs(r - 1)/2", [("relu_margin", "relu(abs(r - 1)/2 - 0.000001)")]),  # a kink
        ("r**2", [("residual", "r**2 - 2*(r - 1) - 1")]),  # neither zero nor flat, but convex
        ("A*r**2", [("residual_relu", "relu(A*r**2 - A - 2*A*(r - 1))")]),  # the same, of either sign
        ("-log(r)", [("gauge", "r - log(r) - 1"), ("relu_margin", "relu(-log(r) - 0.000001)")]),
        ("-(r - 1)**2", []),  # its ReLU is the zero drift
        ("1/(r - 1)", []),  # nothing helps a pole
        ("(r - 1)**2", []),  # nothing to repair
    ],
)
def test_what_is_offered(text, expected):
    assert offered(text) == expected


@pytest.mark.parametrize("text", ["A*(r - 1)**3", "relu(A*(r - 1)) - (r - 1)**2", "-log(r)", "r**2"])
def test_no_proposal_is_the_formula_itself_or_made_twice(text):
    decision = decide(parse(text))
    assert decision.verdict == "refuted"
    found = [expr for _, expr in proposals(decision)]
    assert found
    assert parse(decision.expression) not in found
    assert len(set(found)) == len(found)


def test_what_is_offered_is_proved_again():
    for text in ("A*(r - 1)**3", "exp(A*r)", "-log(r)"):
        for _, expression in offered(text):
            assert decide(parse(expression)).verdict == "proved"


def test_the_residual_projection_is_zero_and_flat_and_keeps_valid_drifts():
    A, h = np.linspace(-2, 2, 9), 1e-5
    for text in ("exp(A*r)", "r**0.3*A", "A*tanh(r*A) + log(r)", "r**A"):
        residual = residual_projection(parse(text))
        assert residual is not None
        at, beside = (evaluate(residual, {"r": np.full(9, r), "A": A}) for r in (1.0, 1 + h))
        np.testing.assert_allclose(at, 0, atol=1e-12)
        np.testing.assert_allclose(beside, 0, atol=1e-8)  # of second order in h
    drift, r = parse("A**2*(r - 1)**2 + r - 1 - log(r)"), np.linspace(0.2, 3, 9)
    kept = residual_projection(drift)
    assert kept is not None
    np.testing.assert_allclose(evaluate(kept, {"r": r, "A": A}), evaluate(drift, {"r": r, "A": A}), atol=1e-12)
    assert residual_projection(parse("abs(r - 1)")) is None
