"""Lemmas, third part: an expression in slots and constants is non-negative on a box.

First by exact ranges and the structure of sums, products and extrema. What is left is often homogeneous in a constant
and the slots (c*tanh(x/c) - x at c = 1), which takes the constant away; with at most three symbols left it is given to
the prover of drifts. Every symbol is an independent variable.
"""

import time
from functools import cache

from discovery.expression.canonical import canonical
from discovery.expression.node import (
    ADVANTAGE,
    MINUS_ONE,
    RATIO,
    ZERO,
    Apply,
    Expr,
    Number,
    Symbol,
    mul,
    substitute,
    symbols,
)
from discovery.grammar.algebra import normal, without_factor
from discovery.proof.inequality import decide_inequality
from discovery.proof.products import U
from discovery.proof.ranges import NONNEGATIVE, REALS, Range, negate
from discovery.proof.sign import Assumptions
from discovery.proof.structure import Prover
from discovery.proof.switches import first_switch, resolve, switching_surface
from discovery.proof.tree import methods
from discovery.proof.verdict import Verdict

SECONDS = 2.0
_MAX_DEPTH = 6


class SignProver:
    """One attempt on one rule.

    Args:
        constants: the symbols of the rule's constants.
        positive: the symbols that are positive everywhere.
        seconds: a soft limit.
    """

    def __init__(self, constants: frozenset[str], positive: frozenset[str], seconds: float = SECONDS) -> None:
        self._constants, self._positive = constants, positive
        self._deadline = time.monotonic() + seconds

    def nonnegative(self, expr: Expr, assume: Assumptions, depth: int = 0) -> str | None:
        """How `expr` >= 0 is proved wherever the assumptions hold and it is defined; None if it is not proved."""
        if depth > _MAX_DEPTH or time.monotonic() > self._deadline:
            return None
        expr = resolve(canonical(expr), assume)
        if assume.range(expr).nonnegative:
            return "signs"
        if isinstance(expr, Apply) and expr.op == "mul":
            found = self._product(expr.args, assume, depth)
            if found is not None:
                return found
        expr = resolve(normal(expr, self._positive), assume)
        if assume.range(expr).nonnegative:
            return "signs"
        for attempt in (self._by_shape, self._scaled, self._by_prover, self._by_cases):
            found = attempt(expr, assume, depth)
            if found is not None:
                return found
        return None

    def _by_shape(self, expr: Expr, assume: Assumptions, depth: int) -> str | None:
        match expr:
            case Apply("max", args):
                return next(filter(None, (self.nonnegative(arg, assume, depth + 1) for arg in args)), None)
            case Apply("min", args) | Apply("clip", (*args, _)):
                parts = [expr.args[0], expr.args[2]] if expr.op == "clip" else list(args)
                return self._all(parts, assume, depth)
            case Apply("mul", factors):
                return self._product(factors, assume, depth)
            case Apply("pow", (base, Number(n))) if n > 0:
                return self.nonnegative(base, assume, depth + 1)
            case Apply("add", terms):
                return self._all(list(terms), assume, depth)
        return None

    def _all(self, parts: list[Expr], assume: Assumptions, depth: int) -> str | None:
        found = []
        for part in sorted(parts, key=lambda part: assume.range(part).nonnegative):
            found.append(self.nonnegative(part, assume, depth + 1))
            if found[-1] is None:
                return None
        return _strongest(found)

    def _product(self, factors: tuple[Expr, ...], assume: Assumptions, depth: int) -> str | None:
        """All but one factor has a sign: the other must have the same as their product."""
        sign, open_factors = 1, []
        for factor in factors:
            found = assume.range(factor)
            if found.nonpositive:
                sign = -sign
            elif not found.nonnegative:
                open_factors.append(factor)
        if len(open_factors) != 1 and len(factors) > 1:
            return self._signs_of_each(open_factors, sign, assume, depth) if open_factors else None
        last = open_factors[0]
        return self.nonnegative(last if sign > 0 else canonical(mul(MINUS_ONE, last)), assume, depth + 1)

    def _signs_of_each(self, factors: list[Expr], sign: int, assume: Assumptions, depth: int) -> str | None:
        found = []
        for factor in factors:
            proof = self.nonnegative(factor, assume, depth + 2)
            if proof is None:
                proof = self.nonnegative(canonical(mul(MINUS_ONE, factor)), assume, depth + 2)
                sign = -sign
            if proof is None:
                return None
            found.append(proof)
        return _strongest(found) if sign > 0 else None

    def _scaled(self, expr: Expr, assume: Assumptions, depth: int) -> str | None:
        """The same at c = 1, if slots x = c*y make it a power of c times an expression in y."""
        cones = [name for name in sorted(symbols(expr)) if _is_cone(assume.range(Symbol(name)))]
        for constant in sorted(symbols(expr) & self._constants):
            for chosen in [[name] for name in cones] + ([cones] if len(cones) > 1 else []) + [[]]:
                new: dict[str, Expr] = {name: mul(Symbol(constant), Symbol(name)) for name in chosen}
                simple = without_factor(canonical(substitute(expr, new)), constant, self._positive)
                if constant not in symbols(simple):
                    return self.nonnegative(simple, _without(assume, frozenset(chosen)), depth + 1)
        return None

    def _by_cases(self, expr: Expr, assume: Assumptions, depth: int) -> str | None:
        """Both sides of where the first max, min, clip, abs or relu switches."""
        node = first_switch(expr)
        if node is None:
            return None
        found = []
        for holds in (True, False):
            case = assume.case(Apply("le", (ZERO, switching_surface(node))), holds)
            if case is None:
                continue
            part = resolve(expr, case)
            if part == expr:
                return None
            found.append(self.nonnegative(part, case, depth + 1))
            if found[-1] is None:
                return None
        return _strongest(found)

    def _by_prover(self, expr: Expr, assume: Assumptions, depth: int) -> str | None:
        names = sorted(symbols(expr))
        if len(names) == 1:
            return _in_one_variable(canonical(substitute(expr, {names[0]: U})), assume.range(Symbol(names[0])))
        renamed = _renamed(names, assume)
        if renamed is None:
            return None
        new = canonical(substitute(expr, dict(renamed)))
        case = Assumptions({renamed[name]: assume.range(Symbol(name)) for name in names})
        proof = Prover(min(1.0, self._deadline - time.monotonic())).nonnegative(new, case)
        return None if proof is None else f"{len(names)} variables: {methods(proof)}"


