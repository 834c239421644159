"""Counterexamples: exact rational points, and interval arithmetic there."""

from collections.abc import Callable
from typing import Any

from flint import ctx, fmpq

from discovery.proof.checker.expression import (
    Node,
    Rejected,
    add,
    fields,
    minus,
    mul,
    number,
    power,
    rational,
    read,
    replaced,
    subtrees,
)
from discovery.proof.checker.interval import Infinity, Interval, single
from discovery.proof.checker.local import DERIVATIVES, Side, at_one, jet
from discovery.proof.checker.region import Region, everywhere, symbol

PRECISIONS = (128, 512, 2_048, 8_192)
KINDS = {
    "negative": (),
    "nonzero": (),
    "undefined": (),
    "slope": ("side",),
    "step": ("side",),
    "jump": ("on", "symbol", "width"),
}


def check(f: Node, data: Any) -> None:
    """Checks that a condition fails for f."""
    kind = data.get("kind") if isinstance(data, dict) else None
    if kind not in KINDS:
        raise Rejected(f"the kind is one of {', '.join(KINDS)}")
    _, r, a, value, *rest = fields(data, "kind", "r", "A", "value", *KINDS[kind])
    at = {"r": rational(r), "A": rational(a)}
    if at["r"] <= 0 or (kind in ("nonzero", "slope", "step") and at["r"] != 1):
        raise Rejected("r is not positive, or not 1")
    if kind == "undefined":
        if value != "undefined" or not undefined(f, _point(at)):
            raise Rejected("f is not certainly undefined there")
        return
    if kind in ("slope", "step"):
        _one_sided(f, kind, at, value, *rest)
        return
    bound = rational(value)
    if kind == "jump":
        _jump(f, at, bound, *rest)
        return
    if bound == 0 or (kind == "negative" and bound > 0):
        raise Rejected("the value has the wrong sign")
    if not _beyond(lambda: _point(at).interval(f), bound):
        raise Rejected("f does not lie beyond the value there")


def _point(at: dict[str, fmpq]) -> Region:
    return Region([(symbol(name), single(value)) for name, value in at.items()])


def _beyond(interval: Callable[[], Interval], bound: fmpq) -> bool:
    """Whether the bound lies between 0 and everything in the interval, at some precision."""
    for bits in PRECISIONS:
        with ctx.workprec(bits):
            found = interval()
            if (found.hi[0] <= bound) if bound < 0 else (found.lo[0] >= bound):
                return True
    return False


def undefined(tree: Node, point: Region) -> bool:
    """Whether `tree` is certainly no real number at the point."""
    if tree.op in ("number", "symbol"):
        return False
    if tree.op == "where":
        gap = point.interval(tree.args[0])
        if gap.nonnegative or gap.negative:
            return undefined(tree.args[0], point) or undefined(tree.args[1 if gap.nonnegative else 2], point)
        return undefined(tree.args[0], point)
    if any(undefined(arg, point) for arg in tree.args):
        return True
    x = point.interval(tree.args[0])
    if tree.op == "log":
        return x.nonpositive
    if tree.op == "pow":
        n = tree.args[1].value
        if n is not None and n.q == 1:
            return n < 0 and x.point == 0
        return x.negative if n is not None and n > 0 else x.nonpositive
    return False


def _one_sided(f: Node, kind: str, at: dict[str, fmpq], value: Any, side: Any) -> None:
    """The expansion of f on one side of r = 1, for one A."""
    if type(side) is not int or side not in (1, -1):
        raise Rejected("a side is 1 or -1")
    point = _point(at)
    if not _defined_at(f, point):
        raise Rejected("f(1, A) is not certainly defined")
    expansion = Side(everywhere(), side, single(at["A"]))
    found = expansion.expand(f)
    start = minus(found.terms.get(fmpq(0), number(0)), at_one(f, expansion.one))
    low = {k: c for k, c in found.terms.items() if 0 < k < 1}
    infinite = value == "infinite" and kind == "slope"
    if expansion.unsure or (kind == "slope" and not expansion.one.equal(start, number(0))):
        raise Rejected("f is not known to be continuous on that side")
    if infinite:
        if not any(expansion.sign(c) for c in low.values()):
            raise Rejected("the difference quotient is not shown to be infinite")
        return
    order, bound = fmpq(1 if kind == "slope" else 0), rational(value)
    quantity = start if kind == "step" else found.terms.get(order, number(0))
    if found.order < order or (kind == "slope" and any(expansion.sign(c) != 0 for c in low.values())) or bound == 0:
        raise Rejected("there is no such slope or step")
    signed = jet({order: quantity}).terms.get(order, number(0))
    limit = -bound if kind == "slope" and side < 0 else bound
    if not _beyond(lambda: _point(at).interval(signed), limit):
        raise Rejected("the slope or step does not lie beyond the value")


