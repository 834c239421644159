"""A production with its slots abstract: what may be assumed of each symbol where r and A are in a given cell.

The half-plane r > 0 falls into cells by r < 1, r = 1, r > 1 and A < 0, A = 0, A > 0. On the closure of an open cell a
slot is a symbol with a range, from the clauses of its contract; on an edge it may be a known expression.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property

from discovery.expression.canonical import canonical
from discovery.expression.domain import is_total
from discovery.expression.node import (
    ADVANTAGE,
    MINUS_ONE,
    ONE,
    RATIO,
    ZERO,
    Apply,
    Expr,
    Number,
    Symbol,
    add,
    mul,
    symbols,
)
from discovery.expression.node import substitute as put
from discovery.grammar.algebra import normal
from discovery.grammar.contract import Contract
from discovery.grammar.model import AT_ONE, SLOPE_AT_ONE, slot_of
from discovery.proof import ranges
from discovery.proof.ranges import INF, NONNEGATIVE, POSITIVE, REALS, Range
from discovery.proof.sign import Assumptions

PROGRESS_RANGE = Range(Fraction(0), Fraction(1), False, False)
_RATIO = {-1: Range(Fraction(0), Fraction(1), True, False), 1: Range(Fraction(1), INF, False)}
_ADVANTAGE = {-1: ranges.negate(NONNEGATIVE), 1: NONNEGATIVE}
_OPEN_RATIO = {-1: Range(Fraction(0), Fraction(1)), 1: Range(Fraction(1))}
_OPEN_ADVANTAGE = {-1: ranges.negate(POSITIVE), 1: POSITIVE}

Cell = tuple[int, int]  # the signs of r - 1 and of A


class RefusedError(Exception):
    """A clause is not proved; the message says what is missing."""


@dataclass(frozen=True)
class Rule:
    """A production to prove.

    Attributes:
        formula: the expression in r, A, progress, slots and constants.
        contract: what the result has to keep.
        slots: the contract of each slot in the formula (of X also where only X_at_1 occurs).
        constants: the closed range of each constant in the formula.
    """

    formula: Expr
    contract: Contract
    slots: Mapping[str, Contract]
    constants: Mapping[str, Range]

    @cached_property
    def positive(self) -> frozenset[str]:
        """The symbols that are positive everywhere."""
        return (
            frozenset(self.constants)
            | {"r"}
            | {name for name, slot in self.slots.items() if slot.positive and not slot.half}
        )

    @property
    def signs_of_advantage(self) -> tuple[int, ...]:
        """The signs of A for which the contract has to hold."""
        return (-1, 0, 1) if self.contract.half == 0 else (0, self.contract.half)

    def cells(self) -> list[Cell]:
        """The open cells."""
        return [(i, j) for j in self.signs_of_advantage if j for i in (1, -1)]

    def closed(self, cell: Cell) -> Assumptions:
        """What is known on the closure of an open cell."""
        i, j = cell
        bounds: dict[Expr, Range] = {RATIO: _RATIO[i], ADVANTAGE: _ADVANTAGE[j]}
        for name, slot in self.slots.items():
            bounds[Symbol(name)] = slot_range(slot, cell)
            bounds[Symbol(name + AT_ONE)] = slot_range(slot, cell)
        return Assumptions(bounds | self._parameters())

    def at_edge(self, edge: Cell) -> Assumptions:
        """What is known where r = 1 (if edge[0] is 0) and A = 0 (if edge[1] is 0), the other sign being strict."""
        i, j = edge
        bounds: dict[Expr, Range] = {
            RATIO: _OPEN_RATIO[i] if i else ranges.point(Fraction(1)),
            ADVANTAGE: _OPEN_ADVANTAGE[j] if j else ranges.point(Fraction(0)),
        }
        for name, slot in self.slots.items():
            sides = [(k, m) for k in ((i,) if i else (1, -1)) for m in ((j,) if j else (1, -1))]
            for symbol in (Symbol(name), Symbol(name + AT_ONE)):
                found = REALS
                for side in sides:
                    found = ranges.intersect(found, slot_range(slot, side))
                known = found.empty or self.on_edge(symbol, edge) == ZERO
                bounds[symbol] = ranges.point(Fraction(0)) if known else found
        return Assumptions(bounds | self._parameters())

    def _parameters(self) -> dict[Expr, Range]:
        found: dict[Expr, Range] = {Symbol(name): found for name, found in self.constants.items()}
        return found | {Symbol("progress"): PROGRESS_RANGE}

    def on_edge(self, expr: Expr, cell: Cell) -> Expr:
        """`expr` where r = 1 (if cell[0] is 0) and A = 0 (if cell[1] is 0), in normal form."""
        values: dict[str, Expr] = {}
        for name, slot in self.slots.items():
            if cell[1] == 0 and slot.zero_at_zero:
                values |= dict.fromkeys((name, name + AT_ONE, name + SLOPE_AT_ONE), ZERO)
                continue
            if slot.slope is not None:
                values |= {name + AT_ONE: ZERO, name + SLOPE_AT_ONE: slot.slope}
            if slot.free_of >= {"r"}:
                values |= {name + AT_ONE: Symbol(name), name + SLOPE_AT_ONE: ZERO}
            elif cell[0] == 0:
                values[name] = ZERO if slot.slope is not None else Symbol(name + AT_ONE)
        expr = put(expr, values)
        values = {name: value for name, value, side in (("r", ONE, cell[0]), ("A", ZERO, cell[1])) if side == 0}
        return self.normal(canonical(put(expr, values)))

    def normal(self, expr: Expr) -> Expr:
        """The normal form, given that all is defined."""
        return normal(expr, self.positive)

    def resolved(self, cell: Cell) -> Expr:
        """The formula in a cell or on an edge, with where() and sign() replaced by what they are there.

        Raises:
            RefusedError: one of them may switch there, or a slot is used where it keeps no contract.
        """
        i, j = cell
        bounds: dict[Expr, Range] = {}
        if i:
            bounds[RATIO] = _OPEN_RATIO[i]
        if j:
            bounds[ADVANTAGE] = _OPEN_ADVANTAGE[j]
        for name, slot in self.slots.items():
            if i and j:
                bounds[Symbol(name)] = slot_range(slot, cell)
        assume = Assumptions(bounds | self._parameters())
        found = self._resolved(self.formula, assume, cell)
        self._check_halves(found, j)
        return found

    def _check_halves(self, expr: Expr, j: int) -> None:
        """No slot of a half type is used on the other side of A = 0."""
        for name in sorted({slot_of(name) for name in symbols(expr)} & set(self.slots)):
            half = self.slots[name].half
            if half and half == -j:
                raise RefusedError(f"{name} keeps its contract for A {'>=' if half > 0 else '<='} 0 alone")

    def _resolved(self, expr: Expr, assume: Assumptions, cell: Cell) -> Expr:
        if not isinstance(expr, Apply):
            return expr
        if expr.op in ("where", "sign"):
            if not all(map(is_total, _switch(expr))):
                raise RefusedError("what where() and sign() compare must be defined for all numbers")
            for side in _switch(expr):
                self._check_halves(side, cell[1])
        if expr.op == "where":
            condition, x, y = expr.args
            assert isinstance(condition, Apply)
            left, right = (self._resolved(side, assume, cell) for side in condition.args)
            found = assume.range(self.on_edge(add(right, mul(MINUS_ONE, left)), cell))
            if found.positive or (condition.op == "le" and found.nonnegative):
                return self._resolved(x, assume, cell)
            if found.negative or (condition.op == "lt" and found.nonpositive):
                return self._resolved(y, assume, cell)
            raise RefusedError("where() may switch only where r = 1 or A = 0")
        args = tuple(self._resolved(arg, assume, cell) for arg in expr.args)
        if expr.op == "sign":
            found = assume.range(self.on_edge(args[0], cell))
            if not (found.zero or found.nonzero):
                raise RefusedError("sign() may switch only where r = 1 or A = 0")
            return Number(Fraction(0 if found.zero else 1 if found.positive else -1))
        return Apply(expr.op, args)


def _switch(expr: Apply) -> tuple[Expr, ...]:
    """What where() compares, or the argument of sign()."""
    first = expr.args[0]
    return first.args if expr.op == "where" and isinstance(first, Apply) else (first,)


@cache
def slot_range(slot: Contract, cell: Cell) -> Range:
    """Where the values of a slot lie on the closure of an open cell.

    A sign clause u * E >= 0 gives the sign of u where E is not 0; elsewhere on the closure it follows by continuity.
    """
    if slot.half and slot.half != cell[1]:
        return REALS
    if slot.positive:
        return POSITIVE
    where = Assumptions({RATIO: _OPEN_RATIO[cell[0]], ADVANTAGE: _OPEN_ADVANTAGE[cell[1]]})
    found = REALS
    for expr in slot.signs:
        size = where.range(expr)
        if size.positive:
            found = ranges.intersect(found, NONNEGATIVE)
        elif size.negative:
            found = ranges.intersect(found, ranges.negate(NONNEGATIVE))
    return found
