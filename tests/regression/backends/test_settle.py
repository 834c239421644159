"""Proposals become valid drifts where the data allow it, and are labelled where they do not."""

import contextlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.drifts.zoo import ZOO
from discovery.expression.canonical import canonical
from discovery.expression.evaluate import evaluate
from discovery.expression.parser import parse
from discovery.expression.printer import to_text
from discovery.proof.batch import verify
from discovery.regression.backends.constants import is_short, opened, refitted, short_forms, snapped
from discovery.regression.backends.protocol import Proposal, Region
from discovery.regression.backends.prune import pruned
from discovery.regression.backends.pysr_equations import read_equation, read_parts
from discovery.regression.backends.pysr_tables import import_run
from discovery.regression.backends.settle import settle
from discovery.regression.backends.versions import versions
from discovery.regression.backends.yardstick import yardstick
from discovery.regression.sampling import tabulate
from tests.strategies import expressions

RUNS = Path(__file__).parents[2] / "data" / "pysr_runs"
DPO_POSITIVE = "relu(A*(r - 1) - 2*tanh(A*(r - 1)/2))"
DPO_NEGATIVE = "relu(A*log(r) - 0.6*tanh(A*log(r)/0.6))"
FACTS_POSITIVE = "relu((pA - tanh(pA * 0.500000000396405)) - tanh(pA - (pA * 0.500000000396405)))"
FACTS_NEGATIVE = (
    "relu(max(lA - abs(tanh(lA * 1.6666666699625532) * 0.5999999996468923), max(-3.456818165048909e-13, lA) * l))"
)


def decide(exprs):
    return [decision.verdict.value for decision in verify(exprs, timeout=20, workers=2)]


def never(exprs):
    return ["unknown"] * len(exprs)


def proposal(text, loss=1e-14, region=Region.WHOLE):
    expr, inside = read_parts(text)
    return Proposal(expr, loss, None, "test", region, inside)


def table_of(text, noise=0.0):
    expr, rng = parse(text), np.random.default_rng(3)

    def values(ratio, advantage):
        exact = evaluate(expr, {"r": ratio, "A": advantage})
        return exact + noise * exact.std() * rng.normal(size=exact.shape)

    return tabulate(values, rng=rng, count=3000)


PLAIN = table_of("A**2*(r - 1)**2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FACTS_POSITIVE, DPO_POSITIVE),
        ("abs((square(pA * lA) * 6.1e-20) - (lA - pA))", "abs(A*log(r) - A*(r - 1))"),
        ("abs(A * (l - p))", "abs(A*(r - 1 - log(r)))"),
        ("((r + -1.0) - log(r)) * abs(A)", "abs(A)*(r - log(r) - 1)"),
    ],
)
@pytest.mark.parametrize("with_data", [False, True])
def test_true_forms_under_specks_and_long_constants_are_found_and_proved(text, expected, with_data):
    (settled,) = settle([proposal(text)], decide, table_of(expected) if with_data else None)
    assert settled.expr == parse(expected)
    assert settled.label == "proved"
    assert settled.how == "as it is"


def test_halves_are_joined_to_dpo_itself():
    halves = [proposal(FACTS_POSITIVE, region=Region.POSITIVE), proposal(FACTS_NEGATIVE, region=Region.NEGATIVE)]
    (settled,) = settle(halves, decide)
    assert settled.expr == ZOO["dpo"].expr
    assert settled.label == "proved"
    alone = settle(halves[1:], decide)
    assert [s.region for s in alone] == [Region.NEGATIVE]
    assert alone[0].half == parse(DPO_NEGATIVE)


def test_what_the_data_do_not_need_may_be_what_makes_it_valid():
    table = table_of(DPO_POSITIVE)
    poor = proposal("5000.0 * abs(cube(p))", loss=1e7)
    (settled,) = settle([poor], decide, table)
    assert yardstick(poor, table, factor=1.05).equal(parse("5000*(r - 1)**3"))  # shorter, and as poor
    assert (settled.expr, settled.how, settled.verdict) == (poor.expr, "as proposed", "proved")