@cache
def _in_one_variable(expr: Expr, found: Range) -> str | None:
    """How phi(u) >= 0 is proved on an interval: the same few claims return in many rules."""
    lower, upper = (None if isinstance(end, float) else end for end in (found.lo, found.hi))
    ends = {"lower_open": found.lo_open, "upper_open": found.hi_open}
    decision = decide_inequality(expr, lower=lower, upper=upper, **ends, seconds=SECONDS)
    return f"1 variable: {decision.method}" if decision.verdict is Verdict.PROVED else None


def _renamed(names: list[str], assume: Assumptions) -> dict[str, Symbol] | None:
    """The symbols as r (which the prover takes for positive), A and u."""
    if len(names) > 3:
        return None
    found: dict[str, Symbol] = {}
    left = list(names)
    positive = [name for name in names if assume.range(Symbol(name)).positive]
    if positive:
        first = "r" if "r" in positive else positive[0]
        found[first] = RATIO
        left.remove(first)
    if len(left) > 2:
        return None
    return found | dict(zip(left, (ADVANTAGE, U), strict=False))


def _without(assume: Assumptions, scaled: frozenset[str]) -> Assumptions:
    """What is known after some symbols were scaled: their own ranges, which are cones, but no relation to others."""
    kept = {e: found for e, found in assume.bounds.items() if isinstance(e, Symbol) or not symbols(e) & scaled}
    return Assumptions(kept)


def _is_cone(found: Range) -> bool:
    return found in (REALS, NONNEGATIVE, negate(NONNEGATIVE)) or (found.lo == 0 and found.hi == float("inf"))


def _strongest(found: list[str | None]) -> str:
    return next((method for method in found if method and method != "signs"), "signs")
