"""The skeletons of one cost on disk: every shared subexpression once, derivations as indices into the costs below."""

import hashlib
import json
from fractions import Fraction
from typing import Any

from discovery import __version__
from discovery.expression.node import Apply, Expr, Number, Symbol
from discovery.expression.printer import to_text
from discovery.grammar.cache import read_record, write_record
from discovery.grammar.model import Constant, Grammar, type_of
from discovery.grammar.skeleton import Skeleton

VERSION = 3  # of the enumeration and of the canonical form: raise it when either changes

Found = dict[str, list[list[Skeleton]]]  # type -> cost -> skeletons


def grammar_hash(grammar: Grammar) -> str:
    """A short name for the language of a grammar, whatever its comments and its order of types."""
    types = {
        name: [[to_text(p.formula), p.cost] for p in nonterminal.productions]
        for name, nonterminal in grammar.nonterminals.items()
    }
    constants = {constant.name: [constant.low, constant.high] for constant in grammar.constants.values()}
    slopes = {name: str(nonterminal.promise) for name, nonterminal in grammar.nonterminals.items()}
    parts = [VERSION, __version__, types, constants, slopes]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def write_level(grammar: Grammar, cost: int, found: Found) -> None:
    """Keep the skeletons of a cost."""
    table = _Writer()
    places = {
        id(skeleton): [skeleton.cost, index]
        for by_cost in found.values()
        for level in by_cost
        for index, skeleton in enumerate(level)
    }
    types = {}
    for name, by_cost in found.items():
        productions = {p: index for index, p in enumerate(grammar.nonterminals[name].productions)}
        types[name] = [
            [
                table.index(skeleton.expr),
                [constant.name for constant in skeleton.constants],
                productions[skeleton.production] if skeleton.production else None,
                [places[id(part)] for part in skeleton.parts],
                list(skeleton.order),
            ]
            for skeleton in by_cost[cost]
        ]
    write_record(_name(grammar, cost), {"nodes": table.nodes, "types": types})


def read_level(grammar: Grammar, cost: int, found: Found) -> dict[str, list[Skeleton]] | None:
    """The skeletons kept for a cost, None if there are none; `found` holds those of smaller costs.

    Within a type the parts of a derivation of cost zero are of the same cost: types are read in the order in which
    they can be resolved.
    """
    record = read_record(_name(grammar, cost))
    if record is None:
        return None
    try:
        exprs = _read_nodes(record["nodes"])
        level: dict[str, list[Skeleton]] = {}
        pending = dict(record["types"])
        if set(pending) != set(grammar.nonterminals):
            return None
        while pending:
            ready = [name for name, rows in pending.items() if _is_ready(grammar, name, rows, cost, level)]
            if not ready:
                return None
            for name in ready:
                rows = pending.pop(name)
                level[name] = [_skeleton(grammar, name, row, cost, exprs, found, level) for row in rows]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):  # a damaged file is no file
        return None
    return level


def _name(grammar: Grammar, cost: int) -> str:
    return f"skeletons-{grammar_hash(grammar)}-{cost}"


def _is_ready(grammar: Grammar, name: str, rows: list, cost: int, level: dict[str, list[Skeleton]]) -> bool:
    productions = grammar.nonterminals[name].productions
    needed = {
        type_of(slot)
        for _, _, production, parts, _ in rows
        for slot, (part_cost, _) in zip(grammar.slots(productions[production]), parts, strict=True)
        if part_cost == cost
    }
    return needed <= set(level)


def _skeleton(
    grammar: Grammar,
    name: str,
    row: list,
    cost: int,
    exprs: list[Expr],
    found: Found,
    level: dict[str, list[Skeleton]],
) -> Skeleton:
    node, constants, index, places, order = row
    production = grammar.nonterminals[name].productions[index]
    parts = []
    for slot, (part_cost, place) in zip(grammar.slots(production), places, strict=True):
        kind = type_of(slot)
        parts.append(level[kind][place] if part_cost == cost else found[kind][part_cost][place])
    open_constants: tuple[Constant, ...] = tuple(grammar.constants[constant] for constant in constants)
    return Skeleton(exprs[node], open_constants, cost, production, tuple(parts), tuple(order))


class _Writer:
    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self._known: dict[Expr, int] = {}

    def index(self, expr: Expr) -> int:
        """The place of an expression among the nodes, after those of its arguments."""
        if expr not in self._known:
            match expr:
                case Number(value):
                    node: Any = str(value)
                case Symbol(name):
                    node = [name]
                case Apply(op, args):
                    node = [op, [self.index(arg) for arg in args]]
            self.nodes.append(node)
            self._known[expr] = len(self.nodes) - 1
        return self._known[expr]


def _read_nodes(nodes: list[Any]) -> list[Expr]:
    exprs: list[Expr] = []
    for node in nodes:
        match node:
            case str(value):
                exprs.append(Number(Fraction(value)))
            case [name]:
                exprs.append(Symbol(name))
            case [op, args]:
                exprs.append(Apply(op, tuple(exprs[index] for index in args)))
            case _:
                raise ValueError(f"not a node: {node!r}")
    return exprs
