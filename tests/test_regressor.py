"""DriftRegressor: scikit-learn's habits, exact formulas, and one line for bad input."""

import jax.numpy as jnp
import numpy as np
import pandas
import pytest
import sympy
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from discovery import DriftRegressor
from discovery.expression.evaluate import evaluate
from discovery.expression.parser import parse
from discovery.proof.checker import check

QUICK = {"timeout": 20.0, "max_cost": 4, "generations": 0, "bootstrap": 0, "random_state": 0}


def data(text, rows=400, seed=0):
    rng = np.random.default_rng(seed)
    X = np.stack([np.exp(rng.uniform(-1.5, 1.5, rows)), rng.normal(0, 1.5, rows)], axis=1)
    return X, evaluate(parse(text), {"r": X[:, 0], "A": X[:, 1]})


@pytest.fixture(scope="module")
def spo():
    X, y = data("2.5*abs(A)*(r - 1)**2")
    return DriftRegressor(**QUICK).fit(X, y), X, y


def test_the_formula_behind_the_data_is_found_and_predicts(spo):
    model, X, y = spo
    assert model.text() == "2.5*abs(A)*(r - 1)**2"
    np.testing.assert_allclose(model.predict(X), y, rtol=1e-12, atol=1e-14)
    assert model.score(X, y) == pytest.approx(1.0)
    assert model.ended_ == "exact"


def test_every_form_of_the_formula_is_the_same_function(spo):
    model, X, y = spo
    r, a = sympy.symbols("r", positive=True), sympy.symbols("A", real=True)
    expected = sympy.Rational(5, 2) * sympy.Abs(a) * (r - 1) ** 2
    found = model.sympy().xreplace({s: {"r": r, "A": a}[s.name] for s in model.sympy().free_symbols})
    assert sympy.simplify(found - expected) == 0
    values = model.jax().apply((), jnp.asarray(X[:, 0], jnp.float32), jnp.asarray(X[:, 1], jnp.float32))
    np.testing.assert_allclose(values, y, rtol=1e-4, atol=1e-5)
    assert "left|A" in model.latex().replace(" ", "")


def test_the_equations_are_a_front_with_certificates(spo):
    model, X, _ = spo
    table = model.equations_
    assert list(table.complexity) == sorted(table.complexity)
    assert (table.nmse.diff().dropna() < 0).all()
    assert (table.verdict == "proved").all()
    assert table.selected.sum() == 1
    assert table.selected[model.best_index_]
    for certificate in table.certificate:
        check(certificate)
    first = model.predict(X, index=0)
    np.testing.assert_allclose(first, evaluate(parse(table.equation[0]), {"r": X[:, 0], "A": X[:, 1]}))
    with pytest.raises(IndexError, match="there is no formula 99"):
        model.predict(X, index=99)


def test_it_is_cloned_and_used_in_a_pipeline():
    X, y = data("(r - 1)**2")
    model = clone(DriftRegressor("lpo", **QUICK).set_params(select="knee"))
    assert model.get_params()["select"] == "knee"
    pipe = Pipeline([("exp", FunctionTransformer(lambda x: np.stack([np.exp(x[:, 0]), x[:, 1]], 1))), ("drift", model)])
    logs = np.stack([np.log(X[:, 0]), X[:, 1]], 1)
    pipe.fit(logs, y, drift__sample_weight=np.ones(len(y)))
    np.testing.assert_allclose(pipe.predict(logs), y, rtol=1e-9, atol=1e-12)


def test_named_columns_are_found_by_their_names():
    X, y = data("(r - 1)**2")
    frame = pandas.DataFrame({"advantage": X[:, 1], "note": 0, "ratio": X[:, 0]})
    model = DriftRegressor(**QUICK).fit(frame, y)
    np.testing.assert_allclose(model.predict(frame), y, atol=1e-12)


