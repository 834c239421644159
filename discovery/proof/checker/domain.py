"""Condition 1: f is a real number everywhere, and continuous.

Every operator but `where` is continuous where it is defined. f is pasted together from pieces that are continuous on
closed sets and agree where these meet.
"""

from typing import Any

from flint import fmpq

from discovery.proof.checker import nonnegative
from discovery.proof.checker.expression import (
    Node,
    Rejected,
    fields,
    listed,
    minus,
    mul,
    node,
    number,
    power,
    rational,
    read,
    replaced,
    subtrees,
    where_in,
    without_zeros,
)
from discovery.proof.checker.facts import Fact, Path, peeled
from discovery.proof.checker.interval import NONNEGATIVE, NONPOSITIVE, Interval, single
from discovery.proof.checker.region import Region, symbol

MAX_PIECES = 200


def check_everywhere(phi: Node, data: Any, base: Region) -> Region:
    """Checks that phi(u) is a real number on a region of u; the region with the facts that its proofs establish."""
    (proofs,) = fields(data, "obligations")
    region = _established(proofs, base, None)
    region.require(phi)
    return region


def check(f: Node, data: Any, base: Region) -> list[Fact]:
    """Checks condition 1; the facts that its proofs establish everywhere."""
    proofs, surfaces = fields(data, "obligations", "surfaces")
    pasting = _Pasting(base, [fields(surface, "gap", "levels") for surface in listed(surfaces, MAX_PIECES)])
    known = _established(proofs, base, pasting)
    known.require(f)
    with where_in("surfaces"):
        pasting.continuous(without_zeros(f), known)
    return known.facts[len(base.facts) :]


def _established(proofs: Any, base: Region, pasting: "_Pasting | None") -> Region:
    """The region with the facts that the proofs of obligations establish."""
    if not isinstance(proofs, dict):
        raise Rejected("obligations are an object")
    region = base
    for text, entry in proofs.items():
        with where_in("obligations"):
            fact = _proved(read(text, base.names), entry, region, pasting)
            region = Region([*region.facts, fact], base.every)
    return region


def _proved(x: Node, entry: Any, region: Region, pasting: "_Pasting | None") -> Fact:
    """sign*x - margin >= 0 everywhere: proved off some lines, so everywhere, for x is defined and continuous.

    Without a pasting, in u, the proof leaves out no point.
    """
    sign, margin, proof = fields(entry, "sign", "margin", "proof")
    least = rational(margin)
    if sign not in (1, -1) or type(sign) is not int or least < 0:
        raise Rejected("a sign is 1 or -1, a margin not negative")
    region.require(x)
    if pasting is not None:
        pasting.continuous(x, region)
    nonnegative.check(minus(mul(number(sign), x), number(least)), proof, region)
    return x, Interval((least, 0)) if sign == 1 else Interval(hi=(-least, 0))


class _Pasting:
    def __init__(self, base: Region, surfaces: list[list[Any]]) -> None:
        self.base, self.pieces = base, 0
        self.surfaces = [(read(gap, base.names), levels) for gap, levels in surfaces]

    def continuous(self, f: Node, region: Region) -> None:
        """Checks that f, which is defined everywhere, is continuous."""
        self._piece(region.resolve(f), region, ())

    def _piece(self, f: Node, region: Region, path: Path) -> None:
        """The same for a piece of f on the closed set where all of `path` holds."""
        self.pieces += 1
        if self.pieces > MAX_PIECES:
            raise Rejected("f has too many pieces")
        switch = next((part for part in subtrees(f) if part.op == "where"), None)
        region.require(f if switch is None else switch.args[0], path)
        if switch is None:
            return
        gap, x, y = switch.args
        if any(part.op == "where" for part in subtrees(gap)):
            raise Rejected("a condition has a where in it")
        first, second = replaced(f, {switch: x}), replaced(f, {switch: y})
        if not region.interval(gap).nonzero:
            self._meet(gap, first, second, region, (*path, (gap, single(fmpq(0)))))
        self._piece(first, region, (*path, (gap, NONNEGATIVE)))
        self._piece(second, region, (*path, (gap, NONPOSITIVE)))

    def _meet(self, gap: Node, first: Node, second: Node, region: Region, path: Path) -> None:
        """Checks that the two are equal on {gap = 0}.

        That set is covered by sets {quantity = value}. On each, both are functions of u = quantity, r and A; with the
        value for u these are equal.
        """
        why = Rejected("a surface where two branches meet is not listed")
        for q, levels in self.surfaces:
            if self._related(q, gap):
                try:
                    self._agree(gap, first, second, levels, region, path)
                    return
                except Rejected as rejection:
                    why = rejection
        raise why

    def _agree(self, gap: Node, first: Node, second: Node, levels: Any, region: Region, path: Path) -> None:
        product, u, names = [], symbol("u"), (*self.base.names, "u")
        for entry in listed(levels, 20):
            quantity, value, *sides = fields(entry, "quantity", "value", "above", "below")
            q, v = read(quantity, self.base.names), read(value, ())
            product.append(minus(q, v))
            region.require(product[-1], path)
            pair = [read(side, names) for side in sides]
            for side, whole in zip(pair, (first, second), strict=True):
                if not self.base.equal(replaced(side, {u: q}), whole):
                    raise Rejected("a side is not f with u for its quantity")
            one, other = (replaced(side, {u: v}) for side in pair)
            for side in (one, other):
                region.require(side, (*path, (q, region.interval(v))))
            if not all(cell.equal(one, other) for cell in self.base.cells):
                raise Rejected("the branches are not shown to be equal where they meet")
        self._cover(gap, product)

    def _related(self, x: Node, y: Node) -> bool:
        """Whether x = c*y for a constant c > 0."""
        a, b = self.base.field.forms(x, y)
        if a.num == 0 or b.num == 0:
            return False
        c = fmpq(a.num.leading_coefficient()) / fmpq(b.num.leading_coefficient())
        return c > 0 and a == (b.num * c, b.den)

    def _cover(self, gap: Node, factors: list[Node]) -> None:
        """Checks that gap = 0 implies that a factor is 0: their quotient has no zeros and no poles but theirs."""
        field = self.base.signs
        for deep in (False, True):
            ways = mul(*zero_forms(gap, self.base, deep))
            (ratio,) = field.forms(mul(ways, *(power(factor, number(-1)) for factor in factors)))
            if field.positive(ratio.num) or field.positive(-ratio.num):
                return
        raise Rejected("the surface is not shown to be covered")


def zero_forms(gap: Node, base: Region, deep: bool) -> list[Node]:
    """Expressions one of which is 0 wherever the gap is: |x| = c is x = c or x = -c.

    Deep: log(x) = c is x = exp(c), x**n = c is x = c**(1/n) for x > 0, x*y = 0 is x = 0 or y = 0.
    """
    s, q, t = peeled(gap)
    value = -t / s
    if q.op == "abs":
        sides = dict.fromkeys((value, -value))
        return [form for v in sides for form in zero_forms(minus(q.args[0], number(v)), base, deep)]
    if deep and q.op == "log":
        return [minus(q.args[0], node("exp", number(value)))]
    if deep and q.op == "pow" and q.args[1].value is not None and base.interval(q.args[0]).positive and value > 0:
        return [minus(q.args[0], power(number(value), number(1 / q.args[1].value)))]
    if deep and q.op == "mul" and value == 0:
        return [form for factor in q.args for form in zero_forms(factor, base, deep)]
    return [gap]
