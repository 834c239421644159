"""Exact evidence of a jump of f across a surface on which a where() or sign() switches.

Near a point of that surface at which no other switch switches, f equals one of a few formulas, each continuous there:
X on the one side, Y on the other (and Z on it, for sign). If two of them differ at the point, f jumps; one ball
that excludes 0 shows it. All switches with the same condition are replaced together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from discovery.expression.canonical import canonical
from discovery.expression.node import MINUS_ONE, ONE, ZERO, Apply, Expr, Number, substitute, subtract, walk
from discovery.expression.printer import to_text
from discovery.proof.enclosure import UndefinedError, value_at
from discovery.proof.surfaces import solve

NEAR = Fraction(1, 10**9)
_OTHERS = tuple(Fraction(n, d) for n, d in ((2, 1), (1, 2), (3, 2), (5, 7), (9, 4)))


@dataclass(frozen=True)
class Jump:
    """f jumps by at least |height| across {on = 0} at (r, A), where `on` is monotone in `symbol`."""

    r: Fraction
    A: Fraction
    height: Fraction
    on: str
    symbol: str


def jump_point(expr: Expr) -> Jump | None:
    """A point at which f is certainly not continuous, or None."""
    switches = [node for node in walk(expr) if isinstance(node, Apply) and node.op in ("where", "sign")]
    for key in dict.fromkeys(_key(node) for node in switches):
        others = dict.fromkeys(_surface(_key(node)) for node in switches if _key(node) != key)
        first, *later = [_with_value(expr, key, index) for index in range(2 if key.op == "le" else 3)]
        for r, A, symbol in _points(_surface(key)):
            if all(_away(surface, r, A) for surface in others):
                for second in later:
                    height = _height(canonical(subtract(first, second)), r, A)
                    if height is not None:
                        return Jump(r, A, height, to_text(_surface(key)), symbol)
    return None


def _points(surface: Expr) -> Iterator[tuple[Fraction, Fraction, str]]:
    """Rational points (r, A) on {surface = 0} at which the surface changes sign along a symbol."""
    for graph in solve(surface, Fraction(0)) or ():
        name, place = graph.symbol, graph.value
        for other in _OTHERS:
            for sign in (1, -1):
                point = {"r": other, "A": sign * other}
                try:
                    found = canonical(substitute(place, {key: Number(value) for key, value in point.items()}))
                except ValueError:
                    continue
                if isinstance(found, Number):
                    point[name] = found.value
                    if point["r"] > 0 and _crosses(surface, name, point):
                        yield point["r"], point["A"], name


def _crosses(surface: Expr, name: str, point: dict[str, Fraction]) -> bool:
    """Whether `surface` is 0 at the point and has opposite signs close to it (the checker looks at its slope there)."""
    places = [{**point, name: point[name] + step} for step in (Fraction(0), NEAR, -NEAR)]
    at, above, below = (value_at(surface, place["r"], place["A"]) for place in places)
    return at == 0 and above is not None and below is not None and above * below < 0


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


def _away(surface: Expr, r: Fraction, A: Fraction) -> bool:
    try:
        margin = value_at(surface, r, A)
    except UndefinedError:
        return False
    return margin is not None and margin != 0


def _height(difference: Expr, r: Fraction, A: Fraction) -> Fraction | None:
    try:
        height = value_at(difference, r, A)
    except UndefinedError:
        return None
    return height or None
