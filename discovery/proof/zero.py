"""Exact zero tests: "is this expression 0 for all arguments?" answered yes, no or unknown, never by floating point.

Yes needs exact algebra (our canonical form, our ring, or sympy) and is cross-checked by arb enclosures, which must
contain 0 at every test point. No needs one exact point whose enclosure excludes 0.
"""

from collections.abc import Iterable
from fractions import Fraction

from flint import arb, ctx, fmpq

from discovery.expression.canonical import canonical
from discovery.expression.node import ADVANTAGE, PROGRESS, RATIO, ZERO, Apply, Expr, size_and_depth, symbols, walk
from discovery.proof.enclosure import UndecidedError, UndefinedError, evaluate, to_fmpq
from discovery.proof.quotient import NeedsRefinementError, Quotient, UnsupportedError
from discovery.proof.ring import Ring
from discovery.proof.switches import is_smooth

_TESTS = tuple(Fraction(n, d) for n, d in ((1, 1), (1, 3), (7, 5), (2, 1), (13, 17), (5, 1), (1, 50)))
MAX_SYMPY_NODES = 80


def is_zero(expr: Expr, points: Iterable[dict[str, Fraction]]) -> bool | None:
    """Whether `expr` vanishes identically (True), or not at one of `points` (False); None if neither is certain.

    Args:
        expr: the expression, defined in the region in question.
        points: exact points of that region.
    """
    if canonical(expr) == ZERO:
        return True
    points = list(points)
    contains = [_contains_zero(expr, at) for at in points]
    if False in contains:
        return False
    if contains.count(True) < min(3, len(points)):
        return None
    return True if _zero_in_ring(expr) or _zero_in_sympy(expr) else None


def _contains_zero(expr: Expr, at: dict[str, Fraction]) -> bool | None:
    try:
        value = evaluate(expr, {name: to_fmpq(v) for name, v in at.items()}, 256)
    except (UndefinedError, UndecidedError, OverflowError):
        return None
    if isinstance(value, fmpq):
        return value == 0
    if not value.is_finite():
        return None
    with ctx.workprec(256):
        return bool(value.contains(arb(0)))


def _zero_in_ring(expr: Expr) -> bool:
    """Whether the ring form is 0 on all four open sectors: r = 1 + g or 1/(1 + g), A = g or -g, g > 0.

    Progress is in (0, 1), as 1/(1 + g).
    """
    if not is_smooth(expr):
        return False
    return all(_zero_in_sector(expr, above, positive) for above in (True, False) for positive in (True, False))


def _zero_in_sector(expr: Expr, above: bool, positive: bool) -> bool:
    ring = Ring()
    for _ in range(20):
        ring.reset()
        try:
            p, a = ring.variable(0, "p"), ring.variable(1, "a")
            one = p**0
            ring.symbols[RATIO] = Quotient(1 + p, one) if above else Quotient(one, 1 + p)
            ring.symbols[ADVANTAGE] = Quotient(a if positive else -a, one)
            if PROGRESS.name in symbols(expr):
                ring.symbols[PROGRESS] = Quotient(one, 1 + ring.variable(2, "q"))
            return ring.convert(expr).num == 0
        except NeedsRefinementError:
            continue
        except UnsupportedError:
            return False
    return False


def _zero_in_sympy(expr: Expr) -> bool:
    """sympy's opinion, on continuous formulas only: it drops pieces of a where() that hold at a single point."""
    if size_and_depth(expr)[0] > MAX_SYMPY_NODES or any(_jumps(node) for node in walk(expr)):
        return False
    import sympy

    from discovery.expression.to_sympy import to_sympy

    return sympy.simplify(to_sympy(expr)) == 0


def _jumps(node: Expr) -> bool:
    return isinstance(node, Apply) and node.op in ("where", "sign")


def sample_points(expr: Expr, **ranges: tuple[Fraction, Fraction | None]) -> list[dict[str, Fraction]]:
    """Points for the symbols of `expr` in open intervals (lo, hi), hi None for infinity; lo is finite."""
    found = []
    names = [name for name in ranges if name in symbols(expr)]
    for index in range(len(_TESTS)):
        at = {}
        for shift, name in enumerate(names):
            t = _TESTS[(index + 2 * shift) % len(_TESTS)]
            lo, hi = ranges[name]
            at[name] = lo + t if hi is None else lo + (hi - lo) * t / (1 + t)
        found.append(at)
    return found[:1] if not names else found
