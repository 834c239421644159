"""f >= 0 from the structure of f: sign ranges, cases, one-variable abstraction and the derivative ladder.

All rules are used on a region given by `Assumptions`. f is taken to be defined and continuous (proved elsewhere, and
required by the caller), so it is enough to look at the open sectors r > 1, r < 1 crossed with A > 0, A < 0.
"""

import time
from fractions import Fraction

from discovery.expression.canonical import canonical
from discovery.expression.node import (
    ADVANTAGE,
    MINUS_ONE,
    RATIO,
    Apply,
    Expr,
    Number,
    Symbol,
    add,
    mul,
    substitute,
    symbols,
    walk,
)
from discovery.proof import ladder, ranges
from discovery.proof.onevariable import U, abstractions
from discovery.proof.ranges import INF, POSITIVE, Range
from discovery.proof.sign import Assumptions
from discovery.proof.switches import first_switch, is_smooth, pieces, resolve, without_sign
from discovery.proof.zero import is_zero

ABOVE = Range(lo=Fraction(1))
BELOW = Range(Fraction(0), Fraction(1))
NEGATIVE = Range(hi=Fraction(0))
EVERYWHERE = Assumptions({RATIO: POSITIVE})
SECTORS = tuple(Assumptions({RATIO: r, ADVANTAGE: A}) for r in (ABOVE, BELOW) for A in (POSITIVE, NEGATIVE))
MAX_SPLITS = 6
MAX_WEAKENED = 2  # the number of splits after which no term of a sum is weakened any more


