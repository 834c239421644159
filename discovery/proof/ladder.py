"""The derivative ladder: N >= 0 for positive variables, by values at 0 and signs of derivatives.

If N is continuous for v >= 0, N >= 0 at v = 0 and d/dv (N/m) >= 0 for v > 0, with a multiplier m > 0 for v >= 0, then
N >= 0 for v > 0. Applied again and again this brings every tangency point to a polynomial without negative
coefficients. Search is free to try anything: the checker repeats the steps that were found.
"""

import itertools
import time
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
from flint import ctx, fmpq

from discovery.expression.node import Expr, Symbol
from discovery.expression.printer import to_text
from discovery.proof.quotient import CONTEXT, SIZE, NeedsRefinementError, Poly, Quotient, UnsupportedError
from discovery.proof.ranges import Range
from discovery.proof.ring import Ring
from discovery.proof.sturm import nonnegative_on_positives
from discovery.proof.tree import Step

MAX_TERMS = 600
SECONDS = 0.8
LARGEST = 10**60  # of the value of a generator at a sample
LETTERS = {"r": "p", "A": "a", "progress": "q", "u": "v"}
Map = tuple[str, Fraction, Fraction | None]


def prove(expr: Expr, variables: dict[Symbol, Map], seconds: float = SECONDS) -> Step | None:
    """A `ladder` node that proves `expr` >= 0 wherever each symbol lies in its interval, or None.

    Args:
        expr: a smooth expression that is defined there.
        variables: for each symbol a map from s > 0: ("up", lo, None) for lo + s, ("down", hi, None) for hi - s,
            ("inverse", hi, lo) for (hi + lo s)/(1 + s), onto (lo, hi).
        seconds: a soft limit.
    """
    try:
        ring, whole = _convert(expr, variables)
        steps = Ladder(ring, time.monotonic() + seconds).start(whole)
    except (UnsupportedError, _TooHardError):
        return None
    if steps is None:
        return None
    return {
        "rule": "ladder",
        "claim": to_text(expr),
        "map": {symbol.name: ring.text(ring.symbols[symbol]) for symbol in variables},
        "generators": ring.declarations(),
        "proof": steps,
    }


class _TooHardError(Exception):
    pass


def map_onto(found: Range, way: int) -> Map | None:
    """A map from s > 0 onto a set that contains the open interval (see `prove`); None for the whole line.

    Ways 0 and 1 map onto a bounded interval, from its top and from its bottom; 2 and 3 onto a half-line.
    """
    lo, hi = found.lo, found.hi
    if isinstance(lo, float):
        return None if isinstance(hi, float) else ("down", Fraction(hi), None)
    if isinstance(hi, float):
        return "up", Fraction(lo), None
    start, other = (hi, lo) if way in (0, 2) else (lo, hi)
    if way < 2:
        return "inverse", Fraction(start), Fraction(other)
    return "down" if way == 2 else "up", Fraction(start), None