def test_one_random_state_gives_one_result():
    X, y = data("relu(A*(r - 1) - 2*tanh(A*(r - 1)/2))")
    y = y + 0.1 * y.std() * np.random.default_rng(1).normal(size=len(y))
    settings = {**QUICK, "max_cost": 2, "generations": 1, "timeout": 200.0}
    first, second = (DriftRegressor(**settings).fit(X, y) for _ in range(2))
    assert list(first.equations_.equation) == list(second.equations_.equation)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, y: (X[:, 0], y), r"X has shape \(400,\)"),
        (lambda X, y: (X[:5], y[:5]), "too few"),
        (lambda X, y: (X, y[:-1]), "shape"),
        (lambda X, y: (X * [-1, 1], y), "column ratio, row 1"),
        (lambda X, y: (X, y + np.nan), "column drift, row 1: nan"),
        (lambda X, y: (X, 0 * y), "constant"),
    ],
)
def test_bad_data_are_refused_in_one_line(change, message):
    with pytest.raises(ValueError, match=message) as caught:
        DriftRegressor(**QUICK).fit(*change(*data("(r - 1)**2")))
    assert "\n" not in str(caught.value)


def test_bad_settings_are_refused():
    X, y = data("(r - 1)**2")
    with pytest.raises(ValueError, match="unknown grammar 'lpx'; did you mean lpo"):
        DriftRegressor("lpx").fit(X, y)
    with pytest.raises(ValueError, match="timeout must be a positive number"):
        DriftRegressor(timeout=-1).fit(X, y)
    with pytest.raises(ValueError, match="weights sum to zero"):
        DriftRegressor(**QUICK).fit(X, y, sample_weight=0 * y)
    with pytest.raises(NotFittedError):
        DriftRegressor().predict(X)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "l1"}, "loss must be one of squared, huber; got 'l1'"),
        ({"select": "foo"}, "select must be one of best, knee, accuracy"),
        ({"backend": "eureqa"}, "backend must be one of grammar, operon, pysr"),
        ({"timeout": "a"}, "timeout must be a number"),
        ({"max_cost": 2.5}, "max_cost must be a whole number"),
        ({"grammar": 3}, "grammar must be the name or the path"),
    ],
)
def test_settings_of_a_wrong_kind_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        DriftRegressor(**{**QUICK, **settings}).fit(*data("(r - 1)**2"))


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (pandas.DataFrame({"advantage": [1.0], "foo": [1.0]}), [1.0], "X has the columns advantage, foo; needed"),
        ([["a", "b"]] * 30, [1.0] * 30, "values must be numbers; got 'a'"),
        (np.ones((30, 2)) * 1j, np.ones(30), "complex"),
        (np.ones((30, 2)), None, "requires y"),
    ],
)
def test_what_is_no_table_is_refused(X, y, message):
    with pytest.raises(ValueError, match=message):
        DriftRegressor(**QUICK).fit(X, y)


def test_r_and_a_are_names_too(spo):
    model, X, y = spo
    frame = pandas.DataFrame({"A": X[:, 1], "r": X[:, 0]})
    np.testing.assert_allclose(model.predict(frame), y, atol=1e-12)
    for bad in ([[-1.0, 1.0]], [[1.0, np.nan]]):
        with pytest.raises(ValueError, match="X must be finite, with ratios > 0"):
            model.predict(bad)


@pytest.mark.parametrize("unit", [1e-6, 1e3, 1e12])
def test_drifts_in_another_unit_are_found_exactly(unit):
    X, y = data("2.5*abs(A)*(r - 1)**2")
    model = DriftRegressor(**QUICK).fit(X, unit * y)
    np.testing.assert_allclose(model.predict(X), unit * y, rtol=1e-9)
    assert model.equations_.verdict[model.best_index_] == "proved"


def test_outliers_do_not_hide_the_formula_from_huber():
    X, y = data("0.7*(r - 1 - log(r))", rows=800)
    rng = np.random.default_rng(3)
    y = y + 0.02 * y.std() * rng.normal(size=len(y))
    y = np.where(rng.random(len(y)) < 0.03, y + 20 * y.std() * rng.normal(size=len(y)), y)
    model = DriftRegressor(**{**QUICK, "loss": "huber"}).fit(X, y)
    points = np.stack([np.exp(np.linspace(-1.5, 1.5, 31)), np.zeros(31)], axis=1)
    np.testing.assert_allclose(model.predict(points), 0.7 * (points[:, 0] - 1 - np.log(points[:, 0])), atol=0.01)
