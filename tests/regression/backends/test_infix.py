"""Other engines' infix text: meaning, precedence, and one clear line for what cannot be read."""

import numpy as np
import pytest

from discovery.expression.canonical import canonical
from discovery.expression.evaluate import evaluate
from discovery.expression.parser import parse
from discovery.regression.backends.features import FEATURES, RAW, VARIABLES, columns, expand
from discovery.regression.backends.infix import InfixError, read_infix

R, A = np.array([0.3, 0.9, 1.0, 1.7]), np.array([-2.0, 0.5, 1.0, 3.0])


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("-r^2", "-(r**2)"),
        ("r^A^2", "r**(A**2)"),
        ("2^-1 * r", "r/2"),
        ("r - 1 - A", "(r - 1) - A"),
        ("r / 2 / A", "(r/2)/A"),
        ("square(A) + cube(r)", "A**2 + r**3"),
        ("neg(A) + inv(r)", "-A + 1/r"),
        ("aq(A, r)", "A/sqrt(1 + r**2)"),
        ("max(A, r, 1)", "max(A, r, 1)"),
        ("cond(A, r)", "where(A > 0, r, 0)"),
        ("1.5f-3 * r + 1.0e-20", "0.0015*r + 0.00000000000000000001"),
        ("(-0.5) * r ** 2", "-r**2/2"),
        ("clamp(r, 0.8, 1.2)", "clip(r, 0.8, 1.2)"),
        ("(abs((A)) ^ 0.5)", "sqrt(abs(A))"),
    ],
)
def test_text_means_what_its_engine_means(text, meaning):
    assert canonical(read_infix(text, RAW)) == parse(meaning)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "ends too early"),
        ("r +", "ends too early"),
        ("r ? A", "column 3"),
        ("q * r", "column 1: unknown variable 'q' \\(known: r, A\\)"),
        ("sin(r)", "unknown function 'sin'"),
        ("tanh(r, A)", "takes 1 arguments, not 2"),
        ("NaN", "not a number"),
        ("1e999999999 * r", "out of range"),
        ("(" * 3000 + "r", "ends too early"),
        ("-" * 9000 + "r", "nested|nodes"),
        ("r" * 10_001, "characters"),
        ("__import__('os')", "unexpected"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(text, message):
    with pytest.raises(InfixError, match=message) as caught:
        read_infix(text, RAW)
    assert "\n" not in str(caught.value)


def test_features_are_what_their_names_say():
    p, log = R - 1, np.log(R)
    np.testing.assert_allclose(columns(FEATURES, R, A), np.column_stack([p, log, A, p * A, log * A]))


def test_a_formula_over_features_is_the_formula_over_r_and_a():
    over_features = read_infix("pA - lA + x0", {name: parse("r") for name in VARIABLES})
    assert canonical(over_features) == parse("r")
    inputs = {"pA": FEATURES["pA"], "r": RAW["r"]}
    expr = expand(parse("r*tanh(A)", allowed=("r", "A")), {"A": inputs["pA"], "r": inputs["r"]})
    np.testing.assert_allclose(evaluate(expr, {"r": R, "A": A}), R * np.tanh((R - 1) * A))
