"""What a grammar spans, as records for people: rules with their lemmas, counts by cost, random formulas."""

from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np

from discovery.expression.canonical import canonical
from discovery.expression.node import Expr, Number, substitute
from discovery.expression.printer import to_text
from discovery.grammar.enumerate import enumerate_skeletons
from discovery.grammar.model import Grammar
from discovery.grammar.skeleton import Skeleton


def survey(grammar: Grammar, max_cost: int) -> tuple[list[dict[str, Any]], dict[str, list[Skeleton]]]:
    """A record for each rule, and the skeletons of each type up to a cost.

    A record holds the rule's type and contract, its text, cost, file and line; how each clause is proved and in how
    many seconds; and the number of formulas by cost whose cheapest derivation ends with it.
    """
    skeletons = enumerate_skeletons(grammar, max_cost)
    rules = []
    for nonterminal in grammar.nonterminals.values():
        counts = Counter((s.production, s.cost) for s in skeletons[nonterminal.name])
        for index, production in enumerate(nonterminal.productions):
            lemma = grammar.lemmas[nonterminal.name, index]
            rules.append(
                {
                    "type": nonterminal.name,
                    "contract": str(nonterminal.promise),
                    "rule": str(production),
                    "cost": production.cost,
                    "file": production.source,
                    "line": production.line,
                    "methods": lemma["methods"],
                    "seconds": lemma["seconds"],
                    "formulas": [counts[production, cost] for cost in range(max_cost + 1)],
                }
            )
    return rules, skeletons


def sample(skeletons: list[Skeleton], count: int, seed: int, *, rule: str | None = None) -> list[dict[str, Any]]:
    """Random formulas with random constants, cheapest first: {"formula", "cost"}.

    Args:
        skeletons: what to choose from.
        count: how many at most.
        seed: of the choice.
        rule: only formulas whose derivation ends with this rule.
    """
    rng = np.random.default_rng(seed)
    chosen = [s for s in skeletons if rule is None or (s.production is not None and str(s.production) == rule)]
    picked = sorted(rng.choice(len(chosen), min(count, len(chosen)), replace=False)) if chosen else []
    return [{"formula": to_text(instance(chosen[i], rng)), "cost": chosen[i].cost} for i in picked]


def instance(skeleton: Skeleton, rng: np.random.Generator) -> Expr:
    """The formula with constants drawn log-uniformly from their ranges, to two digits."""
    values: dict[str, Expr] = {}
    for name, constant in zip(skeleton.names, skeleton.constants, strict=True):
        drawn = float(np.exp(rng.uniform(np.log(constant.low), np.log(constant.high))))
        value = min(max(Fraction(f"{drawn:.2g}"), Fraction(repr(constant.low))), Fraction(repr(constant.high)))
        values[name] = Number(value)
    return canonical(substitute(skeleton.expr, values))
