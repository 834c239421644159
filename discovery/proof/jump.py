"""Exact evidence of a jump of f across a surface on which a where() or sign() switches.

Near a point of that surface at which no other switch switches, f equals one of a few formulas, each continuous there:
X on the one side, Y on the other (and Z on it, for sign). If two of them differ at the point, f jumps; one ball
that excludes 0 shows it. All switches with the same condition are replaced together.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from discovery.expression.canonical import canonical
from discovery.expression.node import MINUS_ONE, ONE, ZERO, Apply, Expr, Number, substitute, subtract, walk
from discovery.expression.printer import to_text
from discovery.proof.enclosure import UndecidedError, UndefinedError, bounds, evaluate, to_fmpq, value_at, value_over
from discovery.proof.surfaces import Graph, solve

NEAR = Fraction(1, 10**9)
WIDTH, UNIT = Fraction(1, 10**12), Fraction(1, 10**13)
_LINE = tuple(Fraction(n, 7) for n in (-900, -90, -30, -9, -2, 2, 9, 30, 90, 900))
_OTHERS = tuple(Fraction(n, d) for n, d in ((2, 1), (1, 2), (3, 2), (5, 7), (9, 4)))


@dataclass(frozen=True)
class Jump:
    """f jumps by at least |height| across {on = 0} where `symbol` is in [its value in place, that + width].

    Attributes:
        place: rational values of r and A.
        width: 0 if the jump is at `place` itself; positive where its position is irrational.
        height: a bound, with its sign.
        on: text of the surface, which is monotone in `symbol`.
        symbol: "r" or "A".
    """

    place: dict[str, Fraction]
    width: Fraction
    height: Fraction
    on: str
    symbol: str


def jump_point(expr: Expr) -> Jump | None:
    """A place at which f is certainly not continuous, or None."""
    switches = [node for node in walk(expr) if isinstance(node, Apply) and node.op in ("where", "sign")]
    for key in dict.fromkeys(_key(node) for node in switches):
        others = dict.fromkeys(_surface(_key(node)) for node in switches if _key(node) != key)
        first, *later = [_with_value(expr, key, index) for index in range(2 if key.op == "le" else 3)]
        for place, symbol, width in _places(_surface(key)):
            if all(_nonzero(surface, place, symbol, width) for surface in others):
                for second in later:
                    height = _nonzero(canonical(subtract(first, second)), place, symbol, width)
                    if height is not None:
                        return Jump(place, width, height if width == 0 else height / 2, to_text(_surface(key)), symbol)
    return None


def _places(surface: Expr) -> Iterator[tuple[dict[str, Fraction], str, Fraction]]:
    """(place, symbol, width): the surface changes sign along `symbol`; exact places first."""
    graphs = solve(surface, Fraction(0)) or []
    for exact in (True, False):
        for graph in graphs:
            for other in _OTHERS:
                for sign in (1, -1):
                    place, width = _on_graph(graph, {"r": other, "A": sign * other})
                    crossed = place and _crosses(surface, graph.symbol, place, width)
                    if crossed and (width == 0) is exact:
                        yield place, graph.symbol, width
    if not graphs:
        yield from (({"r": r, "A": low}, "A", WIDTH) for r in _OTHERS for low in _bisected(surface, r))


def _bisected(surface: Expr, r: Fraction) -> Iterator[Fraction]:
    """A such that the surface changes sign on [A, A + WIDTH] at this r."""
    values = [value_at(surface, r, A) for A in _LINE]
    for (low, at_low), (high, at_high) in itertools.pairwise(zip(_LINE, values, strict=True)):
        if at_low is None or at_high is None or at_low * at_high >= 0:
            continue
        while high - low > WIDTH - 2 * UNIT:
            middle = (low + high) / 2
            at_middle = value_at(surface, r, middle)
            if not at_middle:
                break
            low, high = (middle, high) if at_middle * at_low > 0 else (low, middle)
        else:
            yield low // UNIT * UNIT


def _on_graph(graph: Graph, point: dict[str, Fraction]) -> tuple[dict[str, Fraction], Fraction]:
    """The point moved onto the graph along its symbol, and the width of the interval that it is known to within."""
    try:
        found = canonical(substitute(graph.value, {key: Number(value) for key, value in point.items()}))
        if isinstance(found, Number):
            return ({**point, graph.symbol: found.value} if graph.symbol == "A" or found.value > 0 else {}), Fraction(0)
        low, high = bounds(evaluate(found, {}, 128))
    except (ValueError, UndefinedError, UndecidedError, OverflowError):
        return {}, Fraction(0)
    low = low // WIDTH * WIDTH
    return ({**point, graph.symbol: low}, 2 * WIDTH) if high < low + 2 * WIDTH and low > 0 else ({}, Fraction(0))


def _crosses(surface: Expr, name: str, place: dict[str, Fraction], width: Fraction) -> bool:
    """Whether `surface` has opposite signs on both sides of the place (the checker looks at its slope there)."""
    ends = [{**place, name: place[name] + step} for step in (-NEAR if width == 0 else 0, NEAR if width == 0 else width)]
    below, above = (value_at(surface, end["r"], end["A"]) for end in ends)
    if below is None or above is None or below * above >= 0:
        return False
    return width > 0 or value_at(surface, place["r"], place["A"]) == 0


def _nonzero(expr: Expr, place: dict[str, Fraction], symbol: str, width: Fraction) -> Fraction | None:
    """A rational between 0 and `expr` over the whole interval, on its side of 0; None if it may be 0."""
    others = {name: to_fmpq(value) for name, value in place.items() if name != symbol}
    try:
        return value_over(expr, others, symbol, place[symbol], place[symbol] + width) or None
    except UndefinedError:
        return None


def _key(node: Apply) -> Apply:
    """What decides a switch: the condition of a where(), or sign(x) itself."""
    key = node.args[0] if node.op == "where" else node
    assert isinstance(key, Apply)
    return key


def _surface(key: Apply) -> Expr:
    """The expression whose zero set the switch switches on."""
    return key.args[0] if key.op == "sign" else canonical(subtract(key.args[1], key.args[0]))


def _with_value(expr: Expr, key: Apply, index: int) -> Expr:
    """f with every switch on `key` set to its piece number `index`."""
    if expr == key and key.op == "sign":
        return (ZERO, ONE, MINUS_ONE)[index]
    if not isinstance(expr, Apply):
        return expr
    if expr.op == "where" and expr.args[0] == key:
        return _with_value(expr.args[1 + index], key, index)
    return Apply(expr.op, tuple(_with_value(arg, key, index) for arg in expr.args))
