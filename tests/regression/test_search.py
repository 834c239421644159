"""Distillation: known drifts come back exactly; what cannot be told apart is said; constants are fitted and snapped."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy

from discovery.drifts.zoo import ZOO
from discovery.expression.evaluate import evaluate
from discovery.expression.parser import parse
from discovery.expression.printer import to_text
from discovery.expression.to_sympy import to_sympy
from discovery.grammar.enumerate import Skeleton
from discovery.grammar.grammar import Constant, load_grammar
from discovery.regression.config import DistilConfig
from discovery.regression.fit import Loss, Rows, refine, screen, starting_points
from discovery.regression.front import pareto_front
from discovery.regression.samples import read_samples
from discovery.regression.sampling import tabulate
from discovery.regression.search import distil
from discovery.regression.snap import round_to, snap
from discovery.regression.table import TRAIN, make_table

SMALL = DistilConfig(max_cost=5, finalists=25, fit_rows=800)
C = Constant("c", 0.02, 50.0)


def table_of(expr, rng, noise=0.0):
    def values(ratio, advantage):
        exact = evaluate(expr, {"r": ratio, "A": advantage})
        return exact + noise * exact.std() * rng.normal(size=exact.shape)

    return tabulate(values, rng=rng, count=3000)


@pytest.mark.parametrize("name", ["ppo", "spo", "kl_forward", "kl_reverse", "chi2", "hellinger", "dpo"])
def test_known_drifts_come_back_exactly(name):
    """The last, most accurate member is the drift itself; equal up to the spelling that `distil` prefers."""
    front = distil(table_of(ZOO[name].expr, np.random.default_rng(1)), load_grammar("lpo"), SMALL).front
    best = front[-1]
    assert best.nmse < 1e-20
    assert best.heldout_nmse < 1e-20
    points = {"r": np.exp(np.linspace(-3, 3, 61))[:, None], "A": np.linspace(-5, 5, 41)}
    np.testing.assert_allclose(evaluate(best.expr, points), evaluate(ZOO[name].expr, points), rtol=1e-9, atol=1e-9)
    if best.expr != ZOO[name].expr:
        assert sympy.simplify(to_sympy(best.expr) - to_sympy(ZOO[name].expr)) == 0


def test_forms_that_noise_cannot_tell_apart_are_ties():
    expr = parse("where(A >= 0, relu(A*(r - 1) - 2*tanh(A*(r - 1)/2)), 0)")
    settings = DistilConfig(max_cost=4, generations=0, finalists=25, fit_rows=800, bootstrap=0, ties=1.2)
    front = distil(table_of(expr, np.random.default_rng(2), noise=0.3), load_grammar("lpo"), settings).front
    told = {text for member in front for text in (to_text(member.expr), *member.ties)}
    assert any("tanh" in text for text in told)
    assert max(len(member.ties) for member in front) >= 1


def test_the_constants_of_a_sum_are_found_from_many_starts():
    skeleton = Skeleton(parse("c1*tanh((A*(r - 1))**2/c2)", allowed=("r", "A", "c1", "c2")), (C, C), 5)
    table = table_of(parse("0.7*tanh((A*(r - 1))**2/3.1)"), np.random.default_rng(3))
    rows = Rows(table, Loss())
    losses, starts, _ = screen(skeleton, starting_points(skeleton, 16, seed=0), rows)
    fit = refine(skeleton, starts[np.argsort(losses)[:4]], rows)
    assert fit.loss < 1e-20
    np.testing.assert_allclose(fit.constants, [0.7, 3.1], rtol=1e-6)


def test_fitted_constants_stay_in_their_range():
    skeleton = Skeleton(parse("c1*(r - 1)**2", allowed=("r", "A", "c1")), (C,), 1)
    table = table_of(parse("1000*(r - 1)**2"), np.random.default_rng(4))
    assert refine(skeleton, np.array([[1.0]]), Rows(table, Loss())).constants[0] <= C.high * 1.0001


def test_snapping_takes_the_fewest_digits_that_the_data_allow():
    skeleton = Skeleton(parse("c1*(r - 1)**2", allowed=("r", "A", "c1")), (C,), 1)
    for exact, noise, expected in [
        ("2.5", 0.0, "2.5"),
        ("1.2345", 0.0, "1.2345"),
        ("0.666666666666", 0.0, "2/3"),
        ("2.04", 0.5, "2"),
    ]:
        table = table_of(parse(f"{exact}*(r - 1)**2"), np.random.default_rng(5), noise=noise)
        fit = refine(skeleton, np.array([[1.0]]), Rows(table, Loss()))
        expr, _ = snap(skeleton, fit, Rows(table, Loss()), tolerance=0.005)
        assert expr == parse(f"({expected})*(r - 1)**2")


def test_rounding_is_exact():
    assert round_to(0.59999999, 3) == Fraction(3, 5)
    assert round_to(1234.5, 2) == Fraction(1200)


def test_the_front_is_the_lower_staircase():
    rng = np.random.default_rng(6)
    table = table_of(ZOO["spo"].expr, rng)
    front = distil(table, load_grammar("lpo"), DistilConfig(max_cost=4, finalists=10, fit_rows=300)).front
    assert front == sorted(front, key=lambda c: c.complexity)
    assert all(a.nmse > b.nmse for a, b in pairwise(front))
    assert pareto_front(front) == front


def test_held_out_rows_are_a_random_fifth_and_bands_of_the_advantage():
    table = table_of(ZOO["spo"].expr, np.random.default_rng(7))
    shares = np.bincount(table.part, minlength=3) / len(table)
    np.testing.assert_allclose(shares, [0.72, 0.18, 0.1], atol=0.03)
    fitted = table.rows(table.part == TRAIN).advantage
    band = table.rows(table.part == 2).advantage
    positive = band[band > 0]
    assert not ((fitted > positive.min()) & (fitted < positive.max())).any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r, a, f: (np.r_[-1.0, r[1:]], a, f), "column ratio, row 1: -1 is"),
        (lambda r, a, f: (r, np.r_[np.nan, a[1:]], f), "column advantage, row 1: nan"),
        (lambda r, a, f: (r, a, np.r_[np.inf, f[1:]]), "column drift, row 1: inf"),
        (lambda r, a, f: (r, a, 0 * f), "constant"),
        (lambda r, a, f: (r[:5], a[:5], f[:5]), "too few"),
        (lambda r, a, f: (r[:5], a, f), "has shape"),
    ],
)
def test_bad_tables_are_refused(change, message):
    rng = np.random.default_rng(8)
    r, a = np.exp(rng.normal(size=50)), rng.normal(size=50)
    with pytest.raises(ValueError, match=message):
        make_table(*change(r, a, (r - 1) ** 2), rng=rng)


def test_samples_are_read_from_csv(tmp_path):
    rng = np.random.default_rng(9)
    r, a = np.exp(rng.normal(0, 0.3, 50)), rng.normal(size=50)
    path = tmp_path / "f.csv"
    rows = "\n".join(
        f"{x!r},{y!r},{z!r}" for x, y, z in zip(r.tolist(), a.tolist(), ((r - 1) ** 2).tolist(), strict=True)
    )
    path.write_text("ratio,advantage,drift\n" + rows + "\n")
    np.testing.assert_array_equal(read_samples(str(path), rng=rng).ratio, r)
    path.write_text("ratio,drift\n1,2\n")
    with pytest.raises(ValueError, match="lacks column 'advantage'"):
        read_samples(str(path), rng=rng)
    path.write_text("ratio,advantage,drift\n1,2,x\n")
    with pytest.raises(ValueError, match="line 2"):
        read_samples(str(path), rng=rng)
    with pytest.raises(ValueError, match="no such file"):
        read_samples(str(tmp_path / "none.csv"), rng=rng)
