"""The derivative ladder: N >= 0 for positive variables, by values at 0 and signs of derivatives.

If N is continuous for v >= 0, N >= 0 at v = 0 and d/dv (N/m) >= 0 for v > 0, with a multiplier m > 0 for v >= 0, then
N >= 0 for v > 0. Applied again and again this brings every tangency point to a polynomial without negative
coefficients. Search is free to try anything: only that inference and the sign of coefficients decide.
"""

import itertools
import time
from fractions import Fraction

from flint import ctx, fmpq

from discovery.expression.node import Expr, Symbol
from discovery.proof.generators import evaluate_poly
from discovery.proof.quotient import CONTEXT, NeedsRefinementError, Poly, Quotient, UnsupportedError
from discovery.proof.ring import Ring
from discovery.proof.sturm import nonnegative_on_positives

MAX_TERMS = 600
SECONDS = 0.8


def prove(expr: Expr, variables: dict[Symbol, tuple[str, Fraction, Fraction | None]]) -> str | None:
    """How `expr` >= 0 follows wherever each symbol lies in its interval, or None.

    Args:
        expr: a smooth expression that is defined there.
        variables: for each symbol a map from s > 0: ("up", lo, None) for lo + s, ("down", hi, None) for hi - s,
            ("inverse", hi, lo) for (hi + lo s)/(1 + s), onto (lo, hi).
    """
    try:
        ring, whole = _convert(expr, variables)
        return Ladder(ring, time.monotonic() + SECONDS).start(whole)
    except (UnsupportedError, _TooHardError):
        return None


class _TooHardError(Exception):
    pass


def _convert(expr: Expr, variables: dict[Symbol, tuple[str, Fraction, Fraction | None]]) -> tuple[Ring, Quotient]:
    ring = Ring()
    for _ in range(20):
        ring.reset()
        one = CONTEXT.constant(1)
        for index, (symbol, (kind, start, other)) in enumerate(variables.items()):
            x, first = ring.variable(index), fmpq(start.numerator, start.denominator)
            if kind == "up" and start == 1:  # roots of r = 1 + p become polynomials if r = (1 + p)**m
                x = (1 + CONTEXT.gen(index)) ** ring.roots.get(index, 1) - 1
            if kind == "inverse":
                assert other is not None
                if other == 0:
                    x = (1 + CONTEXT.gen(index)) ** ring.roots.get(index, 1) - 1
                last = fmpq(other.numerator, other.denominator)
                ring.symbols[symbol] = Quotient(first + x * last, one + x)
            else:
                ring.symbols[symbol] = Quotient(first + x if kind == "up" else first - x, one)
        try:
            return ring, ring.convert(expr)
        except NeedsRefinementError:
            continue
    raise UnsupportedError("conversion does not settle")


