"""Proof trees for "e >= 0 on a region".

A node proves it except perhaps on finitely many lines r = c or A = c (in u: everywhere). Its claim is equal to e
wherever both are defined, and a node shows its claim to be defined where it shows it to be >= 0.
"""

from typing import Any

from discovery.proof.checker import interval as iv
from discovery.proof.checker import ladder
from discovery.proof.checker.expression import (
    Node,
    Rejected,
    add,
    fields,
    listed,
    mul,
    natural,
    number,
    rational,
    read,
    replaced,
    where_in,
)
from discovery.proof.checker.interval import NEGATIVE, NONNEGATIVE, Interval
from discovery.proof.checker.region import Region, symbol

MAX_NODES = 3_000
RULES = {
    "range": (),
    "split": ("on", "above", "below"),
    "cut": ("symbol", "value", "above", "at", "below"),
    "sum": ("parts",),
    "product": ("parts",),
    "power": ("proof",),
    "any": ("index", "proof"),
    "all": ("parts",),
    "have": ("fact", "proof"),
    "substitute": ("by", "proof"),
    "point": ("proof",),
    "ladder": ("map", "generators", "proof"),
}


def check(f: Node, data: Any, region: Region) -> None:
    """Checks that the tree proves f >= 0 on the region."""
    _Tree().check(data, region, f)


class _Tree:
    def __init__(self) -> None:
        self.nodes = 0

    def check(self, data: Any, region: Region, target: Node | None) -> Node:
        """The claim of a node that holds on the region, equal to the target."""
        self.nodes += 1
        rule = data.get("rule") if isinstance(data, dict) else None
        if rule not in RULES or self.nodes > MAX_NODES:
            raise Rejected(f"a node has one of the rules {', '.join(RULES)}, and a tree at most {MAX_NODES} nodes")
        _, text, *rest = fields(data, "rule", "claim", *RULES[rule])
        claim = self._read(text, region)
        if target is not None and not region.equal(claim, target):
            raise Rejected(f"the claim {str(text)[:60]} is not what has to be proved")
        with where_in(rule):
            getattr(self, f"_{rule}")(claim, region, *rest)
        return claim

    def _read(self, text: Any, region: Region) -> Node:
        tree = read(text, region.names)
        region.require(tree)
        return tree

    def _range(self, claim: Node, region: Region) -> None:
        if not region.interval(claim).nonnegative and not region.interval(region.resolve(claim)).nonnegative:
            raise Rejected("the interval of the claim does not show it")

    def _cases(self, claim: Node, region: Region, *cases: tuple[Any, Node, Interval]) -> None:
        for part, quantity, bound in cases:
            case = region.having(quantity, bound)
            if case is not None:
                self.check(part, case, claim)
            elif part is not None:
                raise Rejected("a case that cannot be is proved")

    def _split(self, claim: Node, region: Region, on: Any, above: Any, below: Any) -> None:
        quantity = self._read(on, region)
        self._cases(claim, region, (above, quantity, NONNEGATIVE), (below, quantity, NEGATIVE))

    def _cut(self, claim: Node, region: Region, name: Any, place: Any, above: Any, at: Any, below: Any) -> None:
        """The line itself is exempted for r and A."""
        if name not in region.names:
            raise Rejected("not a symbol of the region")
        x, value = symbol(name), rational(place)
        sides = [(above, x, Interval((value, 1))), (below, x, Interval(hi=(value, -1)))]
        if not region.exempts(name) or at is not None:
            sides.append((at, x, iv.single(value)))
        self._cases(claim, region, *sides)

    def _parts(self, parts: Any, region: Region) -> list[Node]:
        return [self.check(part, region, None) for part in listed(parts)]

    def _sum(self, claim: Node, region: Region, parts: Any) -> None:
        if not region.equal(add(*self._parts(parts, region)), claim):
            raise Rejected("the parts do not add up to the claim")

    def _product(self, claim: Node, region: Region, parts: Any) -> None:
        if not region.equal(mul(*self._parts(parts, region)), claim):
            raise Rejected("the parts do not multiply to the claim")

    def _power(self, claim: Node, region: Region, proof: Any) -> None:
        n = claim.args[1].value if claim.op == "pow" else None
        if n is None or n.q != 1 or n <= 0:
            raise Rejected("the claim is no positive integer power")
        self.check(proof, region, claim.args[0])

    def _any(self, claim: Node, region: Region, index: Any, proof: Any) -> None:
        args = _arguments(claim, "max")
        self.check(proof, region, args[natural(index, len(args) - 1)])

    def _all(self, claim: Node, region: Region, parts: Any) -> None:
        """min(x, y, ...), and clip(x, l, h) = min(max(x, l), h) if x >= 0 and h >= 0."""
        args = _arguments(claim, "min")
        if len(listed(parts)) != len(args):
            raise Rejected("there is not one part for each argument")
        for arg, part in zip(args, parts, strict=True):
            inner = self.check(part, region, None)
            if not any(region.equal(inner, choice) for choice in (arg, *_arguments(arg, "max"))):
                raise Rejected("a part does not prove its argument")

    def _have(self, claim: Node, region: Region, fact: Any, proof: Any) -> None:
        known = self.check(fact, region, None)
        case = region.having(known, NONNEGATIVE)
        if case is not None:
            self.check(proof, case, claim)

    def _substitute(self, claim: Node, region: Region, by: Any, proof: Any) -> None:
        """phi(u) >= 0 for every u in the interval of `by`, so phi(by) >= 0."""
        quantity = self._read(by, region)
        bound = iv.meet(region.interval(quantity), region.interval(region.resolve(quantity)))
        inner = Region([(symbol("u"), bound)], every=True)
        phi = self.check(proof, inner, None)
        if not region.equal(replaced(phi, {symbol("u"): quantity}), claim):
            raise Rejected("with `by` for u this is not the claim")

    def _point(self, claim: Node, region: Region, proof: Any) -> None:
        known = {symbol(name): number(b.point) for name, b in region.symbols.items() if b.point is not None}
        self.check(proof, region, replaced(region.resolve(claim), known))

    def _ladder(self, claim: Node, region: Region, maps: Any, generators: Any, proof: Any) -> None:
        ladder.check(region.resolve(claim), maps, generators, proof, region)


def _arguments(tree: Node, op: str) -> list[Node]:
    """The arguments of nested max or min, as written."""
    return [x for arg in tree.args for x in _arguments(arg, op)] if tree.op == op else [tree]