class Prover:
    """One attempt, bounded by a deadline; `methods` collects what was used."""

    def __init__(self, seconds: float = 4.0) -> None:
        self.deadline = time.monotonic() + seconds
        self.methods: set[str] = set()

    def nonnegative_everywhere(self, expr: Expr) -> bool:
        """f >= 0 for all r > 0 and real A, given that f is defined and continuous."""
        if self._by_shape(expr, EVERYWHERE, 0):
            return True
        for name, new, assume in abstractions(expr, EVERYWHERE):
            if self._halves(new, assume):
                self.methods.add(f"one variable u = {name}")
                return True
        sectors = SECTORS
        if "A" not in symbols(expr):
            sectors = SECTORS[::2]
        return all(self.nonnegative(expr, sector) for sector in sectors)

    def _halves(self, expr: Expr, assume: Assumptions, splits: int = 0) -> bool:
        """One variable: u > 0, u < 0 and u = 0, as far as they are in range."""
        whole = assume.range(U)
        origin = ranges.point(Fraction(0))
        if not ranges.intersect(whole, origin).empty:
            start = canonical(substitute(expr, {"u": Number(Fraction(0))}))
            if not Assumptions({}).range(start).nonnegative and is_zero(start, [{}]) is not True:
                return False
        halves = [ranges.intersect(whole, half) for half in (POSITIVE, NEGATIVE)]
        return all(half.empty or self.nonnegative(expr, Assumptions({U: half}), splits + 1) for half in halves)

    def nonnegative(self, expr: Expr, assume: Assumptions, splits: int = 0) -> bool:
        """f >= 0 wherever the assumptions hold; False if no proof is found."""
        if time.monotonic() > self.deadline or splits > MAX_SPLITS:
            return False
        expr = resolve(expr, assume)
        if any(isinstance(node, Apply) and node.op == "sign" for node in walk(expr)):
            expr = resolve(without_sign(expr), assume)
        if self._by_shape(expr, assume, splits):
            return True
        for name, new, case in abstractions(expr, assume):
            if self._halves(new, case, splits):
                self.methods.add(f"one variable u = {name}")
                return True
        if is_smooth(expr):
            return self._by_ladder(expr, assume)
        return self._by_cases(expr, assume, splits)

    def _by_shape(self, expr: Expr, assume: Assumptions, splits: int) -> bool:
        if assume.range(expr).nonnegative:
            self.methods.add("sign structure")
            return True
        if not isinstance(expr, Apply):
            return False
        match expr.op:
            case "max":
                return any(self.nonnegative(arg, assume, splits + 1) for arg in expr.args)
            case "min":
                return all(self.nonnegative(arg, assume, splits + 1) for arg in expr.args)
            case "clip":
                x, _, high = expr.args
                return all(self.nonnegative(arg, assume, splits + 1) for arg in (high, x))
            case "where":
                condition, x, y = expr.args
                cases = ((assume.case(condition, True), x), (assume.case(condition, False), y))
                return all(case is None or self.nonnegative(part, case, splits + 1) for case, part in cases)
            case "mul":
                return self._product(expr, assume, splits)
            case "pow" if isinstance(expr.args[1], Number):
                value = expr.args[1].value
                return value.denominator == 1 and value > 0 and self.nonnegative(expr.args[0], assume, splits + 1)
            case "add":
                few = len(expr.args) <= 4
                return few and (self._terms(expr, assume, splits) or self._weakened(expr, assume, splits))
        return False

    def _product(self, expr: Apply, assume: Assumptions, splits: int) -> bool:
        """Factors of known sign are dropped; what is left must be one factor."""
        sign, left = 1, []
        for factor in expr.args:
            found = assume.range(factor)
            if found.nonnegative:
                continue
            if found.nonpositive:
                sign = -sign
            else:
                left.append(factor)
        if len(left) != 1 or len(left) == len(expr.args):
            return False
        rest = left[0] if sign > 0 else canonical(mul(MINUS_ONE, left[0]))
        return self.nonnegative(rest, assume, splits + 1)

    def _terms(self, expr: Apply, assume: Assumptions, splits: int) -> bool:
        """A sum of switching parts: without its non-negative terms, if that is enough; or term by term."""
        left = [term for term in expr.args if not (assume.range(term).nonnegative and not is_smooth(term))]
        if not left or len(left) == len(expr.args):
            return False
        rest = left[0] if len(left) == 1 else Apply("add", tuple(left))
        return self.nonnegative(rest, assume, splits + 1)

    def _weakened(self, expr: Apply, assume: Assumptions, splits: int) -> bool:
        """A sum with a term of `weaker_terms` replaced by a term that is at most as large."""
        if splits >= MAX_WEAKENED:
            return False
        for position, term in enumerate(expr.args):
            others = (*expr.args[:position], *expr.args[position + 1 :])
            for weaker in weaker_terms(term):
                if self.nonnegative(canonical(add(weaker, *others)), assume, splits + 1):
                    return True
        return False

    def _by_cases(self, expr: Expr, assume: Assumptions, splits: int) -> bool:
        """Split at the first switch: node = x where g >= 0 and y where g <= 0."""
        node = first_switch(expr)
        if node is None:
            return False
        g, _, _ = pieces(node)
        zero = Number(Fraction(0))
        cases = (assume.case(Apply("le", (zero, g)), True), assume.case(Apply("le", (zero, g)), False))
        for case in cases:
            if case is None:
                continue
            reduced = resolve(expr, case)
            if first_switch(reduced) == node and reduced == expr:
                return False  # the case decided nothing
            if not self.nonnegative(reduced, case, splits + 1):
                return False
        self.methods.add("cases")
        return True

    def _by_ladder(self, expr: Expr, assume: Assumptions) -> bool:
        used = sorted(symbols(expr))
        for orientation in (True, False):
            maps = {Symbol(name): _map(assume.range(Symbol(name)), orientation) for name in used}
            complete = {symbol: found for symbol, found in maps.items() if found is not None}
            if len(complete) < len(maps):
                return False
            method = ladder.prove(expr, complete)
            if method is not None:
                self.methods.add("derivative ladder" if "ladder" in method else method)
                return True
            if all(kind != "inverse" for kind, _, _ in complete.values()):
                return False
        return False


def weaker_terms(term: Expr) -> list[Expr]:
    """Terms <= c*max(x, y) or c*relu(x) for c > 0, or <= c*min(x, y) for c < 0: c*x, c*y (and 0 for relu)."""
    coefficient, rest = Fraction(1), term
    match term:
        case Apply("mul", (Number(value), other)):
            coefficient, rest = value, other
    match rest:
        case Apply("max", args) if coefficient > 0:
            return [mul(Number(coefficient), arg) for arg in args]
        case Apply("min", args) if coefficient < 0:
            return [mul(Number(coefficient), arg) for arg in args]
        case Apply("relu", (x,)) if coefficient > 0:
            return [Number(Fraction(0)), mul(Number(coefficient), x)]
    return []


def _map(found: Range, from_top: bool) -> tuple[str, Fraction, Fraction | None] | None:
    """A map from s > 0 onto the open interval (see `ladder.prove`); None for the whole line."""
    lo, hi = found.lo, found.hi
    if isinstance(lo, float) and isinstance(hi, float):
        return None
    if hi == INF:
        return "up", Fraction(lo), None
    if isinstance(lo, float):
        return "down", Fraction(hi), None
    start, other = (hi, lo) if from_top else (lo, hi)
    return "inverse", Fraction(start), Fraction(other)