class Ladder:
    """One search; `deadline` bounds it."""

    def __init__(self, ring: Ring, deadline: float) -> None:
        self.ring, self.deadline = ring, deadline
        self.variables = [i for i, g in enumerate(ring.generators) if g.kind == "variable"]
        self.samples: list[list] = []
        self.failed: dict[str, int] = {}

    def start(self, whole: Quotient) -> str | None:
        n, d = whole.num, whole.den
        if n == 0:
            return "identity"
        if not self.ring.nonnegative_coefficients(d):
            if not self.ring.nonnegative_coefficients(-d):
                return None
            n = -n
        with ctx.workprec(128):
            self._sample()
            for depth in (0, 1, 2, 3, 5, 8, 12):
                used = self.nonnegative(n, depth)
                if used is not None:
                    return f"derivative ladder, {used} steps" if used else "non-negative coefficients"
        return None

    def _sample(self) -> None:
        grid = [fmpq(1, 1000), fmpq(1, 7), fmpq(1), fmpq(4), fmpq(40)]
        for point in itertools.product(grid, repeat=len(self.variables)):
            values = self.ring.values(dict(zip(self.variables, point, strict=True)))
            if all(value.is_finite() for value in values):
                self.samples.append(values)

    def nonnegative(self, p: Poly, depth: int) -> int | None:
        """The number of derivative steps of a proof that p >= 0 for positive generators, or None."""
        if time.monotonic() > self.deadline:
            raise _TooHardError
        if p == 0:
            return 0
        if len(p) > MAX_TERMS:
            return None
        content = p.term_content()
        p = p / (content if content.leading_coefficient() > 0 else -content)
        signs = self.ring.coefficient_signs(p)
        if all(sign == 1 for sign in signs):
            return 0
        if all(sign == -1 for sign in signs):
            return None
        key = str(p)
        if self.failed.get(key, -1) >= depth:
            return None
        self.failed[key] = depth
        if any(evaluate_poly(p, values) < 0 for values in self.samples):
            self.failed[key] = 10**6
            return None
        used = [i for i, degree in enumerate(p.degrees()) if degree]
        if len(used) == 1 and self.ring.generators[used[0]].kind == "variable" and nonnegative_on_positives(p, used[0]):
            return 0
        if not depth:
            return None
        square = self._quadratic(p, depth)
        return square if square is not None else self._step(p, depth)

    def _quadratic(self, p: Poly, depth: int) -> int | None:
        """a g**2 + b g + c >= 0 for all g if a >= 0, c >= 0 and 4 a c - b**2 >= 0."""
        for index, degree in enumerate(p.degrees()):
            if degree == 2 and self.ring.generators[index].kind != "constant":
                a, b, c = (_coefficient(p, index, power) for power in (2, 1, 0))
                parts = [self.nonnegative(part, depth - 1) for part in (a, c, 4 * a * c - b * b)]
                if all(part is not None for part in parts):
                    return 1 + sum(part or 0 for part in parts)
        return None

    def _step(self, p: Poly, depth: int) -> int | None:
        for variable in self.variables:
            start = self.ring.at_zero(p, variable)
            if start is None or start == p:
                continue
            first = self.nonnegative(start, depth - 1)
            if first is None:
                continue
            for multiplier in self._multipliers(p, variable):
                slope = self._slope(p, multiplier, variable)
                rest = None if slope is None else self.nonnegative(slope, depth - 1)
                if rest is not None:
                    return 1 + first + rest
        return None

    def _slope(self, p: Poly, multiplier: Poly, variable: int) -> Poly | None:
        """A positive multiple of d/dv (p/multiplier), as a polynomial; None if its denominator has no sign."""
        slope = self.ring.differentiate(Quotient(p, multiplier), variable)
        if self.ring.nonnegative_coefficients(slope.den):
            return slope.num
        return -slope.num if self.ring.nonnegative_coefficients(-slope.den) else None

    def _multipliers(self, p: Poly, variable: int) -> list[Poly]:
        """1, and the top coefficients of generators, where those stay positive from variable = 0 on."""
        found = [CONTEXT.constant(1)]
        degrees = p.degrees()
        for index, made in enumerate(self.ring.generators):
            if made.kind in ("variable", "constant") or not degrees[index]:
                continue
            candidates = [_coefficient(p, index, int(degrees[index]))]
            if made.kind in ("exp", "root"):
                candidates.append((CONTEXT.gen(index) + 1) ** int(degrees[index]))
            for candidate in candidates:
                if candidate.is_constant() or candidate in found:
                    continue
                start = self.ring.at_zero(candidate, variable)
                if start is None or start == 0:
                    continue
                if self.ring.nonnegative_coefficients(candidate) and self.ring.nonnegative_coefficients(start):
                    found.append(candidate)
        return found


def _coefficient(p: Poly, index: int, degree: int) -> Poly:
    """The coefficient of generator**degree in p."""
    terms = {}
    for exponents, value in p.to_dict().items():
        if exponents[index] == degree:
            terms[(*exponents[:index], 0, *exponents[index + 1 :])] = value
    return CONTEXT.from_dict(terms)
