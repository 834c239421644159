"""All formulas of a grammar up to a cost, with their constants left open."""

import time
from collections import Counter
from collections.abc import Iterator
from itertools import count, product

from discovery.expression.canonical import canonical
from discovery.expression.differentiate import derivative
from discovery.expression.node import ONE, RATIO, ZERO, Apply, Expr, Symbol, substitute, symbols, walk
from discovery.grammar.grammar import zero_cost_order
from discovery.grammar.model import AT_ONE, SLOPE_AT_ONE, Constant, Grammar, Production, type_of
from discovery.grammar.skeleton import PREFIX, Skeleton
from discovery.grammar.storage import read_level, write_level

__all__ = ["Skeleton", "assemble", "enumerate_skeletons", "levels"]

_WORTH_KEEPING = 200  # skeletons of one cost: fewer are found faster than read


def enumerate_skeletons(grammar: Grammar, max_cost: int, *, deadline: float | None = None) -> dict[str, list[Skeleton]]:
    """Every skeleton of every type with cost <= max_cost, cheapest first, without repetition.

    Two derivations are the same skeleton if they have the same canonical form up to the names of the constants.

    Args:
        grammar: what is derived.
        max_cost: the highest cost.
        deadline: a value of time.monotonic() after which no further cost is begun; the costs done so far are returned.
    """
    found: dict[str, list[Skeleton]] = {name: [] for name in grammar.nonterminals}
    for cost, level in enumerate(levels(grammar)):
        for name, skeletons in level.items():
            found[name] += skeletons
        if cost >= max_cost or (deadline is not None and time.monotonic() > deadline):
            break
    return found


def levels(grammar: Grammar) -> Iterator[dict[str, list[Skeleton]]]:
    """The skeletons of cost 0, of cost 1, ... by type, without end; what was enumerated before is read from disk."""
    order = zero_cost_order(grammar)
    found: dict[str, list[list[Skeleton]]] = {name: [] for name in grammar.nonterminals}
    known: dict[str, set[Expr]] = {name: set() for name in grammar.nonterminals}
    for cost in count():
        kept = read_level(grammar, cost, found)
        level = kept if kept is not None else _level(grammar, order, cost, found, known)
        for name, skeletons in level.items():
            if kept is not None:
                found[name].append(skeletons)
            known[name].update(skeleton.expr for skeleton in skeletons)
        if kept is None and sum(map(len, level.values())) >= _WORTH_KEEPING:
            write_level(grammar, cost, found)
        yield level


def _level(
    grammar: Grammar,
    order: list[str],
    cost: int,
    found: dict[str, list[list[Skeleton]]],
    known: dict[str, set[Expr]],
) -> dict[str, list[Skeleton]]:
    """The skeletons of one cost, also appended to `found`."""
    for name in grammar.nonterminals:
        found[name].append([])
    for name in order:
        for production in grammar.nonterminals[name].productions:
            for skeleton in _derive(grammar, production, cost, found):
                if skeleton.expr not in known[name] and not _has_spare_constant(skeleton):
                    known[name].add(skeleton.expr)
                    found[name][cost].append(skeleton)
    return {name: skeletons[cost] for name, skeletons in found.items()}


def _has_spare_constant(skeleton: Skeleton) -> bool:
    """Whether two constants occur in one product and nowhere else: a single one says the same."""
    counts = Counter(node.name for node in walk(skeleton.expr) if isinstance(node, Symbol))
    alone = {name for name in skeleton.names if counts[name] == 1}
    if len(alone) < 2:
        return False
    products = (node for node in walk(skeleton.expr) if isinstance(node, Apply) and node.op == "mul")
    return any(sum(isinstance(f, Symbol) and f.name in alone for f in found.args) > 1 for found in products)


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
    wanted = symbols(production.formula)
    for name in grammar.free_constants(production):
        values[name] = _fresh(constants, grammar.constants[type_of(name)])
    for slot, part in zip(grammar.slots(production), parts, strict=True):
        renamed: dict[str, Expr] = {
            old: _fresh(constants, constant) for old, constant in zip(part.names, part.constants, strict=True)
        }
        same = all(new == Symbol(old) for old, new in renamed.items())
        values |= _in_slot(grammar, slot, part.expr if same else substitute(part.expr, renamed), wanted)
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


def _in_slot(grammar: Grammar, slot: str, part: Expr, wanted: frozenset[str]) -> dict[str, Expr]:
    """What the symbols X, X_at_1 and X_slope_at_1 stand for."""
    values = {slot: part}
    slope = grammar.nonterminals[type_of(slot)].promise.slope
    if slot + AT_ONE in wanted:
        values[slot + AT_ONE] = canonical(substitute(part, {"r": ONE})) if slope is None else ZERO
    if slot + SLOPE_AT_ONE in wanted:
        at_one = canonical(substitute(derivative(part, RATIO), {"r": ONE})) if slope is None else slope
        values[slot + SLOPE_AT_ONE] = at_one
    return values


def _fresh(constants: dict[str, Constant], constant: Constant) -> Symbol:
    name = f"{PREFIX}{len(constants) + 1}"
    constants[name] = constant
    return Symbol(name)


def _numbered(expr: Expr, constants: dict[str, Constant]) -> tuple[Expr, list[str]]:
    """Constants numbered in the order in which they occur, so that equal skeletons become equal expressions."""
    seen = dict.fromkeys(node.name for node in walk(expr) if isinstance(node, Symbol) and node.name in constants)
    new_names = {old: Symbol(f"{PREFIX}{index + 1}") for index, old in enumerate(seen)}
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
