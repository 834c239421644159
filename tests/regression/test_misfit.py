"""What no valid drift can fit is told; a valid drift under noise is not accused."""

import numpy as np
import pytest

from discovery.expression.evaluate import evaluate
from discovery.expression.parser import parse
from discovery.regression.front import judged
from discovery.regression.misfit import misfits
from discovery.regression.table import make_table

VALID = [
    "relu(A*(r - clip(r, 0.8, 1.2)))",
    "relu(A*(r - clip(r, 0.9, 1.1)))",
    "relu(A*(r - 1) - 2*tanh(A*(r - 1)/2))",
    "3*abs(A)*(r - 1 - log(r))",
    "A**2*(r - 1)**2",
    "relu(A*log(r) - 0.1*tanh(A*log(r)/0.1))",
]


def table_of(text, seed, noise=0.0, rows=3000):
    rng = np.random.default_rng(seed)
    r, a = np.exp(rng.uniform(-1.5, 1.5, rows)), rng.normal(0, 1.5, rows)
    y = evaluate(parse(text), {"r": r, "A": a})
    return make_table(r, a, y + noise * y.std() * rng.normal(size=rows), rng=rng)


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("text", VALID)
def test_a_valid_drift_is_not_accused(text, noise):
    for seed in range(5):
        table = table_of(text, seed, noise)
        for best in (text, "(r - 1)**2", "0.001*(r - 1)**2"):
            (candidate,) = judged([parse(best)], table)
            assert not misfits(table, candidate), (seed, best)


@pytest.mark.parametrize(
    ("text", "condition", "value"),
    [
        ("A*(r - 1 - log(r))", "nonnegative", None),
        ("(r - 1)**2 - 0.5", "nonnegative", None),
        ("exp(-A**2) + (r - 1)**2", "zero", None),
        ("abs(r - 1)", "flat", 1.0),
        ("relu(A*(r - 1))", "flat", None),
    ],
)
def test_what_breaks_a_condition_is_told_with_place_and_amount(text, condition, value):
    for seed in range(3):
        table = table_of(text, seed)
        (candidate,) = judged([parse("(r - 1)**2 + 0*A")], table)
        found = {item.condition: item for item in misfits(table, candidate)}
        assert condition in found
        item = found[condition]
        if value is not None:
            assert abs(item.value) == pytest.approx(value, abs=0.05)
        if condition == "nonnegative":
            assert evaluate(parse(text), {"r": item.ratio, "A": item.advantage}) < 0
        assert str(item)


def test_a_good_fit_ends_the_matter():
    table = table_of("abs(r - 1)", 0)
    (candidate,) = judged([parse("abs(r - 1)")], table)
    assert not misfits(table, candidate)


@pytest.mark.parametrize("rows", [60, 300, 600])
@pytest.mark.parametrize("text", ["-abs(A)*(r - 1)**2", "-(r - 1 - log(r))", "A*(r - 1)**2"])
def test_small_tables_of_negative_values_are_told(text, rows):
    table = table_of(text, 0, rows=rows)
    best = "relu(A)*(r - 1)**2" if text.startswith("A") else "0"
    (candidate,) = judged([parse(best)], table)
    assert "nonnegative" in {item.condition for item in misfits(table, candidate)}
