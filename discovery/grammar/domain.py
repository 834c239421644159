"""Lemmas, first part: the result is a real number and continuous wherever the slots are."""

from discovery.expression.canonical import canonical
from discovery.expression.node import ZERO, Apply, Expr, Number, Symbol, symbols, walk
from discovery.expression.printer import to_text
from discovery.grammar.abstract import Cell, RefusedError, Rule
from discovery.grammar.algebra import normal
from discovery.proof.sign import Assumptions

JUMPS = frozenset({"where", "sign"})


def pieces(rule: Rule) -> dict[Cell, Expr]:
    """The formula on the closure of each open cell, free of where() and sign(); proved to fit together at the edges.

    Each piece is continuous where it is defined; pieces that agree on the edges are continuous together.

    Raises:
        RefusedError: a switch may lie inside a cell, or two pieces differ on an edge.
    """
    found = {cell: rule.resolved(cell) for cell in rule.cells()}
    if any(isinstance(node, Apply) and node.op in JUMPS for node in walk(rule.formula)):
        for edge in [(0, 0), *((0, j) for j in (1, -1)), *((i, 0) for i in (1, -1))]:
            if edge[1] in rule.signs_of_advantage:
                _fits(rule, edge, found)
    return found


def _fits(rule: Rule, edge: Cell, found: dict[Cell, Expr]) -> None:
    branch = rule.resolved(edge)
    if branch not in found.values():
        check_defined(rule, branch, rule.at_edge(edge))
    value = rule.on_edge(branch, edge)
    for cell, piece in found.items():
        if all(side in (0, own) for side, own in zip(edge, cell, strict=True)):
            other = rule.on_edge(piece, edge)
            if other != value:
                at = " and ".join(["r = 1"] * (edge[0] == 0) + ["A = 0"] * (edge[1] == 0))
                raise RefusedError(f"it may jump at {at}: {to_text(value)} is not proved to be {to_text(other)}")


def check_defined(rule: Rule, piece: Expr, assume: Assumptions) -> None:
    """Every partial operator of a piece has its operand strictly inside its domain.

    Raises:
        RefusedError: one may not.
    """
    for node in reversed(list(walk(piece))):
        if isinstance(node, Apply):
            _check_operator(rule, node, assume)


def _check_operator(rule: Rule, node: Apply, assume: Assumptions) -> None:
    match node:
        case Apply("log", (x,)):
            _need(rule, x, assume, "positive")
        case Apply("pow", (base, Number(n))) if n.denominator == 1:
            if n < 0:
                _need(rule, base, assume, "nonzero")
        case Apply("pow", (base, exponent)):
            found = assume.range(exponent)
            _need(rule, base, assume, "nonnegative" if found.positive and is_fixed(rule, exponent) else "positive")


def is_fixed(rule: Rule, exponent: Expr) -> bool:
    """Whether an exponent is a number once the constants are chosen; then a base of 0 is allowed if it is positive."""
    return symbols(exponent) <= set(rule.constants)


def _need(rule: Rule, x: Expr, assume: Assumptions, need: str) -> None:
    if getattr(assume.range(x), need):
        return
    simple = normal(canonical(x), rule.positive)
    if simple != ZERO and getattr(assume.range(simple), need):
        return
    raise RefusedError(f"{to_text(x)} is not proved to be {need.replace('non', 'non-')}")


def check_smooth(rule: Rule) -> None:
    """The formula is differentiable in r by the chain rule alone.

    Raises:
        RefusedError: a kink or a jump depends on r, or a slot is not known to be smooth.
    """
    for name, slot in rule.slots.items():
        if name in symbols(rule.formula) and not (slot.smooth or slot.free_of >= {"r"}):
            raise RefusedError(f"{name} is not known to be smooth")
    moving = {"r"} | {name for name, slot in rule.slots.items() if not slot.free_of >= {"r"}}
    for node in walk(rule.formula):
        match node:
            case Apply("abs" | "relu" | "max" | "min" | "clip" | "sign" as op, _) if symbols(node) & moving:
                raise RefusedError(f"{op} is not smooth")
            case Apply("where", (condition, _, _)) if symbols(condition) & moving:
                raise RefusedError("where() on r is not smooth")
            case Apply("pow", (base, Symbol() | Apply() as exponent)) if symbols(node) & moving:
                _smooth_power(rule, base, exponent)
            case Apply("pow", (base, Number(n))) if n.denominator != 1 and symbols(base) & moving:
                _smooth_power(rule, base, Number(n))


def _smooth_power(rule: Rule, base: Expr, exponent: Expr) -> None:
    if not all(rule.closed(cell).range(base).positive for cell in rule.cells()):
        raise RefusedError(f"{to_text(base)} is not proved to be positive under the exponent {to_text(exponent)}")
