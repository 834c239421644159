"""What the shipped grammars span: the drifts of the literature, at what cost, and how many formulas there are."""

import numpy as np
import pytest

from discovery.expression.evaluate import evaluate
from discovery.expression.parser import parse
from discovery.grammar.enumerate import enumerate_skeletons
from discovery.grammar.grammar import load_grammar

HALVES = {  # of lpo.grammar: the target, on A >= 0 or A < 0, and the constants that should give it
    "relu((r - clip(r, 0.8, 1.2))*A)": (3, [0.2]),
    "relu((r - clip(r, 0.8, 1.28))*A)": (4, [0.2, 0.28]),
    "relu(A*(r - 1) - 2*tanh(A*(r - 1)/2))": (4, [2]),
    "relu(A*log(r) - 0.6*tanh(A*log(r)/0.6))": (4, [0.6]),
    "abs(A)*(r - 1)**2": (3, []),
    "abs(A)*(r - 1)**2/0.4": (4, [2.5]),
    "abs(A)*(r - 1 - log(r))": (2, []),
    "abs(A)*(r*log(r) - r + 1)": (2, []),
    "abs(A)*(sqrt(r) - 1)**2": (3, []),
    "abs(A)*(r - 1)*log(r)": (3, []),
    "A**2*(r - 1)**2": (2, []),
    "2*tanh(abs(A)/2)*(r - 1 - log(r))": (4, [2]),
    "abs(A)*(r*log(r) - (r + 1)*log((1 + r)/2))": (3, []),
    "abs(A)*(1 - 1/r)**2": (4, []),
    "0.25*log(cosh(A*(r - 1)/0.5))": (3, [0.5]),
    "sqrt(1 + (A*(r - 1))**2) - 1": (3, []),
    "cosh(A*log(r)) - 1": (3, []),
    "1 - exp(-(A*(r - 1))**2)": (4, []),
    "A*(r - 1)*asinh(A*(r - 1))": (3, []),
    "(A*log(r))**2/(1 + (A*log(r))**2)": (3, []),
    "abs(A*(r - 1))**1.5": (3, [1.5]),
    "relu(A*(r - 1) - 0.7*atan(A*(r - 1)/0.7))": (4, [0.7]),
    "relu(A*(r - 1) - A*(r - 1)/(1 + abs(A*(r - 1))/3))": (4, [3]),
    "relu(A*(r - 1) - 3*asinh(A*(r - 1)/3))": (4, [3]),
    "relu(A*(r - 1) - A*log(r))": (4, []),
    "max((A*(r - 1))**2, abs(A)*(r - 1 - log(r)))": (6, []),
    "(A*(r - 1))**2/(3 + (A*(r - 1))**2)": (4, [3]),
    "r**A - 1 - A*log(r)": (3, []),
}


@pytest.fixture(scope="module")
def halves():
    grammar = load_grammar("lpo")
    return enumerate_skeletons(grammar, 7)[grammar.halves()[0]]


RATIO, ADVANTAGE = np.exp(np.linspace(-1.3, 1.1, 31))[:, None], np.linspace(-2.3, 2.9, 12)


@pytest.mark.parametrize("text", HALVES)
def test_a_known_half_is_derived_at_its_cost(halves, text):
    cost, constants = HALVES[text]
    target = evaluate(parse(text), {"r": RATIO, "A": ADVANTAGE})
    found = [
        s.cost
        for s in halves
        if s.cost <= cost
        and len(s.constants) == len(constants)
        and any(np.allclose(values(s, order), target, rtol=1e-9, atol=1e-12) for order in (constants, constants[::-1]))
    ]
    assert min(found, default=None) == cost


def values(skeleton, constants):
    symbols = dict(zip(skeleton.names, constants, strict=True))
    return evaluate(skeleton.expr, {"r": RATIO, "A": ADVANTAGE, **symbols})


def test_the_default_grammar_stays_small_enough_to_search(halves):
    sizes = [sum(s.cost <= cost for s in halves) for cost in range(8)]
    assert sizes[4] <= 400
    assert sizes[5] <= 2_000
    assert sizes[6] <= 8_000
    assert sizes[7] <= 30_000
