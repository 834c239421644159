"""Random formulas that hypothesis draws as trees, so that a wrong verdict comes with a small formula.

Formulas are put together from the shapes of random_formulas.py, and at random from all operators.
"""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from oracle import objection
from random_formulas import DOUBTFUL, DOUBTFUL_SHAPES, KEEPING, QUANTITIES, VALID_SHAPES, WEIGHTS

from discovery.expression.canonical import canonical
from discovery.expression.node import ONE, RATIO, mul, power, substitute, subtract
from discovery.expression.parser import ParseError, parse
from discovery.proof.checker import Rejected, check
from discovery.proof.prove import decide
from tests.strategies import expressions

SETTINGS = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
CONSTANTS = st.one_of(
    st.sampled_from(("1", "2", "0.5", "0.2", "3", "5", "1.001")), st.integers(1, 300).map(lambda n: f"{n / 100:g}")
)
POWERS = st.sampled_from(("2", "3", "1.5", "0.5", "1.37"))
LIMITS = st.sampled_from((("0.8", "1.2"), ("0.5", "1.05"), ("0.95", "1.5")))


def filled(shape, limits=("", ""), **parts):
    return shape.format(lo=limits[0], hi=limits[1], **parts)


def shaped(shapes, **parts):
    """Formulas of these shapes; the shrinker prefers the first shape."""
    return st.builds(filled, st.sampled_from(shapes), c=CONSTANTS, **parts)


QUANTITY = shaped(("(r - 1)", "A*(r - 1)", *QUANTITIES), limits=LIMITS)
LEAF = shaped((*VALID_SHAPES, *DOUBTFUL_SHAPES), x=QUANTITY.map("({})".format), y=QUANTITY, d=CONSTANTS, p=POWERS)
WEIGHT = shaped(WEIGHTS)


def _extend(parts):
    return shaped((*KEEPING, *DOUBTFUL), f=parts, g=parts, x=QUANTITY, w=WEIGHT, p=POWERS)


FORMULAS = st.recursive(LEAF, _extend, max_leaves=4)


def attack(expr):
    """Decide f, ask the oracle about the verdict and the checker about its certificate."""
    decision = decide(expr, effort=1.0)
    assert objection(expr, decision) is None
    for condition in decision.conditions.values():
        assert "internal error" not in condition.reason
        assert "report" not in condition.reason
    if decision.verdict == "unknown":
        assert decision.evidence is None
    else:
        certificate = json.loads(json.dumps(decision.evidence))
        assert check(certificate) == decision.verdict
        assert parse(certificate["expression"]) == expr


@SETTINGS
@given(FORMULAS)
def test_formulas_of_usual_shapes(text):
    try:
        expr = parse(text)
    except ParseError:  # a division by the constant 0
        return
    attack(expr)


def square_of_gain(tree):
    """(t(r, A) - t(1, A))**2, which is valid if t is smooth."""
    return power(subtract(tree, substitute(tree, {"r": ONE})), 2)


def weight(tree):
    """(r - 1)**2*t**2, which is valid if t is continuous."""
    return mul(power(subtract(RATIO, ONE), 2), power(tree, 2))


@SETTINGS
@given(st.one_of(*(expressions(max_leaves=5).map(made) for made in (square_of_gain, weight, lambda tree: tree))))
def test_trees_of_all_operators(tree):
    try:
        expr = canonical(tree)
    except ValueError:  # a division by the constant 0
        return
    attack(expr)


@pytest.mark.parametrize(
    ("text", "like"), [("abs(r - 1)", "(r - 1)**2"), ("(r - 1)**2", "abs(r - 1)"), ("(r - 1)**4", "(r - 1)**2")]
)
def test_the_attack_finds_verdicts_of_another_formula(text, like, monkeypatch):
    false = decide(parse(like))
    monkeypatch.setitem(globals(), "decide", lambda expr, **_: false)
    with pytest.raises(AssertionError):
        attack(parse(text))
    attack(parse(like))


def test_the_attack_finds_a_verdict_without_a_certificate(monkeypatch):
    bare = replace(decide(parse("(r - 1)**2")), evidence=None)
    monkeypatch.setitem(globals(), "decide", lambda expr, **_: bare)
    with pytest.raises(Rejected):
        attack(parse("(r - 1)**2"))
