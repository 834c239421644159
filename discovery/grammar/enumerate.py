"""All formulas of a grammar up to a cost, with their constants left open."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from itertools import product

from discovery.expression.canonical import canonical
from discovery.expression.node import Expr, Symbol, substitute, walk
from discovery.grammar.grammar import Constant, Grammar, GrammarError, Production, type_of

_PREFIX = "c"


@dataclass(frozen=True)
class Skeleton:
    """A formula with open constants.

    Attributes:
        expr: an expression in r, A and the symbols c1, c2, ... for the constants.
        constants: what c1, c2, ... range over.
        cost: the cost of its cheapest derivation.
        production: the last step of that derivation.
        parts: what stands in the production's slots, in their order.
        order: for each constant, its place in the row of the production's own constants and those of the parts.
    """

    expr: Expr
    constants: tuple[Constant, ...]
    cost: int
    production: Production | None = field(default=None, compare=False, repr=False)
    parts: tuple["Skeleton", ...] = field(default=(), compare=False, repr=False)
    order: tuple[int, ...] = field(default=(), compare=False, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The symbols of the constants."""
        return tuple(f"{_PREFIX}{index + 1}" for index in range(len(self.constants)))


def enumerate_skeletons(grammar: Grammar, max_cost: int) -> dict[str, list[Skeleton]]:
    """Every skeleton of every type with cost <= max_cost, cheapest first, without repetition.

    Two derivations are the same skeleton if they have the same canonical form up to the names of the constants.

    Raises:
        GrammarError: productions of cost zero form a cycle.
    """
    order = _zero_cost_order(grammar)
    found: dict[str, list[list[Skeleton]]] = {name: [] for name in grammar.nonterminals}
    known: dict[str, set[Expr]] = {name: set() for name in grammar.nonterminals}
    for cost in range(max_cost + 1):
        for name in grammar.nonterminals:
            found[name].append([])
        for name in order:
            for production in grammar.nonterminals[name].productions:
                for skeleton in _derive(grammar, production, cost, found):
                    if skeleton.expr not in known[name]:
                        known[name].add(skeleton.expr)
                        found[name][cost].append(skeleton)
    return {name: [skeleton for level in levels for skeleton in level] for name, levels in found.items()}


def _derive(
    grammar: Grammar, production: Production, cost: int, found: dict[str, list[list[Skeleton]]]
) -> Iterator[Skeleton]:
    """The skeletons of exactly this cost that the production gives from the smaller ones found so far."""
    slots, rest = grammar.slots(production), cost - production.cost
    for costs in _compositions(rest, len(slots)):
        choices = [found[type_of(slot)][c] for slot, c in zip(slots, costs, strict=True)]
        for parts in product(*choices):
            yield assemble(grammar, production, parts)


def assemble(grammar: Grammar, production: Production, parts: tuple[Skeleton, ...]) -> Skeleton:
    """The skeleton that a production makes of `parts`, one for each of its slots, in their order."""
    values: dict[str, Expr] = {}
    constants: dict[str, Constant] = {}
    for name in grammar.free_constants(production):
        values[name] = _fresh(constants, grammar.constants[type_of(name)])
    for slot, part in zip(grammar.slots(production), parts, strict=True):
        renamed: dict[str, Expr] = {
            old: _fresh(constants, constant) for old, constant in zip(part.names, part.constants, strict=True)
        }
        values[slot] = substitute(part.expr, renamed)
    expr, seen = _numbered(canonical(substitute(production.formula, values)), constants)
    places = {name: index for index, name in enumerate(constants)}
    return Skeleton(
        expr,
        tuple(constants[name] for name in seen),
        production.cost + sum(part.cost for part in parts),
        production,
        parts,
        tuple(places[name] for name in seen),
    )


def _fresh(constants: dict[str, Constant], constant: Constant) -> Symbol:
    name = f"{_PREFIX}{len(constants) + 1}"
    constants[name] = constant
    return Symbol(name)


def _numbered(expr: Expr, constants: dict[str, Constant]) -> tuple[Expr, list[str]]:
    """Constants numbered in the order in which they occur, so that equal skeletons become equal expressions."""
    seen = dict.fromkeys(node.name for node in walk(expr) if isinstance(node, Symbol) and node.name in constants)
    new_names = {old: Symbol(f"{_PREFIX}{index + 1}") for index, old in enumerate(seen)}
    if any(old != new.name for old, new in new_names.items()):
        expr = canonical(substitute(expr, dict(new_names)))
    return expr, list(seen)


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 0:
        if total == 0:
            yield ()
        return
    for first in range(total + 1) if parts > 1 else (total,):
        if first >= 0:
            for others in _compositions(total - first, parts - 1):
                yield (first, *others)


def _zero_cost_order(grammar: Grammar) -> list[str]:
    """Types in an order in which each comes after those that it can become without cost."""
    graph = {
        name: {type_of(slot) for p in nonterminal.productions if p.cost == 0 for slot in grammar.slots(p)}
        for name, nonterminal in grammar.nonterminals.items()
    }
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise GrammarError(
            f"{grammar.name}: a cycle of productions of cost zero: {' -> '.join(error.args[1])}"
        ) from None
