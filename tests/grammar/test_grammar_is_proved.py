"""A shipped grammar derives valid drifts alone: the prover proves every formula of small cost."""

from fractions import Fraction

import pytest

from discovery.expression.canonical import canonical
from discovery.expression.node import Number, substitute
from discovery.grammar.enumerate import enumerate_skeletons
from discovery.grammar.grammar import load_grammar, shipped_grammars
from discovery.proof.prove import decide

COST = 5  # every production of lpo.grammar occurs in a formula of this cost


def _formula(skeleton, position: float):
    """The constants of a skeleton at the same place of their ranges, 0 for the low ends, 1 for the high ones."""
    values = {
        name: Number(Fraction(f"{constant.low ** (1 - position) * constant.high**position:.3g}"))
        for name, constant in zip(skeleton.names, skeleton.constants, strict=True)
    }
    return canonical(substitute(skeleton.expr, values))


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", shipped_grammars())
@pytest.mark.parametrize("position", [0.0, 0.5, 1.0])
def test_every_formula_is_proved(name, position):
    grammar = load_grammar(name)
    lemmas = {}
    for skeleton in enumerate_skeletons(grammar, COST if position == 0.5 else COST - 1)[grammar.start]:
        formula = _formula(skeleton, position)
        decision = decide(formula, lemmas=lemmas)
        assert decision.verdict == "proved", decision


def test_every_production_occurs_among_them():
    grammar = load_grammar("lpo")
    kinds = {name: {s.expr for s in enumerate_skeletons(grammar, COST)[name]} for name in grammar.nonterminals}
    for name, nonterminal in grammar.nonterminals.items():
        assert len(kinds[name]) >= len(nonterminal.productions)
