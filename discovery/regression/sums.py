"""Sums of two terms a f + b g, a, b > 0, without enumerating them.

For terms with a factor that is fitted, the least squared error of every pair follows from inner products alone:
with unit vectors f, g, target y and k = <f, g>, the gain is (<f,y>^2 - 2 k <f,y><g,y> + <g,y>^2) / (1 - k^2), provided
that both factors, (<f,y> - k <g,y>) / (1 - k^2) and its mirror image, are positive. A million pairs take a fraction of
a second; enumeration up to the same cost would take hours.
"""

import numpy as np

from discovery.expression.node import Symbol, add
from discovery.grammar.derivation import Derivation, Expressions, chain, lifted
from discovery.grammar.enumerate import Skeleton
from discovery.grammar.grammar import Grammar, Production, type_of
from discovery.regression.fit import linear_constant
from discovery.regression.part import Part
from discovery.regression.screening import Screened

_COLLINEAR = 1e-5  # of 1 - k^2: such a pair is one term


def sum_productions(grammar: Grammar, kind: str) -> list[tuple[str, Production]]:
    """The productions T = X + X_2 of types T that `kind` can become by renaming."""
    return [
        (name, production)
        for name, nonterminal in grammar.nonterminals.items()
        if chain(grammar, kind, name) is not None
        for production in nonterminal.productions
        if len(slots := grammar.slots(production)) == 2
        and type_of(slots[0]) == type_of(slots[1])
        and production.formula == add(Symbol(slots[0]), Symbol(slots[1]))
    ]


def best_sums(
    part: Part,
    screened: list[Screened],
    skeletons: dict[str, list[Skeleton]],
    expressions: Expressions,
    *,
    most_terms: int = 1200,
    count: int = 60,
) -> list[tuple[Derivation, Screened]]:
    """The pairs of terms that fit best together, as derivations of the part's kind with starting points."""
    grammar = expressions.grammar
    found = []
    for name, production in sum_productions(grammar, part.kind):
        kind = type_of(grammar.slots(production)[0])
        of_kind = {skeleton.expr: skeleton for skeleton in skeletons[kind]}
        terms = [
            item for item in screened if item.skeleton.expr in of_kind and linear_constant(item.skeleton) is not None
        ]
        terms = sorted(terms, key=lambda item: item.loss)[:most_terms]
        for i, j, factors in _pairs(part, terms, count):
            parts = []
            for index, factor in ((i, factors[0]), (j, factors[1])):
                item = terms[index]
                values = item.starts[0].copy()
                values[linear_constant(item.skeleton)] *= factor
                parts.append(expressions.derivation(kind, of_kind[item.skeleton.expr], values))
            whole = lifted(grammar, part.kind, Derivation(name, production, (), tuple(parts)))
            if whole is not None:
                skeleton, start = expressions.skeleton(whole)
                found.append((whole, Screened(skeleton, start[None, :], np.inf, terms[i].values)))
    return found


def _pairs(part: Part, terms: list[Screened], count: int) -> list[tuple[int, int, tuple[float, float]]]:
    """The best pairs of terms, and by what their factors are to be multiplied."""
    if len(terms) < 2:
        return []
    root = np.sqrt(part.few.table.weight)
    values = np.stack([item.values for item in terms]).astype(np.float64) * root
    norms = np.linalg.norm(values, axis=1)
    with np.errstate(all="ignore"):
        unit = np.nan_to_num(values / norms[:, None])
        gram, onto = unit @ unit.T, unit @ (part.few.table.drift * root)
        spread = 1 - gram**2
        first = (onto[:, None] - gram * onto[None, :]) / spread
        gain = first * onto[:, None] + first.T * onto[None, :]
    good = (spread > _COLLINEAR) & (first > 0) & (first.T > 0) & np.isfinite(gain)
    gain = np.where(np.triu(good, 1), gain, -np.inf).ravel()
    chosen = np.argpartition(-gain, min(count, len(gain) - 1))[:count]
    pairs = []
    for flat in chosen[np.argsort(-gain[chosen], kind="stable")]:
        if np.isfinite(gain[flat]):
            i, j = divmod(int(flat), len(terms))
            pairs.append((i, j, (float(first[i, j] / norms[i]), float(first[j, i] / norms[j]))))
    return pairs
