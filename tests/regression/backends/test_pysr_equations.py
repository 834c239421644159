"""PySR's equation strings, in both directions."""

import numpy as np
import pytest
from hypothesis import given, settings

from discovery.drifts.zoo import ZOO
from discovery.expression.canonical import canonical
from discovery.expression.evaluate import evaluate
from discovery.expression.node import RATIO, Apply, symbols, walk
from discovery.expression.parser import parse
from discovery.expression.projection import at_one, residual_projection
from discovery.regression.backends.features import FEATURES
from discovery.regression.backends.infix import InfixError
from discovery.regression.backends.pysr_equations import Template, read_equation, read_parts, write_equation
from tests.strategies import expressions

POINTS = {"r": np.array([0.2, 0.7, 1.0, 1.4, 3.0])[:, None], "A": np.array([-2.3, -0.4, 0.0, 0.6, 1.9])}


def same(a, b):
    x, y = evaluate(a, POINTS), evaluate(b, POINTS)
    finite = np.isfinite(x) & np.isfinite(y) & (abs(x) < 1e6)
    np.testing.assert_allclose(y[finite], x[finite], rtol=1e-7, atol=1e-9)


def writable(expr):
    return not any(isinstance(node, Apply) and node.op in ("where", "le", "lt") for node in walk(expr))


def smooth(expr):
    return not any(isinstance(node, Apply) and node.op in ("sign", "pow", "exp", "sinh") for node in walk(expr))


@settings(max_examples=300, deadline=None)
@given(expressions())
def test_what_is_written_is_read_back(expr):
    try:
        expr = canonical(expr)
        text = write_equation(expr)
    except ValueError:
        return  # a division by zero, or a where()
    back = read_equation(text)
    assert symbols(back) <= symbols(expr)
    if smooth(expr):  # else rounding of the constants may decide
        same(expr, back)


def test_only_where_cannot_be_written():
    for name, drift in ZOO.items():
        if writable(drift.expr):
            same(drift.expr, read_equation(write_equation(drift.expr))), name
            same(drift.expr, read_equation(write_equation(drift.expr, inputs=FEATURES)))
        else:
            with pytest.raises(ValueError, match="no operator for where"):
                write_equation(drift.expr)


def test_products_are_written_with_the_features():
    assert write_equation(parse("relu(A*(r - 1) - A*log(r))"), inputs=FEATURES) == "relu(((lA * (-1.0)) + pA))"
    assert write_equation(parse("r*A"), inputs=FEATURES) == "(A * (p + 1.0))"


def test_a_constant_that_float64_cannot_hold_is_refused():
    with pytest.raises(ValueError, match="range of float64"):
        write_equation(parse("r + 1e-390"))


def test_a_template_is_its_residual_projection():
    text = "g = square(tanh(#2 * (#1 - 1.5)) + 1.1)"
    g = parse("(tanh(A*(r - 1.5)) + 1.1)**2")
    expr, inside = read_parts(text)
    assert inside == g
    assert expr == canonical(Apply("relu", (residual_projection(g),)))
    values = evaluate(expr, POINTS)
    assert (values >= 0).all()
    np.testing.assert_allclose(values[2], 0, atol=1e-15)  # r = 1


def test_the_projection_is_zero_and_flat_and_keeps_smooth_drifts():
    for text in ("r - 1 - log(r)", "A**2*(r - 1)**2", "1 - sech(A*(r - 1))"):
        drift = parse(text)
        residual = residual_projection(drift)
        assert at_one(residual) == parse("0")
        same(drift, residual)
    assert residual_projection(parse("abs(r - 1)")) is None
    assert residual_projection(parse("1/(r - 1)")) is None


def test_parameters_of_a_template_are_its_further_arguments():
    template = Template(combine=lambda g: g)
    assert read_equation("f = tanh(#1 * #3) - p[1]; p = [0.43, 2.0]", template=template) == parse("tanh(0.43*r) - 0.43")
    over_k = Template(arguments=(FEATURES["pA"],), combine=lambda g: Apply("relu", (g,)))
    expr = read_equation("f = (#1 - tanh(#1)) * 0.30; p = [0.43]", template=over_k)
    assert expr == parse("relu(0.3*(A*(r - 1) - tanh(A*(r - 1))))")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("g = abs(#1 - 1)", "not smooth"),
        ("f = #1; g = #2", "2 expressions"),
        ("g = #3", "unknown variable '#3'"),
        ("g = #1; p = [1.0", "no list"),
        ("g = #1; 5", "no assignment"),
        ("1 / 0", "division by zero"),
        ("x7 * r", "unknown variable 'x7'"),
    ],
)
def test_equations_that_cannot_be_read(text, message):
    with pytest.raises(InfixError, match=message):
        read_equation(text)


def test_numbered_columns_are_r_and_a():
    assert read_equation("x0 * x1 - x0") == parse("A*r - r")
    assert read_equation("ratio") == RATIO
