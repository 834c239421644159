"""The conditions at r = 1: f(1, A) = 0, and both one-sided derivatives are 0.

For r = 1 + s h, s = +-1, h -> 0+, f is a sum of c_k h**k plus o(h**order), with rational k and expressions in A as
coefficients; one expansion for all A of a part of the line.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from flint import fmpq

from discovery.proof.checker.expression import (
    Node,
    Rejected,
    add,
    fields,
    listed,
    minus,
    mul,
    node,
    number,
    power,
    rational,
    replaced,
)
from discovery.proof.checker.interval import INF, LEAST, Infinity, Interval, Value, single
from discovery.proof.checker.region import Region, symbol

MOST, NEAR = fmpq(4), fmpq(1, 2**20)


def parts_of_line(breaks: Any) -> list[Interval]:
    """The open intervals and the points into which the breaks cut the line of A."""
    cuts = [rational(text) for text in listed(breaks, 200)]
    if any(x >= y for x, y in pairwise(cuts)):
        raise Rejected("the breaks are not in increasing order")
    ends = [(LEAST, 1), *((cut, nudge) for cut in cuts for nudge in (-1, 0, 0, 1)), (INF, -1)]
    return [Interval(lo, hi) for lo, hi in zip(ends[::2], ends[1::2], strict=True)]


def _on(base: Region, r: Interval, a: Interval) -> Region:
    return Region([*base.facts, (symbol("r"), r), (symbol("A"), a)])


def at_one(f: Node, region: Region) -> Node:
    """f(1, A) on a part of the line; branches that are not taken go first."""
    known = {symbol(name): number(b.point) for name, b in region.symbols.items() if b.point is not None}
    return region.resolve(replaced(region.resolve(f), known))


def zero(f: Node, data: Any, base: Region) -> None:
    """Checks that f(1, A) = 0 for every A."""
    breaks, _ = fields(data, "breaks", "generators")
    for part in parts_of_line(breaks):
        region = _on(base, single(fmpq(1)), part)
        if not region.equal(at_one(f, region), number(0)):
            raise Rejected("f(1, A) = 0 is not shown")


def flat(f: Node, data: Any, base: Region) -> None:
    """Checks that both one-sided derivatives in r at r = 1 are 0 for every A."""
    (breaks,) = fields(data, "breaks")
    for part in parts_of_line(breaks):
        for side in (1, -1):
            expansion = Side(base, side, part)
            found = expansion.expand(f)
            low = [c for k, c in found.terms.items() if k <= 1]
            if found.order < 1 or not all(expansion.one.equal(c, number(0)) for c in low):
                raise Rejected("a one-sided derivative is not shown to be 0")


class Jet(NamedTuple):
    """Coefficients by exponent, plus o(h**order)."""

    terms: Mapping[fmpq, Node]
    order: Value = INF

    @property
    def lowest(self) -> Value:
        return min(self.terms, default=self.order)


def jet(terms: Mapping[fmpq, Node], order: Value = INF) -> Jet:
    """Without zeros and what lies beyond h**MOST."""
    if any(k > MOST for k in terms):
        order = min(order, MOST)
    return Jet({k: c for k, c in terms.items() if k <= min(order, MOST) and c is not number(0)}, order)


def constant(value: Node) -> Jet:
    return jet({fmpq(0): value})


def plus(x: Jet, y: Jet) -> Jet:
    terms = dict(x.terms)
    for k, c in y.terms.items():
        terms[k] = add(terms[k], c) if k in terms else c
    return jet(terms, min(x.order, y.order))


def times(x: Jet, y: Jet) -> Jet:
    terms: dict[fmpq, Node] = {}
    for j, a in x.terms.items():
        for k, b in y.terms.items():
            terms[j + k] = add(terms[j + k], mul(a, b)) if j + k in terms else mul(a, b)
    return jet(terms, min(_sum(x.order, y.lowest), _sum(y.order, x.lowest)))


def _sum(a: Value, b: Value) -> Value:
    return INF if isinstance(a, Infinity) or isinstance(b, Infinity) else a + b


def _times(a: Value, n: fmpq) -> Value:
    return a if isinstance(a, Infinity) else a * n


def scaled(x: Jet, factor: Node) -> Jet:
    return jet({k: mul(factor, c) for k, c in x.terms.items()}, x.order)


def smooth(values: tuple[Node, Node, Node], x: Jet) -> Jet:
    """g(v) + g'(v) t + g''(v) t**2/2 + o(t**2) for x = v + t, given g(v), g'(v), g''(v)."""
    t = Jet({k: c for k, c in x.terms.items() if k != 0}, x.order)
    value, first, second = values
    half = mul(number(fmpq(1, 2)), second)
    series = plus(constant(value), plus(scaled(t, first), scaled(times(t, t), half)))
    return jet(series.terms, min(series.order, _times(t.lowest, fmpq(2))))


class Side:
    """Expansions on one side of r = 1. `unsure`: f must be known to be defined beside r = 1 for them to hold."""

    def __init__(self, base: Region, side: int, part: Interval) -> None:
        near = Interval((fmpq(1), 1), (1 + NEAR, -1)) if side > 0 else Interval((1 - NEAR, 1), (fmpq(1), -1))
        self.one, self.beside = _on(base, single(fmpq(1)), part), _on(base, near, part)
        self.known: dict[Node, Jet] = {symbol("r"): jet({fmpq(0): number(1), fmpq(1): number(side)})}
        if part.point is not None:
            self.known[symbol("A")] = constant(number(part.point))
        self.unsure = False

    def sign(self, quantity: Node) -> int | None:
        """The sign of an expression in A, one for the whole part; None if it is not certain."""
        found = self.one.interval(quantity)
        if found.nonzero:
            return 1 if found.positive else -1
        if found.point == 0:
            return 0
        try:
            (q,) = self.one.signs.forms(quantity)
        except Rejected:
            return None
        sides = [(1 if self.one.signs.positive(p) else -1 if self.one.signs.positive(-p) else 0) for p in q]
        return 0 if q.num == 0 else sides[0] * sides[1] or None

    def leading(self, x: Jet) -> tuple[Value, int | None]:
        """(exponent, sign) of the first term that is not 0; (order, 0) if there is none."""
        for k in sorted(x.terms):
            sign = self.sign(x.terms[k])
            if sign != 0:
                return k, sign
        return x.order, 0

    def expand(self, f: Node) -> Jet:
        return self.of(self.beside.resolve(f))

    def of(self, tree: Node) -> Jet:
        if tree not in self.known:
            self.known[tree] = self._of(tree)
        return self.known[tree]

    def _of(self, tree: Node) -> Jet:
        op, args = tree.op, tree.args
        if op in ("number", "symbol"):
            return constant(tree)
        if self.beside.interval(tree).point == 0:
            return constant(number(0))
        if op == "where":
            return self.of(args[1] if self._reaches_zero(args[0]) else args[2])
        parts = [self.of(arg) for arg in args]
        x = parts[0]
        match op:
            case "add" | "mul":
                for part in parts[1:]:
                    x = plus(x, part) if op == "add" else times(x, part)
                return x
            case "max" | "min":
                return self._larger(x, parts[1], 1 if op == "max" else -1)
            case "abs":
                return self._larger(x, scaled(x, number(-1)), 1)
            case "pow" if args[1].value is not None:
                return self._power(args[0], x, args[1].value)
            case "pow":
                w = times(parts[1], smooth(self._log(x), x))
                return smooth(DERIVATIVES["exp"](w.terms.get(fmpq(0), number(0))), w)
            case "log":
                return smooth(self._log(x), x)
        return smooth(DERIVATIVES[op](x.terms.get(fmpq(0), number(0))), x)

    def _log(self, x: Jet) -> tuple[Node, Node, Node]:
        v = x.terms.get(fmpq(0), number(0))
        if self.sign(v) != 1:
            raise Rejected("a logarithm at the edge of its domain at r = 1")
        return node("log", v), power(v, number(-1)), mul(number(-1), power(v, number(-2)))

    def _reaches_zero(self, gap: Node) -> bool:
        """Whether gap >= 0 for all r close to 1 on this side."""
        found = self.beside.interval(gap)
        if found.nonnegative or found.negative:
            return found.nonnegative
        if self.beside.equal(gap, number(0)):
            return True
        x = self.of(gap)
        _, sign = self.leading(x)
        if sign is None or (sign == 0 and x.order != INF):
            raise Rejected("a switch is not decided beside r = 1")
        return sign >= 0

    def _larger(self, x: Jet, y: Jet, direction: int) -> Jet:
        """max (1) or min (-1): where the difference is o(h**n), either, up to o(h**n)."""
        gap = plus(x, scaled(y, number(-1)))
        k, sign = self.leading(gap)
        if sign is None:
            if k <= 1:
                raise Rejected("two expressions are not compared beside r = 1")
            return jet(x.terms, min(x.order, (1 + k) / 2))
        return jet(x.terms, min(x.order, gap.order)) if sign == 0 else x if sign == direction else y

    def _power(self, base: Node, x: Jet, p: fmpq) -> Jet:
        if p.q == 1 and 0 <= p <= 8:
            found = constant(number(1))
            for _ in range(int(p.p)):
                found = times(found, x)
            return found
        k, sign = self.leading(x)
        if p.q != 1 and (sign == -1 or (sign is None and not self.beside.interval(base).nonnegative)):
            raise Rejected("a root of a quantity that may be negative beside r = 1")
        if p.q != 1 and sign == 0 and not self.beside.interval(base).nonnegative:
            self.unsure = True
        if sign == 0 and p > 0:
            return Jet({}, _times(k, p))
        if not sign or (k > 0 and p < 0):
            raise Rejected("a power at the edge of its domain at r = 1")
        c = x.terms[k]
        rest = {j - k: mul(a, power(c, number(-1))) for j, a in x.terms.items() if j > k}
        one = number(1)
        inner = smooth((one, number(p), number(p * (p - 1))), jet({**rest, fmpq(0): one}, _sum(x.order, -k)))
        return jet({j + k * p: mul(power(c, number(p)), a) for j, a in inner.terms.items()}, _sum(inner.order, k * p))


def _tanh(v: Node) -> tuple[Node, Node, Node]:
    t = node("tanh", v)
    first = minus(number(1), power(t, number(2)))
    return t, first, mul(number(-2), t, first)


def _root_of_square(v: Node, exponent: fmpq) -> tuple[Node, Node]:
    """(1 + v**2)**exponent and its derivative."""
    square = add(number(1), power(v, number(2)))
    return power(square, number(exponent)), mul(number(2 * exponent), v, power(square, number(exponent - 1)))


DERIVATIVES: dict[str, Callable[[Node], tuple[Node, Node, Node]]] = {  # the value and two derivatives
    "exp": lambda v: (node("exp", v), node("exp", v), node("exp", v)),
    "tanh": _tanh,
    "sinh": lambda v: (node("sinh", v), node("cosh", v), node("sinh", v)),
    "cosh": lambda v: (node("cosh", v), node("sinh", v), node("cosh", v)),
    "atan": lambda v: (node("atan", v), *_root_of_square(v, fmpq(-1))),
    "asinh": lambda v: (node("asinh", v), *_root_of_square(v, fmpq(-1, 2))),
}
