"""Wrong verdicts that the fuzzer found, smallest form first: each must come out right."""

import pytest
from oracle import objection

from discovery.expression.parser import parse
from discovery.proof.prove import decide


@pytest.mark.parametrize(
    "text",
    [
        "sqrt(-log(r)*relu(A)*sign(log(r)*relu(A)))",
        "sqrt(-abs(log(r))*relu(A))",
        "sqrt(-abs(r - 1))",
    ],
)
def test_no_slope_where_f_is_undefined_beside_ratio_one(text):
    """f is a root of what is negative beside r = 1: undefined there, so no slope, not even an infinite one."""
    expr = parse(text)
    decision = decide(expr)
    assert decision.verdict == "refuted"
    assert "infinity" not in decision.conditions["flat"].reason
    assert decision.counterexample is not None
    assert decision.counterexample.value == "undefined"
    assert objection(expr, decision) is None