def test_two_tables_of_halves_are_joined(tmp_path):
    """The whole way, from files on: PySR's own strings of DPO's halves."""
    for name, text in (("run_positive", FACTS_POSITIVE), ("run_negative", FACTS_NEGATIVE)):
        (tmp_path / name).mkdir()
        rows = f'Complexity,Loss,Equation\n3,0.4,"square(p)"\n4,0.3,"square(pA)"\n12,1.0e-14,"{text}"\n'
        (tmp_path / name / "hall_of_fame.csv").write_text(rows)
    table = table_of(to_text(ZOO["dpo"].expr))
    settled = settle(import_run(tmp_path, table), decide, table)
    best = min(settled, key=lambda s: s.loss)
    assert best.expr == ZOO["dpo"].expr
    assert best.loss < 1e-30
    assert {s.verdict for s in settled} == {"proved"}  # square(p) jumps at A = 0 beside another half
    assert len(settled) >= 2


def test_halves_that_are_the_whole_are_said_once():
    (settled,) = settle([proposal("square(pA)", region=region) for region in Region], decide)
    assert settled.expr == parse("(A*(r - 1))**2")
    assert settled.region is Region.WHOLE


def test_a_half_that_is_valid_there_alone_is_completed_with_zero():
    (settled,) = settle([proposal("pA - log(1 + pA)", region=Region.POSITIVE)], lambda es: [  # undefined at A < 0
        "proved" if to_text(e).startswith("where") else "refuted" for e in es])  # fmt: skip
    assert settled.expr == parse("where(A >= 0, A*(r - 1) - log(A*(r - 1) + 1), 0)")
    assert settled.half == parse("A*(r - 1) - log(A*(r - 1) + 1)")


@pytest.mark.slow
def test_the_real_runs_settle():
    kl = settle(import_run(RUNS / "kl_raw"), decide)
    best = min(kl, key=lambda s: s.loss)
    assert best.expr == parse("abs(A)*(r - 1 - log(r))")
    assert best.verdict == "proved"
    runs = [RUNS / "dpo_positive_features", RUNS / "dpo_negative_features"]
    table = table_of(to_text(ZOO["dpo"].expr))
    joined = [s for s in settle(import_run(runs, table), decide, table) if s.region is Region.WHOLE]
    assert len(joined) >= 10
    assert all(s.verdict == "proved" for s in joined)
    assert min(s.loss for s in joined) < 2e-5


@pytest.mark.slow
def test_a_real_template_keeps_its_projection_and_is_proved():
    table = table_of(f"where(A >= 0, {DPO_POSITIVE}, 0)")
    settled = settle(import_run(RUNS / "residual_template_dpo_positive", table), decide, table)
    proved = [s for s in settled if s.verdict == "proved"]
    assert min(s.loss for s in proved) < 1e-5
    assert len(proved) >= len(settled) - 2  # g = square(r)*log(A) is undefined at A = 0


@pytest.mark.parametrize(
    ("text", "how", "expected"),
    [
        ("pA - tanh(pA)", "as it is", None),  # negative for A (r - 1) < 0, and ReLU of it is far from it
        ("max(square(p), 1.0e-8)", "shifted to 0 at r = 1", None),
        ("r - 1.0000001 - l", "residual projection", "r - 1 - log(r)"),
    ],
)
def test_versions_are_taken_only_if_equal_on_the_data(text, how, expected):
    (settled,) = settle([proposal(text, loss=1e-9)], decide)
    if expected is None and how == "as it is":
        assert settled.expr == parse("A*(r - 1) - tanh(A*(r - 1))")
        assert settled.label == "unverified (refuted)"
    else:
        assert settled.verdict == "proved"
        stick = yardstick(proposal(text, loss=1e-9), None, factor=1.05)
        assert stick.equal(settled.expr)
        assert expected is None or settled.expr == parse(expected)


def test_without_a_proof_the_formula_stays_and_says_so():
    texts = ["relu(pA)", "abs(p)", "lA"]
    settled = settle([proposal(text) for text in texts], never)
    assert {s.expr for s in settled} == {read_equation(text) for text in texts}
    assert {s.label for s in settled} == {"unverified (unknown)"}
    assert {s.how for s in settled} == {"as it is"}


def test_no_more_is_asked_than_is_needed_and_in_batches():
    asked = []

    def first(exprs):
        asked.append(len(exprs))
        return ["proved"] * len(exprs)

    settle([proposal("square(p)"), proposal("square(l)")], first)
    assert asked == [2]
    assert settle([], first) == []


