"""Grammars: what they promise is true, and a wrong file is told with its line."""

import numpy as np
import pytest

from discovery.expression.canonical import canonical
from discovery.expression.evaluate import evaluate
from discovery.expression.node import Number, substitute
from discovery.expression.parser import parse
from discovery.expression.printer import to_text
from discovery.grammar.enumerate import enumerate_skeletons
from discovery.grammar.grammar import GrammarError, load_grammar, read_grammar, shipped_grammars
from discovery.proof.prove import decide
from discovery.proof.verdict import Verdict
from discovery.regression.snap import round_to

RNG = np.random.default_rng(0)


def instance(skeleton, rng):
    """The skeleton with random short constants."""
    values = {
        name: Number(round_to(float(np.exp(rng.uniform(np.log(c.low), np.log(c.high)))), 2))
        for name, c in zip(skeleton.names, skeleton.constants, strict=True)
    }
    return canonical(substitute(skeleton.expr, values))


@pytest.mark.parametrize("name", shipped_grammars())
def test_every_formula_of_a_shipped_grammar_is_a_valid_drift(name):
    """By the prover on random derivations of the start type: none refuted, nearly all proved."""
    grammar = load_grammar(name)
    skeletons = enumerate_skeletons(grammar, 6)[grammar.start]
    cheap = [skeleton for skeleton in skeletons if skeleton.cost <= 3]
    chosen = cheap + [skeletons[i] for i in RNG.choice(len(skeletons), 40, replace=False)]
    decisions = [decide(instance(skeleton, RNG)) for skeleton in chosen]
    assert not [d.expression for d in decisions if d.verdict is Verdict.REFUTED]
    proved = sum(d.verdict is Verdict.PROVED for d in decisions)
    assert proved >= 0.85 * len(chosen), [d.expression for d in decisions if d.verdict is not Verdict.PROVED]


@pytest.mark.parametrize("name", shipped_grammars())
def test_the_promises_of_the_parts_hold_numerically(name):
    """tangent: zero with slope 1; push: zero with slope A, the sign of A(r - 1), zero at A = 0; flat: zero and flat."""
    skeletons = enumerate_skeletons(load_grammar(name), 5)
    a = np.linspace(-3, 3, 13)
    r = np.exp(np.linspace(-2, 2, 41))[:, None]
    slopes = {"tangent": np.ones_like(a), "push": a, "flat": 0 * a}
    for kind, slope in slopes.items():
        for skeleton in skeletons[kind][:200]:
            expr = instance(skeleton, RNG)
            h = 1e-6
            up, at, down = (evaluate(expr, {"r": np.full_like(a, 1 + d), "A": a}) for d in (h, 0.0, -h))
            np.testing.assert_allclose(at, 0, atol=1e-12, err_msg=to_text(expr))
            for one_sided in ((up - at) / h, (at - down) / h):
                np.testing.assert_allclose(one_sided, slope, atol=1e-3, err_msg=to_text(expr))
            if kind != "tangent":
                np.testing.assert_allclose(evaluate(expr, {"r": r[:, 0], "A": np.zeros(41)}), 0, atol=1e-12)
            if kind == "push":
                assert (evaluate(expr, {"r": r, "A": a}) * a * (r - 1) >= -1e-12).all(), to_text(expr)


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


GOOD = 'start d\nconstant c in 0.1 .. 10\nd "a drift"\n = c*(r - 1)**2 @ 1\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "exactly one line `start TYPE`"),
        (GOOD.replace("start d", "start x"), "start type 'x' is not defined"),
        (GOOD.replace("c*", "q*"), r"line 4: .*unknown symbol 'q'"),
        (GOOD.replace("0.1 ..", "20 .."), "line 2: constant c needs 0 < low < high"),
        (GOOD.replace("@ 1", "@ x"), "line 4: cannot read"),
        (GOOD.replace("**2", "**"), "line 4"),
        (GOOD + 'e "empty"\n = e + e @ 1\n', "no formula can be derived from e"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(text, message):
    with pytest.raises(GrammarError, match=message) as caught:
        read_grammar(text, "my.grammar")
    assert "\n" not in str(caught.value)


def test_a_cycle_without_cost_is_refused():
    grammar = read_grammar(GOOD + " | e @ 0\n" + 'e "also"\n = d @ 0\n')
    with pytest.raises(GrammarError, match="cycle"):
        enumerate_skeletons(grammar, 2)


def test_an_unknown_grammar_gets_the_nearest():
    with pytest.raises(GrammarError, match="did you mean lpo"):
        load_grammar("lpp")
