"""Values of skeletons: the same numbers as the reference evaluator, for every row of constants."""

import warnings

import numpy as np
import pytest

from discovery.expression.evaluate import evaluate
from discovery.expression.node import Number, substitute
from discovery.expression.parser import parse
from discovery.grammar.enumerate import enumerate_skeletons
from discovery.grammar.grammar import load_grammar
from discovery.grammar.model import Constant
from discovery.grammar.skeleton import Skeleton
from discovery.regression.fit import Loss, Rows, refine, starting_points
from discovery.regression.snap import round_to
from discovery.regression.table import make_table
from discovery.regression.values import Values


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    ratio, advantage = np.exp(rng.normal(0, 0.7, 40)), rng.normal(0, 2, 40)
    return make_table(ratio, advantage, (ratio - 1) ** 2, slope=2 * (ratio - 1), rng=rng)


def test_programs_agree_with_the_evaluator(table):
    grammar = load_grammar("lpo")
    skeletons = [s for found in enumerate_skeletons(grammar, 4).values() for s in found]
    exact, rough = Values(table), Values(table, np.float32)
    chosen = np.random.default_rng(1).permutation(len(skeletons))[:300]
    for skeleton in (skeletons[i] for i in chosen):
        constants = starting_points(skeleton, 3, seed=0)
        constants = np.vectorize(lambda c: float(round_to(c, 3)), otypes=[float])(constants)
        found = exact(skeleton.expr, skeleton.names, constants)
        for row, values in zip(constants, found, strict=True):
            numbers = {name: Number(round_to(c, 3)) for name, c in zip(skeleton.names, row, strict=True)}
            expected = evaluate(substitute(skeleton.expr, numbers), table.variables())
            np.testing.assert_allclose(values, expected, rtol=1e-11, atol=1e-12)
        assert rough(skeleton.expr, skeleton.names, constants).dtype == np.float32


def test_slopes_of_the_fit_are_derivatives(table):
    """The errors of f = (r - 1)**2 in value and slope are both zero; those of 2 f are not."""
    grammar = load_grammar("lpo")
    skeletons = enumerate_skeletons(grammar, 3)[grammar.start]
    chi2 = next(s for s in skeletons if evaluate(s.expr, {"r": 3.0, "A": 5.0, "c1": 1.0}) == 4.0 and s.constants)
    rows = Rows(table, Loss(slope_weight=1.0))
    errors = rows.errors(chi2, np.array([[1.0], [2.0]]))
    assert errors.shape == (2, 2 * len(table))
    np.testing.assert_allclose(errors[0], 0, atol=1e-7)
    assert np.abs(errors[1, len(table) :]).max() > 0.1


def test_huber_counts_outliers_less(table):
    """rho(e) = e**2 up to delta, 2 delta |e| - delta**2 beyond; the emphasis has the loss's gradient."""
    delta = 0.5 * np.sqrt(table.power)
    rows = Rows(table, Loss("huber", delta=delta))
    errors = np.array([[0.5 * delta, 10 * delta] + [0.0] * (len(table) - 2)])
    expected = table.weight[0] * (0.5 * delta) ** 2 + table.weight[1] * (20 * delta**2 - delta**2)
    np.testing.assert_allclose(rows.losses(errors)[0], expected)
    step = 1e-6 * delta
    bumped = errors.copy()
    bumped[0, 1] += step
    slope = (rows.losses(bumped) - rows.losses(errors))[0] / step
    np.testing.assert_allclose(slope, 2 * rows.emphasis(errors)[0, 1] * errors[0, 1], rtol=1e-5)


def test_formulas_that_overflow_or_are_undefined_lose_quietly(table):
    """exp(1e6 (r - 1)) overflows, log(r - 1) is undefined for r < 1: a large loss, no warning, no failure."""
    constant = Constant("c", 0.01, 1e6)
    for text in ("c1*exp(c2*(r - 1))", "c1*log(r - 1) + c2", "c1*r**c2"):
        skeleton = Skeleton(parse(text, allowed=("r", "A", "c1", "c2")), (constant, constant), 1)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            fit = refine(skeleton, np.array([[1.0, 1e6], [1e6, 1e6]]), Rows(table, Loss()), iterations=10)
        assert np.isfinite(fit.loss)
        assert np.isfinite(fit.constants).all()
