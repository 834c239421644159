"""Pairs of terms: the formula for the best pair is that of least squares."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from discovery.expression.evaluate import evaluate
from discovery.expression.parser import parse
from discovery.grammar.derivation import Expressions
from discovery.grammar.enumerate import enumerate_skeletons
from discovery.grammar.grammar import load_grammar
from discovery.regression.fit import Loss, linear_constant, refine
from discovery.regression.part import Part
from discovery.regression.screening import screen_level
from discovery.regression.sums import _pairs, _Term, best_sums
from discovery.regression.table import make_table


def part_of(text, kind, rows=300):
    rng = np.random.default_rng(0)
    r, a = np.exp(rng.uniform(-1, 1, rows)), np.abs(rng.normal(0, 1.5, rows))
    table = make_table(r, a, evaluate(parse(text), {"r": r, "A": a}), rng=rng)
    return Part.of("rows", kind, table, Loss(), few=200, many=300, power=table.power, rng=rng)


def screened(part, skeletons, cost):
    with ThreadPoolExecutor(1) as executor:
        level = [s for s in skeletons[part.kind] if s.cost <= cost]
        return screen_level(part, level, starts=8, least=5, seed=0, executor=executor, stopped=lambda: False)


def test_the_gain_of_a_pair_is_that_of_least_squares():
    grammar = load_grammar("lpo")
    skeletons = enumerate_skeletons(grammar, 3)
    part = part_of("A*(r - 1)**2 + 0.3*A*(r - 1 - log(r))", grammar.halves()[0])
    found = [item for item in screened(part, skeletons, 3) if linear_constant(item.skeleton) is not None]
    terms = [_Term(item.skeleton, item.starts[0], item.values) for item in found]
    table = part.few.table
    root = np.sqrt(table.weight)
    pairs = _pairs(part, terms, terms, 10, twice=True)
    assert pairs
    for (f, a), (g, b) in pairs:
        basis = np.stack([f.values, g.values], axis=1).astype(float)
        expected, *_ = np.linalg.lstsq(basis * root[:, None], table.drift * root, rcond=None)
        np.testing.assert_allclose([a, b], expected, rtol=1e-3)
        assert min(a, b) > 0


def test_a_sum_beyond_the_enumerated_costs_is_found():
    grammar = load_grammar("lpo")
    skeletons = enumerate_skeletons(grammar, 4)
    part = part_of("0.7*A*(r - 1)**2 + 2.5*A*(r - 1 - log(r))", grammar.halves()[0])
    expressions = Expressions(grammar)
    best = best_sums(part, screened(part, skeletons, 4), skeletons, expressions)
    losses = [refine(item.skeleton, item.starts, part.many).loss for _, item in best[:10]]
    assert min(losses) < 1e-20 * part.power
