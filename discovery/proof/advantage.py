"""Sectors of the advantage: intervals of A on which one symbolic computation holds, and exact test points in them."""

from fractions import Fraction

from discovery.expression.canonical import canonical
from discovery.expression.node import ADVANTAGE, Expr
from discovery.proof.ranges import INF, Range, intersect
from discovery.proof.sign import normal_form


def advantage_points(sector: Range) -> list[dict[str, Fraction]]:
    """Exact test values of A in a sector."""
    lo, hi = sector.lo, sector.hi
    if lo == hi:
        return [{"A": Fraction(lo)}]
    tests = [Fraction(n, d) for n, d in ((1, 1), (1, 3), (7, 5), (5, 1), (1, 50), (100, 1))]
    if hi == INF:
        start = Fraction(0) if lo == -INF else Fraction(lo)
        return [{"A": start + t} for t in tests]
    if lo == -INF:
        return [{"A": Fraction(hi) - t} for t in tests]
    return [{"A": Fraction(lo) + (Fraction(hi) - Fraction(lo)) * t / (1 + t)} for t in tests]


def split_sector(sector: Range, quantity: Expr) -> list[Range] | None:
    """The parts of a sector on which c*A + d < 0, = 0, > 0; None if `quantity` is not of that form."""
    scale, rest, shift = normal_form(canonical(quantity))
    if rest != ADVANTAGE or scale == 0:
        return None
    root = -shift / scale
    parts = (Range(hi=root), Range(root, root, False, False), Range(lo=root))
    found = [intersect(sector, part) for part in parts]
    found = [part for part in found if not part.empty]
    return found if len(found) > 1 else None
