"""Search and proof together: only what is proved enters the front; formulas that change as training proceeds."""

from fractions import Fraction

import numpy as np
import pytest

from discovery.distillation import decide_all, run_distillation
from discovery.expression.evaluate import evaluate
from discovery.expression.parser import parse
from discovery.grammar.grammar import load_grammar
from discovery.proof.checker import check
from discovery.proof.moments import at
from discovery.regression.config import DistilConfig
from discovery.regression.search import distil
from discovery.regression.table import make_table

QUICK = {"max_cost": 3, "generations": 0, "bootstrap": 0, "finalists": 20, "fit_rows": 500, "seconds": 100.0}


def silent(stage, done, total):
    pass


def temporal(text):
    return parse(text, allowed=("r", "A", "progress"))


def table_of(text, rows=600, *, progress=False):
    rng = np.random.default_rng(0)
    columns = {"r": np.exp(rng.uniform(-1, 1, rows)), "A": rng.normal(0, 1.5, rows), "progress": rng.random(rows)}
    values = evaluate(temporal(text), columns)
    return make_table(columns["r"], columns["A"], values, progress=columns["progress"] if progress else None, rng=rng)


def test_what_is_not_accepted_is_not_in_the_front():
    """A prover that refuses whatever holds a logarithm: the front has none, and the next best take their places."""
    table, grammar = table_of("abs(A)*(r - 1 - log(r))"), load_grammar("lpo")
    asked = []

    def decide(formulas):
        asked.extend(formulas)
        return ["log" not in str(expr) for expr in formulas]

    front = distil(table, grammar, DistilConfig(**QUICK), decide=decide).front
    assert front
    assert not [member for member in front if "log" in str(member.expr)]
    assert len(asked) == len(set(asked)) > len(front)


@pytest.mark.timeout(200)
def test_a_drift_that_changes_in_training_is_found_and_proved():
    text = "(1 - progress)*abs(A)*(r - 1)**2"
    config = DistilConfig(grammar="temporal", **{**QUICK, "max_cost": 5})
    found = run_distillation(table_of(text, progress=True), config, progress=silent)
    assert found.selected is not None
    chosen, decision = found.front[found.selected], found.decisions[found.selected]
    points = {"r": np.exp(np.linspace(-2, 2, 9))[:, None, None], "A": np.linspace(-3, 3, 7)[:, None]}
    points["progress"] = np.linspace(0, 1, 5)
    np.testing.assert_allclose(evaluate(chosen.expr, points), evaluate(temporal(text), points), atol=1e-9)
    assert decision.verdict == "proved"
    assert check(decision.evidence) == "proved"


def test_progress_is_proved_for_all_its_values():
    good, bad = decide_all([temporal("(1 - progress)*(r - 1)**2"), temporal("(1 - 2*progress)*(r - 1)**2")])
    assert check(good.evidence) == good.verdict == "proved"
    assert check(bad.evidence) == bad.verdict == "refuted"
    assert "At progress = 1" in bad.conditions["nonnegative"].reason


def test_what_is_open_is_asked_at_several_moments_if_it_is_derived():
    """The lemmas of a grammar speak for the values in between; a formula from elsewhere has none, and stays unknown."""
    kinked = temporal("where(progress**2 <= 1/2, 1, 2)*(r - 1)**2")
    other = temporal("where(progress**2 <= 1/2, 1, where(A >= 0, 1, 2))*(r - 1)**2")
    alone, derived, worse = *decide_all([kinked]), *decide_all([kinked, other], derived=True)
    assert alone.verdict == "unknown"
    assert derived.verdict == "proved"
    assert (derived.conditions["flat"].method, derived.evidence) == ("derivation", None)
    assert worse.verdict == "refuted"


def test_what_cannot_be_written_at_a_moment_stays_unknown():
    """At progress = 0 the branch that is not taken divides by zero."""
    expr = temporal("where(progress**2 <= 1/2, 1, 1/progress)*(r - 1)**2")
    with pytest.raises(ValueError, match="zero"):
        at(expr, Fraction(0))
    (decision,) = decide_all([expr], derived=True)
    assert decision.verdict == "unknown"


def test_a_grammar_with_progress_needs_the_column():
    with pytest.raises(ValueError, match="uses progress, which the table does not have"):
        run_distillation(table_of("(r - 1)**2"), DistilConfig(grammar="temporal", **QUICK), progress=silent)


def test_a_formula_that_overflows_on_a_rare_row_is_no_failure():
    """Of 20,000 rows the search sees a few hundred; exp(r) overflows on one of the others."""
    rng = np.random.default_rng(0)
    ratio, advantage = np.exp(rng.uniform(-0.5, 0.5, 20_000)), rng.normal(size=20_000)
    ratio[7] = 1e308
    drift = np.where(ratio < 2, np.exp(np.minimum(ratio, 2) - 1) - ratio, 0.0)
    found = distil(make_table(ratio, advantage, drift, rng=rng), load_grammar("free"), DistilConfig(**QUICK))
    assert found.front
    assert all(np.isfinite([member.nmse, member.heldout_nmse]).all() for member in found.front)
