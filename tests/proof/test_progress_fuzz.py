"""Random formulas with progress: no verdict may be contradicted at any value of progress by the oracle of `fuzz`."""

from fractions import Fraction
from random import Random

import pytest
from fuzz import problem_with
from random_formulas import temporal_text_of

from discovery.expression.node import DRIFT_SYMBOLS
from discovery.expression.parser import ParseError, parse
from discovery.proof.moments import at
from discovery.proof.prove import decide

SEED = 20240209
MOMENTS = tuple(Fraction(n, d) for n, d in ((0, 1), (1, 1000), (1, 3), (31, 97), (1, 2), (7, 9), (999, 1000), (1, 1)))


def problem(text, few=MOMENTS):
    """(verdict, what is wrong with it at a few values of progress or None); ("", None) if the text is no formula."""
    try:
        expr = parse(text, allowed=DRIFT_SYMBOLS)
    except ParseError:  # a division by the constant 0
        return "", None
    decision = decide(expr)
    point = decision.counterexample
    moments = few if decision.verdict == "proved" else () if point is None else (Fraction(point.progress or 0),)
    for moment in moments:
        try:
            found = problem_with(at(expr, moment), decision)
        except ValueError:  # f divides by zero at that moment
            found = f"undefined at {moment}" if decision.verdict == "proved" else None
        if found is not None:
            return decision.verdict, f"progress = {moment}: {found}"
    return decision.verdict, None


def test_random_formulas_with_progress():
    for index in range(15):
        rng = Random(f"{SEED} {index}")
        text = temporal_text_of(rng)
        verdict, wrong = problem(text, few=(rng.choice(MOMENTS),))
        assert wrong is None, (text, verdict, wrong)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_random_formulas_with_progress():
    found = [(text, *problem(text)) for text in (temporal_text_of(Random(f"{SEED} {i}")) for i in range(1000))]
    assert not [record for record in found if record[2] is not None]
    assert sum(verdict == "unknown" for _, verdict, _ in found) <= 0.1 * len(found)
