"""Grammars: what they promise is true, and enumeration derives what it should."""

from fractions import Fraction
from itertools import islice

import numpy as np
import pytest

from discovery.expression.canonical import canonical
from discovery.expression.differentiate import derivative
from discovery.expression.evaluate import evaluate
from discovery.expression.node import RATIO, Number, substitute, symbols
from discovery.expression.parser import parse
from discovery.expression.printer import to_text
from discovery.grammar.enumerate import assemble, enumerate_skeletons, levels
from discovery.grammar.grammar import load_grammar, read_grammar, shipped_grammars
from discovery.proof.prove import decide
from discovery.proof.verdict import Verdict
from discovery.regression.snap import round_to

RNG = np.random.default_rng(0)


def instance(skeleton, rng):
    """The skeleton with random short constants, and random progress."""
    values = {"progress": Number(Fraction(int(rng.integers(0, 5)), 4))} | {
        name: Number(round_to(float(np.exp(rng.uniform(np.log(c.low), np.log(c.high)))), 2))
        for name, c in zip(skeleton.names, skeleton.constants, strict=True)
    }
    return canonical(substitute(skeleton.expr, values))


@pytest.mark.parametrize("name", shipped_grammars())
def test_random_formulas_of_a_shipped_grammar_are_valid_drifts(name):
    """By the prover of formulas, which knows nothing of contracts: none is refuted, nearly all are proved."""
    grammar = load_grammar(name)
    skeletons = enumerate_skeletons(grammar, 6)[grammar.start]
    chosen = [skeletons[i] for i in RNG.choice(len(skeletons), min(25, len(skeletons)), replace=False)]
    decisions = [decide(instance(skeleton, RNG), effort=1.0) for skeleton in chosen]
    assert not [d.expression for d in decisions if d.verdict is Verdict.REFUTED]
    proved = sum(d.verdict is Verdict.PROVED for d in decisions)
    assert proved >= 0.8 * len(chosen), [d.expression for d in decisions if d.verdict is not Verdict.PROVED]


@pytest.mark.parametrize("name", shipped_grammars())
def test_the_contracts_of_the_parts_hold_numerically(name):
    """Every clause of every type, on random formulas with random constants."""
    grammar = load_grammar(name)
    skeletons = enumerate_skeletons(grammar, 5)
    for kind, nonterminal in grammar.nonterminals.items():
        for index in RNG.choice(len(skeletons[kind]), min(25, len(skeletons[kind])), replace=False):
            keeps(instance(skeletons[kind][index], RNG), nonterminal.promise)


def keeps(expr, promise):
    """Checks a contract in float64."""
    a = np.linspace(0 if promise.half > 0 else -3, 0 if promise.half < 0 else 3, 13)
    r = np.exp(np.linspace(-2, 2, 41))[:, None]
    u = evaluate(expr, {"r": r, "A": a})
    text = f"{to_text(expr)} : {promise}"
    assert not np.isnan(u).any(), text
    u = np.clip(u, -1e300, 1e300)  # cosh(A*(r**4 - 1)) is beyond float64
    size = 1e-12 * (1 + np.abs(u))
    for sign in promise.signs:
        assert (u * evaluate(sign, {"r": r, "A": a}) >= -100 * size).all(), text
    if promise.positive:
        assert (u > 0).all(), text
    if promise.zero_at_zero:
        np.testing.assert_allclose(evaluate(expr, {"r": r[:, 0], "A": np.zeros(41)}), 0, atol=1e-12, err_msg=text)
    if "A" in promise.free_of:
        assert "A" not in symbols(expr), text
    if "r" in promise.free_of:
        assert "r" not in symbols(expr), text
    if promise.slope is not None:
        wanted = evaluate(promise.slope, {"r": a, "A": a})
        at = evaluate(expr, {"r": np.ones_like(a), "A": a})
        np.testing.assert_allclose(at, 0, atol=1e-9, err_msg=text)
        for side in (1, -1):
            far, near = (np.abs(evaluate(expr, {"r": np.full_like(a, 1 + h), "A": a}) / h - wanted)
                         for h in (side * 1e-4, side * 1e-8))  # fmt: skip
            assert ((near < 2e-3) | (near < 0.6 * far)).all(), text
    if promise.smooth:
        derivative(expr, RATIO)


def test_enumeration_finds_the_known_drifts_and_repeats_nothing():
    skeletons = enumerate_skeletons(load_grammar("lpo"), 5)["drift"]
    texts = [to_text(skeleton.expr) for skeleton in skeletons]
    assert len(set(texts)) == len(texts)
    for known in ("2.5*abs(A)*(r - 1)**2", "(r - 1)**2", "r - 1 - log(r)", "relu(A*(r - 1) - 2*tanh(A*(r - 1)/2))"):
        assert any(matches(skeleton, parse(known)) for skeleton in skeletons), known


def matches(skeleton, expr) -> bool:
    """Whether some choice of the constants among a few gives exactly `expr`."""
    if not skeleton.constants:
        return skeleton.expr == expr
    if len(skeleton.constants) > 1:
        return False
    return any(
        canonical(substitute(skeleton.expr, {"c1": Number(round_to(value, 2))})) == expr for value in (2.0, 2.5, 0.5)
    )


def test_a_slope_at_1_is_defined_wherever_its_slot_is():
    """x**0 is 1 at x = 0 too, and its slope 0."""
    text = """start drift
x : smooth
    = r*log(1 + (A*r)**2)**0 @ 1
drift : drift
    = relu(x - x_at_1 - (r - 1)*x_slope_at_1) @ 1
"""
    (skeleton,) = enumerate_skeletons(read_grammar(text), 2)["drift"]
    assert (evaluate(skeleton.expr, {"r": np.array([0.5, 1, 2]), "A": np.zeros(3)}) == 0).all()


def test_levels_can_stop_between_costs():
    grammar = load_grammar("lpo")
    whole = enumerate_skeletons(grammar, 4)
    assert enumerate_skeletons(grammar, 4, deadline=0.0)["drift"] == [s for s in whole["drift"] if s.cost == 0]
    first, second = list(islice(levels(grammar), 2))
    assert first["drift"] + second["drift"] == [s for s in whole["drift"] if s.cost <= 1]


def test_a_derivation_can_be_assembled_again():
    grammar = load_grammar("free")
    for skeleton in enumerate_skeletons(grammar, 5)[grammar.start]:
        assert skeleton.production is not None
        assert assemble(grammar, skeleton.production, skeleton.parts) == skeleton
