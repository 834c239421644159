"""Sums of two terms a f + b g, a, b > 0, without enumerating them.

For terms with a factor that is fitted, the least squared error of every pair follows from inner products alone:
with unit vectors f, g, target y and k = <f, g>, the gain is (<f,y>^2 - 2 k <f,y><g,y> + <g,y>^2) / (1 - k^2), provided
that both factors, (<f,y> - k <g,y>) / (1 - k^2) and its mirror image, are positive. A million pairs take a fraction of
a second; enumeration up to the same cost would take hours.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.expression.node import Symbol, add
from discovery.grammar.derivation import Derivation, Expressions, chain, lifted
from discovery.grammar.enumerate import Skeleton
from discovery.grammar.grammar import Grammar, Production, type_of
from discovery.regression.fit import Array, linear_constant
from discovery.regression.part import Part
from discovery.regression.screening import Screened

_COLLINEAR = 1e-5  # of 1 - k^2: such a pair is one term


def sum_productions(grammar: Grammar, kind: str) -> list[tuple[str, Production]]:
    """The productions T = X + Y of types T that `kind` can become by renaming."""
    return [
        (name, production)
        for name, nonterminal in grammar.nonterminals.items()
        if chain(grammar, kind, name) is not None
        for production in nonterminal.productions
        if len(slots := grammar.slots(production)) == 2
        and production.formula in (add(*map(Symbol, slots)), add(*map(Symbol, reversed(slots))))
    ]


@dataclass(frozen=True)
class _Term:
    """A term with its factor fitted: a formula of one of the two types, its constants and its values [rows]."""

    skeleton: Skeleton
    constants: Array
    values: NDArray[np.float32]


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
    ranked = sorted((item for item in screened if linear_constant(item.skeleton) is not None), key=lambda i: i.loss)
    found = []
    for name, production in sum_productions(grammar, part.kind):
        kinds = [type_of(slot) for slot in grammar.slots(production)]
        sides = []
        for kind in kinds:
            own = {skeleton.expr: skeleton for skeleton in skeletons[kind]}
            usable = [item for item in ranked if item.skeleton.expr in own][:most_terms]
            sides.append([_Term(own[item.skeleton.expr], item.starts[0], item.values) for item in usable])
        for pair in _pairs(part, sides[0], sides[1], count, twice=kinds[0] == kinds[1]):
            parts = tuple(
                expressions.derivation(kind, term.skeleton, _scaled(term, factor))
                for kind, (term, factor) in zip(kinds, pair, strict=True)
            )
            whole = lifted(grammar, part.kind, Derivation(name, production, (), parts))
            if whole is not None:
                skeleton, start = expressions.skeleton(whole)
                found.append((whole, Screened(skeleton, start[None, :], np.inf, pair[0][0].values)))
    return found


def _scaled(term: _Term, factor: float) -> Array:
    values = term.constants.copy()
    values[linear_constant(term.skeleton)] *= factor
    return values


_Pair = tuple[tuple[_Term, float], tuple[_Term, float]]


def _pairs(part: Part, left: list[_Term], right: list[_Term], count: int, *, twice: bool) -> list[_Pair]:
    """The best pairs, each term with what its factor is to be multiplied by; `twice` if both lists are the same."""
    if not left or not right:
        return []
    root = np.sqrt(part.few.table.weight)
    target = part.few.table.drift * root
    units, norms = zip(*(_unit(terms, root) for terms in (left, right)), strict=True)
    with np.errstate(all="ignore"):
        gram, onto, across = units[0] @ units[1].T, (units[0] @ target)[:, None], (units[1] @ target)[None, :]
        spread = 1 - gram**2
        first, second = (onto - gram * across) / spread, (across - gram * onto) / spread
        gain = first * onto + second * across
    good = (spread > _COLLINEAR) & (first > 0) & (second > 0) & np.isfinite(gain)
    gain = np.where(np.triu(good, 1) if twice else good, gain, -np.inf).ravel()
    chosen = np.argpartition(-gain, min(count, len(gain) - 1))[:count]
    pairs = []
    for flat in chosen[np.argsort(-gain[chosen], kind="stable")]:
        if np.isfinite(gain[flat]):
            i, j = divmod(int(flat), len(right))
            factors = float(first[i, j] / norms[0][i]), float(second[i, j] / norms[1][j])
            pairs.append(((left[i], factors[0]), (right[j], factors[1])))
    return pairs


def _unit(terms: list[_Term], root: Array) -> tuple[Array, Array]:
    """The values [terms, rows] as unit vectors in the weighted inner product, and their norms."""
    values = np.stack([term.values for term in terms]).astype(np.float64) * root
    norms = np.linalg.norm(values, axis=1)
    with np.errstate(all="ignore"):
        return np.nan_to_num(values / norms[:, None]), norms
