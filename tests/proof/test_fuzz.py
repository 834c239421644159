"""Random formulas: no verdict may be contradicted by an evaluator that shares no code with the prover."""

import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from oracle import objection
from random_formulas import formula

from discovery.expression.parser import ParseError, parse
from discovery.proof.prove import decide


def _check(text):
    try:
        expr = parse(text)
    except ParseError:  # a division by the constant 0
        assume(False)
        return
    decision = decide(expr)
    for condition in decision.conditions.values():
        assert "internal error" not in condition.reason, (text, condition)
        assert "report" not in condition.reason, (text, condition)
    assert objection(expr, decision) is None, (text, decision)


_SETTINGS = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.generate],
}


@pytest.mark.timeout(120)
@seed(20221011)
@settings(max_examples=25, **_SETTINGS)
@given(formula())
def test_random_formulas(text):
    _check(text)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@seed(20220105)
@settings(max_examples=3000, **_SETTINGS)
@given(formula())
def test_many_random_formulas(text):
    _check(text)
