"""Derivation trees: to skeletons with values and back, variation that keeps types."""

import numpy as np
import pytest

from discovery.expression.evaluate import evaluate
from discovery.grammar.derivation import Derivation, Expressions, chain, lifted
from discovery.grammar.enumerate import enumerate_skeletons
from discovery.grammar.grammar import load_grammar, type_of
from discovery.regression.evolve import Variation

POINTS = {"r": np.exp(np.linspace(-1, 1, 9))[:, None], "A": np.linspace(-2, 2, 7)}


@pytest.fixture(scope="module")
def lpo():
    grammar = load_grammar("lpo")
    return grammar, enumerate_skeletons(grammar, 4), Expressions(grammar)


def values_of(skeleton, constants):
    return evaluate(skeleton.expr, {**POINTS, **dict(zip(skeleton.names, constants, strict=True))})


def test_a_skeleton_with_values_survives_the_round_trip(lpo):
    _, skeletons, expressions = lpo
    rng = np.random.default_rng(0)
    for kind, found in skeletons.items():
        for skeleton in [found[i] for i in rng.permutation(len(found))[:60]]:
            constants = np.array([np.exp(rng.uniform(np.log(c.low), np.log(c.high))) for c in skeleton.constants])
            tree = expressions.derivation(kind, skeleton, constants)
            back, values = expressions.skeleton(tree)
            np.testing.assert_allclose(values_of(back, values), values_of(skeleton, constants), rtol=1e-9, atol=1e-12)
            assert tree.cost == skeleton.cost


def well_typed(grammar, tree):
    """Every part has the type of its slot, or of a slot that it can take by renaming; productions belong to types."""
    assert tree.production in grammar.nonterminals[tree.type].productions
    assert len(tree.constants) == len(grammar.free_constants(tree.production))
    for slot, part in zip(grammar.slots(tree.production), tree.parts, strict=True):
        assert part.type == type_of(slot)
        well_typed(grammar, part)


def test_children_are_in_the_grammar(lpo):
    grammar, skeletons, expressions = lpo
    rng = np.random.default_rng(1)
    kind = (grammar.halves() or (grammar.start,))[0]
    variation = Variation(expressions, skeletons, 12)
    parents = [expressions.random(kind, skeletons, rng) for _ in range(30)]
    children = []
    for _ in range(400):
        child = variation.child(parents[rng.integers(30)], parents[rng.integers(30)], rng)
        if child is not None:
            assert child.type == kind
            assert child.cost <= 12
            well_typed(grammar, child)
            children.append(expressions.skeleton(child)[0].expr)
    assert len(set(children)) > 50


def test_lifting_renames_and_nothing_else(lpo):
    grammar, skeletons, expressions = lpo
    kind = (grammar.halves() or (grammar.start,))[0]
    for name in grammar.nonterminals:
        path = chain(grammar, kind, name)
        tree = expressions.random(name, skeletons, np.random.default_rng(2))
        raised = lifted(grammar, kind, tree)
        if path is None and raised is None:
            continue
        assert isinstance(raised, Derivation)
        well_typed(grammar, raised)
        assert raised.type == kind
        assert expressions.skeleton(raised)[0].expr == expressions.skeleton(tree)[0].expr
