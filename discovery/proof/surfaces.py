"""The set {(r, A): g = 0, r > 0} on which a where() switches, as level sets of quantities inside g."""

from dataclasses import dataclass

from discovery.expression.canonical import canonical
from discovery.expression.node import (
    RATIO,
    ZERO,
    Apply,
    Expr,
    Number,
    Symbol,
    power,
    subtract,
)
from discovery.proof.products import factored
from discovery.proof.regions import EVERYWHERE
from discovery.proof.sign import normal_form


@dataclass(frozen=True)
class Level:
    """A set {quantity = value}, where a function that contains the quantity is compared with u in its place."""

    quantity: Expr
    value: Expr


def coverings(gap: Expr) -> list[list[Level]]:
    """Families of level sets that each cover {gap = 0}; the first ones look into the gap the least."""
    return [levels(gap, deep=False), levels(gap, deep=True)]


def levels(gap: Expr, *, deep: bool) -> list[Level]:
    """Level sets that cover {gap = 0}: |x| = c is x = c or x = -c.

    Deep: log(x) = c is x = exp(c), r**n = c is r = c**(1/n), x*y = 0 is x = 0 or y = 0.
    """
    scale, rest, shift = normal_form(gap)
    if scale == 0:
        return []
    value = -shift / scale
    match rest:
        case Apply("abs", (x,)):
            sides = [] if value < 0 else dict.fromkeys((value, -value))
            return [level for side in sides for level in levels(canonical(subtract(x, Number(side))), deep=deep)]
        case Apply("log", (x,)) if deep:
            return [Level(x, canonical(Apply("exp", (Number(value),))))]
        case Apply("pow", (Symbol("r"), Number(n))) if deep:
            root = canonical(power(Number(value), 1 / n)) if value > 0 else ZERO
            return [Level(RATIO, root)] if value > 0 else []
        case Apply("pow", (x, Number(n))) if deep and value == 0 and n.denominator == 1 and n > 0:
            return levels(x, deep=deep) * int(n)
        case Apply("mul", factors) if deep and value == 0:
            zeros = [factor for factor in factors if not EVERYWHERE.range(factor).nonzero]
            return [level for factor in zeros for level in levels(factor, deep=deep)]
        case Apply("add", _) if deep and value == 0 and factored(rest) != rest:
            return levels(canonical(factored(rest)), deep=deep)
    return [Level(rest, Number(value))]