@settings(max_examples=100, deadline=None)
@given(st.lists(expressions(), min_size=1, max_size=3), st.sampled_from(list(Region)), st.sampled_from([0.0, np.inf]))
def test_no_formula_is_dropped_and_none_breaks_the_settling(exprs, region, loss):
    proposals = []
    for expr in exprs:
        with contextlib.suppress(ValueError):  # a division by zero
            proposals.append(Proposal(canonical(expr), loss, None, "random", region))
    for table in (None, PLAIN):
        settled = settle(proposals, never, table)
        assert len(settled) + sum(len(s.merged) for s in settled) == len(proposals)


def test_near_duplicates_become_one():
    texts = ["square(p) * 2.0", "square(p) * 2.0000000001", "abs(p) * abs(p) * 2.0", "square(l)"]
    settled = settle([proposal(text) for text in texts], decide)
    assert [to_text(s.expr) for s in settled] == ["log(r)**2", "2*(r - 1)**2"]
    assert len(settled[1].merged) == 2


def test_noise_decides_how_short_constants_become():
    for noise, expected in [(0.0, "1.2345"), (0.3, "1.2")]:
        table = table_of("1.2345*(r - 1)**2", noise)
        (settled,) = settle([proposal("square(p) * 1.23450001")], decide, table)
        assert settled.expr == parse(f"{expected}*(r - 1)**2")


def test_constants_are_fitted_again_together():
    """An engine's float32 constants are off; the least squares of the same form are not."""
    table = table_of("relu(A*(r - 1) - 1.7*tanh(A*(r - 1)/1.7))")
    rough = proposal("relu(pA - 1.6923 * tanh(pA * 0.5937))", loss=1e-4)
    stick = yardstick(rough, table, factor=1.05)
    assert stick.loss(refitted(rough.expr, stick)) < 1e-20 * stick.loss(rough.expr) + 1e-25
    (settled,) = settle([rough], decide, table)
    assert settled.expr == parse("relu(A*(r - 1) - 1.7*tanh(A*(r - 1)/1.7))")
    assert settled.verdict == "proved"


def test_under_noise_a_form_that_is_not_quite_flat_is_made_flat():
    """Snapped apart, 1.7 and 0.58 leave a kink at r = 1; the projection takes it away, equal on the data."""
    table = table_of("relu(A*(r - 1) - 1.7*tanh(A*(r - 1)/1.7))", noise=0.1)
    (settled,) = settle([proposal("relu(pA - 1.7 * tanh(pA * 0.58))", loss=1e-2)], decide, table)
    assert settled.verdict == "proved"
    assert "projection" in settled.how


def test_parts_that_never_bite_are_dropped():
    stick = yardstick(proposal("square(p)"), None, factor=1.05)
    for text in ("min(max(square(p), 0.0), 900.0)", "square(p) + 1e-12 * A", "max(square(p), -abs(lA))"):
        assert pruned(read_equation(text), stick) == parse("(r - 1)**2")
    kinked = yardstick(proposal("1.9 * max(pA, 0.7) - 1.33"), None, factor=1.05)
    assert pruned(read_equation("1.9 * max(pA, 0.7) - 1.33"), kinked) == parse("1.9*relu(A*(r - 1) - 0.7)")
    assert pruned(parse("(r - 1)**2"), stick) == parse("(r - 1)**2")


def test_short_constants_are_left_alone():
    for text in ("0.6", "5/3", "2", "-12", "0.0002", "1/6", "10/17"):
        assert is_short(Fraction(text))
    for text in ("0.601", "1.6667", "1e-20"):
        assert not is_short(Fraction(text))
    assert opened(parse("0.6*tanh(A/0.6)*r**2")).names == ()
    assert opened(parse("0.6123*tanh(0.6123*A)")).names == ("c1",)
    assert next(short_forms(5e-13)) == 0
    assert Fraction(5, 3) in set(short_forms(1.6666667))


def test_snapping_never_leaves_the_limit():
    for text in ("0.123456789*square(p)", "relu(pA - 0.98765*tanh(pA*1.0123))", "1.0/(3.14159 + square(A))*square(p)"):
        given = proposal(text, loss=1e-9)
        stick = yardstick(given, None, factor=1.05)
        assert stick.equal(snapped(given.expr, stick))


def test_versions_are_different_and_start_with_the_formula():
    found = list(versions(parse("r - 1 - log(r)"), Region.WHOLE))
    assert found[0] == ("as it is", parse("r - 1 - log(r)"))
    assert len({expr for _, expr in found}) == len(found)
    halves = [how for how, _ in versions(parse("A*(r - 1)"), Region.NEGATIVE)]
    assert halves[:2] == ["as it is", "as it is, where A < 0"]