def _convert(expr: Expr, variables: dict[Symbol, Map]) -> tuple[Ring, Quotient]:
    ring = Ring()
    for _ in range(20):
        ring.reset()
        one = CONTEXT.constant(1)
        for index, (symbol, (kind, start, other)) in enumerate(variables.items()):
            x, first = ring.variable(index, LETTERS[symbol.name]), fmpq(start.numerator, start.denominator)
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
        self.samples = np.zeros((0, SIZE))
        self.failed: dict[str, int] = {}

    def start(self, whole: Quotient) -> Step | None:
        """A proof that `whole` >= 0, by deeper and deeper search."""
        n, d = whole.num, whole.den
        if not self.ring.nonnegative_coefficients(d):
            if not self.ring.nonnegative_coefficients(-d):
                return None
            n = -n
        with ctx.workprec(128):
            self._sample()
            if self._negative_somewhere(n):
                return None
            for depth in (0, 1, 2, 3, 5, 8, 12):
                steps = self.nonnegative(n, depth)
                if steps is not None:
                    return steps
        return None

    def _sample(self) -> None:
        grid = [fmpq(1, 1000), fmpq(1, 7), fmpq(1), fmpq(4), fmpq(40)]
        rows = []
        for point in itertools.product(grid, repeat=len(self.variables)):
            values = self.ring.values(dict(zip(self.variables, point, strict=True)))
            if all(value.is_finite() and value < LARGEST for value in values):
                rows.append([float(value.mid()) for value in values])
        self.samples = np.array(rows).reshape(len(rows), len(self.ring.generators))

    def _negative_somewhere(self, p: Poly) -> bool:
        """Whether float64 sees p < 0 at a sample: then a search is in vain."""
        terms = p.to_dict()
        if not terms:
            return False
        try:
            coefficients = np.array([int(c.p) / int(c.q) for c in map(fmpq, terms.values())])
        except OverflowError:
            return False
        exponents = np.array(list(terms), dtype=float)[:, : self.samples.shape[1]]
        with np.errstate(all="ignore"):
            monomials = np.prod(self.samples[:, None, :] ** exponents[None, :, :], axis=2)
            total, size = monomials @ coefficients, monomials @ np.abs(coefficients)
            return bool((total < -1e-9 * size).any())

    def nonnegative(self, p: Poly, depth: int) -> Step | None:
        """Steps that prove p >= 0 for positive generators, at most `depth` deep, or None."""
        if time.monotonic() > self.deadline:
            raise _TooHardError
        if len(p) > MAX_TERMS:
            return None
        if len(p):
            content = p.term_content()
            p = p / (content if content.leading_coefficient() > 0 else -content)
        signs = self.ring.coefficient_signs(p)
        if all(sign == 1 for sign in signs):
            return self._done("signs", p)
        if all(sign == -1 for sign in signs):
            return None
        key = str(p)
        if self.failed.get(key, -1) >= depth:
            return None
        self.failed[key] = depth
        if self._negative_somewhere(p):
            self.failed[key] = 10**6
            return None
        used = [i for i, degree in enumerate(p.degrees()) if degree]
        alone = len(used) == 1 and self.ring.generators[used[0]].kind != "constant"
        if alone and nonnegative_on_positives(p, used[0]):
            return self._done("sturm", p)
        if not depth:
            return None
        return self._quadratic(p, depth) or self._step(p, depth)

    def _done(self, rule: str, p: Poly, **fields: Any) -> Step:
        return {"rule": rule, "poly": self.ring.terms(p), **fields}

    def _quadratic(self, p: Poly, depth: int) -> Step | None:
        """a g**2 + b g + c >= 0 for all g if a >= 0, c >= 0 and 4 a c - b**2 >= 0."""
        for index, degree in enumerate(p.degrees()):
            if degree == 2 and self.ring.generators[index].kind != "constant":
                a, b, c = (_coefficient(p, index, power) for power in (2, 1, 0))
                parts = self._all((a, c, 4 * a * c - b * b), depth - 1)
                if parts is not None:
                    return self._done("quadratic", p, **{"in": self.ring.names[index], "parts": parts})
        return None

    def _all(self, polys: Iterable[Poly], depth: int) -> list[Step] | None:
        found = []
        for poly in polys:
            part = self.nonnegative(poly, depth)
            if part is None:
                return None
            found.append(part)
        return found

    def _step(self, p: Poly, depth: int) -> Step | None:
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
                    fields = {"in": self.ring.names[variable], "multiplier": self.ring.terms(multiplier)}
                    return self._done("derivative", p, **fields, start=first, slope=rest)
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
            top = _coefficient(p, index, int(degrees[index]))
            candidates = [top]
            if made.kind in ("exp", "root"):
                whole = (CONTEXT.gen(index) + 1) ** int(degrees[index])
                candidates += [whole, -top * whole]
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