def _defined_at(f: Node, point: Region) -> bool:
    """Whether the interval of f at the point is bounded: then f is defined there."""
    for bits in PRECISIONS:
        with ctx.workprec(bits):
            found = Region(point.facts).interval(f)
            if not isinstance(found.lo[0], Infinity) and not isinstance(found.hi[0], Infinity):
                return True
    return False


def _jump(f: Node, at: dict[str, fmpq], bound: fmpq, on: Any, name: Any, width: Any) -> None:
    """f is different on two sides of {g = 0}, which g crosses at the place, and nothing else switches there."""
    g, length = read(on), rational(width)
    if name not in ("r", "A") or length < 0 or bound == 0:
        raise Rejected("a jump has a symbol r or A, a width >= 0 and a height")
    segment = Interval((at[name], 0), (at[name] + length, 0))
    place = Region([(symbol(n), segment if n == name else single(v)) for n, v in at.items()])
    ends = [_point({**at, name: end}).interval(g) for end in (at[name], at[name] + length)]
    crosses = ends[0].point == 0 if length == 0 else iv_signs(ends) == {1, -1}
    slope = derivative(place.resolve(g), symbol(name))
    place.require(g)
    if not crosses or not place.interval(slope).nonzero:
        raise Rejected("g does not change its sign at the place")
    sides: list[dict[Node, Node]] = [{}, {}, {}]  # g > 0, g < 0, g = 0
    for part in subtrees(f):
        if part.op != "where":
            continue
        gap = part.args[0]
        same, form = everywhere().field.forms(gap, g)
        lead = same.num.leading_coefficient() / form.num.leading_coefficient() if same.num != 0 else 0
        if lead != 0 and same == (form.num * lead, form.den):
            for side, sign in zip(sides, (1, -1, 0), strict=True):
                side[part] = part.args[1 if sign * lead >= 0 else 2]
        elif not place.interval(gap).nonzero:
            raise Rejected("something else switches at the place")
    pieces = [_with_branches(f, side) for side in sides]
    for x in pieces:
        for y in pieces:
            if x is not y and _beyond(lambda x=x, y=y: _again(place).interval(minus(x, y)), bound):
                return
    raise Rejected("no jump of that height is shown")


def _again(region: Region) -> Region:
    """The same region with nothing remembered: intervals are computed anew at another precision."""
    return Region(region.facts)


def _with_branches(f: Node, choice: dict[Node, Node]) -> Node:
    """f with switches replaced by the branch that is chosen, from outside in."""
    if f in choice:
        return _with_branches(choice[f], choice)
    inner = f.op not in ("number", "symbol")
    return replaced(f, {arg: _with_branches(arg, choice) for arg in f.args}) if inner else f


def iv_signs(found: list[Interval]) -> set[int]:
    return {1 if x.positive else -1 if x.negative else 0 for x in found}


def derivative(tree: Node, x: Node) -> Node:
    """d tree/dx for sums, products, powers, exp, log and tanh; Rejected for what has kinks."""
    if not tree.symbols & set(x.args):
        return number(0)
    if tree is x:
        return number(1)
    match tree.op:
        case "add":
            return add(*(derivative(arg, x) for arg in tree.args))
        case "mul":
            terms = [mul(derivative(a, x), *tree.args[:i], *tree.args[i + 1 :]) for i, a in enumerate(tree.args)]
            return add(*terms)
        case "pow" if tree.args[1].value is not None:
            base, n = tree.args[0], tree.args[1].value
            return mul(number(n), power(base, number(n - 1)), derivative(base, x))
        case "log":
            return mul(power(tree.args[0], number(-1)), derivative(tree.args[0], x))
        case op if op in DERIVATIVES:
            return mul(DERIVATIVES[op](tree.args[0])[1], derivative(tree.args[0], x))
    raise Rejected(f"{tree.op} has no derivative here")
