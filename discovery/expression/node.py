"""Expression trees: numbers are exact rationals, everything else is a symbol or an operator applied to arguments."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Union


@dataclass(frozen=True, slots=True)
class Number:
    """An exact rational constant."""

    value: Fraction
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:  # expressions are the keys of every cache, and hash(Fraction) is slow
        object.__setattr__(self, "_hash", hash((self.value.numerator, self.value.denominator)))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class Symbol:
    """A variable: `r` (ratio, > 0), `A` (advantage, real), `progress` (in [0, 1]); `u` (real) in inequalities."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator of the table `discovery.expression.operators` applied to its arguments.

    Differences, quotients and square roots have no operator of their own: a - b is add(a, mul(-1, b)), a / b is
    mul(a, pow(b, -1)) and sqrt(a) is pow(a, 1/2). Fewer operators are fewer cases in every proof.
    """

    op: str
    args: tuple["Expr", ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.op, self.args)))

    def __hash__(self) -> int:
        return self._hash


Expr = Union[Number, Symbol, Apply]  # noqa: UP007 - a forward reference cannot stand in `|`

RATIO, ADVANTAGE, PROGRESS = Symbol("r"), Symbol("A"), Symbol("progress")
DRIFT_SYMBOLS = (RATIO.name, ADVANTAGE.name, PROGRESS.name)
ZERO, ONE, MINUS_ONE = Number(Fraction(0)), Number(Fraction(1)), Number(Fraction(-1))
HALF = Fraction(1, 2)


def number(value: int | str | Fraction) -> Number:
    """The constant `value`, exactly; a string may be a decimal or a fraction ("0.2", "5/3")."""
    return Number(Fraction(value))


def add(*terms: Expr) -> Apply:
    """The sum of two or more terms."""
    return Apply("add", terms)


def mul(*factors: Expr) -> Apply:
    """The product of two or more factors."""
    return Apply("mul", factors)


def power(base: Expr, exponent: Expr | int | Fraction) -> Apply:
    """base ** exponent."""
    return Apply("pow", (base, exponent if isinstance(exponent, Number | Symbol | Apply) else number(exponent)))


def negate(expr: Expr) -> Apply:
    """-expr."""
    return mul(MINUS_ONE, expr)


def subtract(left: Expr, right: Expr) -> Apply:
    """left - right."""
    return add(left, negate(right))


def divide(left: Expr, right: Expr) -> Apply:
    """left / right."""
    return mul(left, power(right, -1))


def walk(expr: Expr) -> Iterator[Expr]:
    """Every subexpression, parents before children, without recursion."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Apply):
            stack.extend(reversed(node.args))


def size_and_depth(expr: Expr) -> tuple[int, int]:
    """(number of nodes, length of the longest path from the root), without recursion."""
    size, depth, stack = 0, 0, [(expr, 1)]
    while stack:
        node, level = stack.pop()
        size, depth = size + 1, max(depth, level)
        if isinstance(node, Apply):
            stack.extend((child, level + 1) for child in node.args)
    return size, depth


def symbols(expr: Expr) -> frozenset[str]:
    """The names of the symbols that occur."""
    return frozenset(node.name for node in walk(expr) if isinstance(node, Symbol))


def rebuild(expr: Expr, leaf: Callable[[Number | Symbol], Expr]) -> Expr:
    """The same tree with every leaf replaced by `leaf(leaf)`."""
    if isinstance(expr, Apply):
        return Apply(expr.op, tuple(rebuild(child, leaf) for child in expr.args))
    return leaf(expr)


def substitute(expr: Expr, values: dict[str, Expr]) -> Expr:
    """Replace symbols by expressions, all at once."""
    return rebuild(expr, lambda node: values.get(node.name, node) if isinstance(node, Symbol) else node)
