"""Parts that never act on the data are left out, others stay."""

import numpy as np
import pytest

from discovery.expression.evaluate import evaluate
from discovery.expression.parser import parse
from discovery.expression.printer import to_text
from discovery.regression.idle import without_idle_parts
from discovery.regression.table import make_table


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    r, a = np.exp(rng.uniform(-1, 1, 500)), rng.normal(size=500)
    return make_table(r, a, (r - 1) ** 2, rng=rng)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("relu(r - 1 - log(r))", "r - log(r) - 1"),
        ("relu(A*(r - 1) - 2*tanh(A*(r - 1)/2))", "relu(A*(r - 1) - 2*tanh(A*(r - 1)/2))"),
        ("atan(clip(A*log(r), -60, 60))**2", "atan(A*log(r))**2"),
        ("min(abs(A), 50)*(r - 1)**2", "abs(A)*(r - 1)**2"),
        ("min(abs(A), 0.5)*(r - 1)**2", "min(abs(A), 0.5)*(r - 1)**2"),
        ("where(A >= 0, relu(A*(r - 1 - log(r))), 0)", "where(A >= 0, A*(r - log(r) - 1), 0)"),
        ("where(A >= 0, 0, relu(A*(r - 1 - log(r))))", "where(A >= 0, 0, relu(A*(r - log(r) - 1)))"),
    ],
)
def test_what_never_acts_is_left_out(table, text, expected):
    short = without_idle_parts(parse(text), table)
    assert short == parse(expected), to_text(short)
    np.testing.assert_allclose(
        evaluate(short, table.variables()), evaluate(parse(text), table.variables()), rtol=1e-12, atol=1e-13
    )
