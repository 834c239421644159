"""Random formulas: no verdict may be contradicted by an evaluator that shares no code with the prover.

The run that counts is `make fuzz` (20,000 formulas); these are the first few of another seed, and 2,000 that take
about eight minutes.
"""

from dataclasses import replace

import pytest
from fuzz import MAX_UNKNOWN, formulas, problem_with, run, summary

from discovery.expression.parser import ParseError, parse
from discovery.proof.prove import decide
from discovery.proof.verdict import Counterexample, Verdict

SEED = 20220105


@pytest.mark.timeout(120)
@pytest.mark.parametrize("batch", range(4))
def test_random_formulas(batch):
    for text in list(formulas(100, SEED))[25 * batch : 25 * (batch + 1)]:
        try:
            expr = parse(text)
        except ParseError:  # a division by the constant 0
            continue
        decision = decide(expr)
        assert problem_with(expr, decision) is None, (text, decision)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_random_formulas():
    records = list(run(formulas(2000, SEED), processes=2))
    assert len(records) > 1900
    assert not [record for record in records if record.problem], summary(records)
    assert sum(record.verdict == "unknown" for record in records) <= MAX_UNKNOWN * len(records), summary(records)


def test_the_attack_finds_what_is_wrong():
    """A prover that says `proved` to everything, or invents counterexamples, is caught."""
    proved = decide(parse("(r - 1)**2"))
    dented = "(r - 1)**2 - (r - 1)**4/1e3"
    for text in (dented, "abs(r - 1)", "(r - 1)**2 + 1e-9", "where(A >= 0, 1, 2)*(r - 1)**2", "(r - 1)*A"):
        assert problem_with(parse(text), proved) is not None, text
    assert problem_with(parse("(r - 1)**2"), proved) is None
    refuted = decide(parse(dented))
    assert problem_with(parse("(r - 1)**2"), refuted) is not None
    moved = replace(refuted, counterexample=Counterexample("3", "1", "-1"))
    assert refuted.verdict is Verdict.REFUTED
    assert problem_with(parse(dented), moved) is not None


def test_formulas_are_reproducible_and_varied():
    first = list(formulas(300))
    assert first == list(formulas(300))
    assert len(set(first)) > 250
    for part in ("where(A >= 0", "relu(", "tanh(", "log(", "sqrt(", "exp(", "clip(", "abs(", "A*(r - 1)"):
        assert any(part in text for text in first), part
