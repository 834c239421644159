"""Exact evidence of a jump of f across a surface on which a where() or sign() switches.

Near a point of that surface at which no other switch switches, f equals one of a few formulas, each continuous there:
X on the one side, Y on the other (and Z on it, for sign). If two of them differ at the point, f jumps; one ball
that excludes 0 shows it. All switches with the same condition are replaced together.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from discovery.expression.canonical import canonical
from discovery.expression.node import MINUS_ONE, ONE, ZERO, Apply, Expr, subtract, symbols, walk
from discovery.expression.printer import to_text
from discovery.proof.enclosure import UndefinedError, to_fmpq
from discovery.proof.values import value_at, value_over

WIDTH, UNIT = Fraction(1, 10**12), Fraction(1, 10**13)
COARSE = Fraction(1, 10**7)  # close enough to recognise a short rational
_LINES = {
    "A": tuple(Fraction(n, 7) for n in (-900, -90, -30, -9, -2, 2, 9, 30, 90, 900)),
    "r": tuple(Fraction(n, 70) for n in (1, 9, 30, 60, 90, 300, 900, 9000)),
}
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
    brackets = list(_brackets(surface))
    for bracket in brackets:
        exact = _narrowed(surface, bracket, COARSE).exact(surface)
        if exact is not None:
            yield exact, bracket.symbol, Fraction(0)
    for bracket in brackets:
        low = _narrowed(surface, bracket, WIDTH - 2 * UNIT).low // UNIT * UNIT
        yield {**bracket.place, bracket.symbol: low}, bracket.symbol, WIDTH


@dataclass(frozen=True)
class _Bracket:
    """`surface` has opposite signs at the ends; `rising` tells which."""

    place: dict[str, Fraction]
    symbol: str
    low: Fraction
    high: Fraction
    rising: bool

    def exact(self, surface: Expr) -> dict[str, Fraction] | None:
        """The place inside at which the surface is 0, if it is a short rational."""
        place = {**self.place, self.symbol: ((self.low + self.high) / 2).limit_denominator(1000)}
        return place if _value(surface, place) == 0 else None


def _brackets(surface: Expr) -> Iterator[_Bracket]:
    """Intervals along A, then along r, at whose ends the surface has opposite signs."""
    for symbol, other, values in (("A", "r", _OTHERS), ("r", "A", (*_OTHERS, *(-x for x in _OTHERS)))):
        for value in values if symbol in symbols(surface) else ():
            signs = [_value(surface, {symbol: at, other: value}) for at in _LINES[symbol]]
            for (low, start), (high, end) in itertools.pairwise(zip(_LINES[symbol], signs, strict=True)):
                if start is not None and end is not None and start * end < 0:
                    yield _Bracket({other: value}, symbol, low, high, rising=start < 0)


def _narrowed(surface: Expr, bracket: _Bracket, width: Fraction) -> _Bracket:
    """The bracket halved until it is not wider than `width`, or until its middle is a zero."""
    low, high = bracket.low, bracket.high
    while high - low > width:
        middle = (low + high) / 2
        value = _value(surface, {**bracket.place, bracket.symbol: middle})
        if not value:
            return replace(bracket, low=middle, high=middle)
        low, high = (middle, high) if (value < 0) is bracket.rising else (low, middle)
    return replace(bracket, low=low, high=high)


def _value(expr: Expr, place: dict[str, Fraction]) -> Fraction | None:
    try:
        return value_at(expr, place["r"], place["A"])
    except UndefinedError:
        return None


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
