"""f >= 0 from the structure of f: sign ranges, cases, one-variable abstraction and the derivative ladder.

All rules are used on a region given by `Assumptions`, and return a node of a certificate (README.md). f is taken to be
defined and continuous (proved elsewhere, and required by the caller), so the lines r = c and A = c may be left out.
"""

import time
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from fractions import Fraction

from discovery.expression.canonical import canonical
from discovery.expression.node import (
    ADVANTAGE,
    DRIFT_SYMBOLS,
    MINUS_ONE,
    PROGRESS,
    RATIO,
    ZERO,
    Apply,
    Expr,
    Number,
    Symbol,
    mul,
    substitute,
    symbols,
    walk,
)
from discovery.expression.parser import parse
from discovery.expression.printer import to_text
from discovery.proof import arithmetic, ladder, ranges
from discovery.proof.facts import follows, inner_quantities, of_one_sign
from discovery.proof.inequality_points import tangent_points
from discovery.proof.onevariable import abstractions, changes, settled
from discovery.proof.products import U
from discovery.proof.ranges import Range, inner_point
from discovery.proof.regions import EVERYWHERE
from discovery.proof.sign import Assumptions, normal_form
from discovery.proof.switches import first_switch, is_smooth, resolve, switching_surface
from discovery.proof.tree import Step
from discovery.proof.zero import is_zero

MAX_SPLITS = 6


class Prover:
    """One attempt.

    Args:
        seconds: a soft limit.
        lemmas: proofs of one-variable claims by their text, None where a whole search found none; read and extended.
        changed: whether u stands for another quantity already: then no change of the variable is tried.
    """

    def __init__(
        self,
        seconds: float = 4.0,
        lemmas: MutableMapping[str, Step | None] | None = None,
        *,
        changed: bool = False,
    ) -> None:
        self.deadline = time.monotonic() + seconds
        self.lemmas = {} if lemmas is None else lemmas
        self.changed = changed

    def nonnegative_everywhere(self, expr: Expr, facts: Sequence[Step] = ()) -> Step | None:
        """A proof of f >= 0 for all r > 0 and real A, given that f is defined and continuous; None if none is found.

        Args:
            expr: f.
            facts: proofs of other claims on all of r > 0, to rest on if need be.
        """
        found = self._on(EVERYWHERE, expr)
        if found is not None or not facts:
            return found
        assume: Assumptions | None = EVERYWHERE
        for fact in facts:
            claim = parse(fact["claim"], allowed=DRIFT_SYMBOLS)
            assume = assume.with_bound(claim, ranges.NONNEGATIVE) if assume is not None else None
        found = self._on(assume, expr) if assume is not None else None
        for fact in facts if found is not None else ():
            found = {"rule": "have", "claim": to_text(expr), "fact": fact, "proof": found}
        return found

    def _on(self, assume: Assumptions, expr: Expr) -> Step | None:
        found = self._by_shape(expr, assume, 0) or self._by_parts(expr, assume, 0)
        if found is not None:
            return found
        places = [(RATIO, Fraction(1)), (ADVANTAGE, Fraction(0))]
        return self._cuts(expr, [place for place in places if place[0].name in symbols(expr)], assume)

    def nonnegative_between(
        self, expr: Expr, cuts: Iterable[Fraction], assume: Assumptions, halvings: int = 0
    ) -> Step | None:
        """A proof of phi(u) >= 0 on an interval of u, cut at some points; phi is defined there.

        Args:
            expr: phi.
            cuts: the points.
            assume: the interval, and whatever else is known there.
            halvings: how often a piece without a proof is cut into two.
        """
        return self._cuts(expr, [(U, place) for place in cuts], assume, halvings)

    def _cuts(
        self, expr: Expr, places: list[tuple[Symbol, Fraction]], assume: Assumptions, halvings: int = 0
    ) -> Step | None:
        if not places:
            return self.nonnegative(expr, assume) or self._halved(expr, assume, halvings)
        (symbol, place), *rest = places
        if assume.with_bound(symbol, ranges.point(place)) is None:
            return self._cuts(expr, rest, assume, halvings)
        return self._cut(expr, symbol, place, assume, lambda side: self._cuts(expr, rest, side, halvings))

    def _halved(self, expr: Expr, assume: Assumptions, halvings: int) -> Step | None:
        middle = inner_point(assume.range(U)) if halvings else None
        if middle is None or time.monotonic() > self.deadline:
            return None
        return self._cuts(expr, [(U, middle)], assume, halvings - 1)

    def _cut(
        self,
        expr: Expr,
        symbol: Symbol,
        place: Fraction,
        assume: Assumptions,
        prove: Callable[[Assumptions], Step | None],
    ) -> Step | None:
        """Both sides of a line symbol = place; the line itself too where it counts (in u)."""
        node: Step = {"rule": "cut", "claim": to_text(expr), "symbol": symbol.name, "value": str(place)}
        for name, part in (("above", Range(lo=place)), ("at", ranges.point(place)), ("below", Range(hi=place))):
            side = assume.with_bound(symbol, part)
            node[name] = None
            if side is None or (name == "at" and symbol != U):
                continue
            node[name] = self._at(expr, symbol, place) if name == "at" else prove(side)
            if node[name] is None:
                return None
        return node

    def _at(self, expr: Expr, symbol: Symbol, place: Fraction) -> Step | None:
        """At a point: the value is a number."""
        try:
            value = canonical(substitute(expr, {symbol.name: Number(place)}))
        except ValueError:  # a division by zero
            return None
        if not Assumptions({}).range(value).nonnegative:
            if is_zero(value, [{}]) is not True:
                return None
            value = ZERO
        return {"rule": "point", "claim": to_text(expr), "proof": {"rule": "range", "claim": to_text(value)}}

    def nonnegative(self, expr: Expr, assume: Assumptions, splits: int = 0) -> Step | None:
        """A proof of f >= 0 wherever the assumptions hold, or None."""
        if time.monotonic() > self.deadline or splits > MAX_SPLITS:
            return None
        expr = resolve(expr, assume)
        if not symbols(expr) and is_zero(expr, [{}]):
            expr = ZERO
        found = self._by_shape(expr, assume, splits) or self._by_parts(expr, assume, splits)
        if found is not None:
            return found
        if not is_smooth(expr):
            return self._by_cases(expr, assume, splits)
        return (
            self._by_ladder(expr, assume)
            or arithmetic.rationalised(expr, assume, splits, self.nonnegative)
            or self._by_change(expr, assume)
        )

    def _by_parts(self, expr: Expr, assume: Assumptions, splits: int) -> Step | None:
        """By one variable, or by facts about what is inside: first, where a lemma would have to show log(x) defined."""
        attempts = [self._by_one_variable, self._by_fact]
        if any(isinstance(node, Apply) and node.op == "log" for node in walk(expr)):
            attempts.reverse()
        return attempts[0](expr, assume, splits) or attempts[1](expr, assume, splits)

    def _by_one_variable(self, expr: Expr, assume: Assumptions, splits: int) -> Step | None:
        for quantity, new, case in abstractions(expr, assume):
            proof = self._lemma(new, case, splits)
            if proof is not None:
                return {"rule": "substitute", "claim": to_text(expr), "by": to_text(quantity), "proof": proof}
        return None

    def _by_change(self, expr: Expr, assume: Assumptions) -> Step | None:
        """phi(u) as a function of exp(u), 1/u, ..., cut where it touches 0 there."""
        if symbols(expr) != {"u"} or self.changed:
            return None
        self.changed = True
        try:
            for quantity, new, case in changes(expr, assume):
                proof = self.nonnegative_between(new, tangent_points(new, case.range(U)), case)
                if proof is not None:
                    return {"rule": "substitute", "claim": to_text(expr), "by": to_text(quantity), "proof": proof}
        finally:
            self.changed = False
        return None

    def _lemma(self, expr: Expr, assume: Assumptions, splits: int) -> Step | None:
        """phi(u) >= 0 on an interval: proved once for all formulas that lead to it."""
        key = f"{to_text(expr)} on {assume.range(U)}"
        if key not in self.lemmas:
            proof = self._cut(expr, U, Fraction(0), assume, lambda side: self.nonnegative(expr, side, splits + 1))
            if proof is None and (time.monotonic() > self.deadline or splits):
                return None
            self.lemmas[key] = proof
        return self.lemmas[key]

    def _by_shape(self, expr: Expr, assume: Assumptions, splits: int) -> Step | None:
        claim = to_text(expr)
        if assume.range(expr).nonnegative:
            return {"rule": "range", "claim": claim}
        other = canonical(settled(expr, assume))
        if other != expr and assume.range(other).nonnegative:
            return {"rule": "range", "claim": to_text(other)}
        match expr:
            case Apply("max", args):
                return self._any(claim, args, assume, splits)
            case Apply("min", args) | Apply("clip", (*args, _)):
                args = (expr.args[0], expr.args[2]) if expr.op == "clip" else args
                parts = arithmetic.each(args, assume, splits, self.nonnegative)
                return None if parts is None else {"rule": "all", "claim": claim, "parts": parts}
            case Apply("where", _):
                return self._by_cases(expr, assume, splits)
            case Apply("mul", _):
                return arithmetic.product(expr, assume, splits, self.nonnegative)
            case Apply("pow", (base, Number(value))) if value.denominator == 1 and value > 0:
                proof = self.nonnegative(base, assume, splits + 1)
                return None if proof is None else {"rule": "power", "claim": claim, "proof": proof}
            case Apply("add", args) if len(args) <= 4:
                return arithmetic.in_parts(expr, assume, splits, self.nonnegative) or arithmetic.weakened(
                    expr, assume, splits, self.nonnegative, self._by_cases
                )
        return None

    def _any(self, claim: str, args: tuple[Expr, ...], assume: Assumptions, splits: int) -> Step | None:
        for index, arg in enumerate(args):
            proof = self.nonnegative(arg, assume, splits + 1)
            if proof is not None:
                return {"rule": "any", "claim": claim, "index": index, "proof": proof}
        return None

    def _by_fact(self, expr: Expr, assume: Assumptions, splits: int) -> Step | None:
        """tanh(x), log(1 + x), x/(1 + y), ...: f >= 0 because of the signs of quantities inside."""
        quantities = (of_one_sign(x, assume) for x in dict.fromkeys(inner_quantities(expr)))
        facts = [quantity for quantity in quantities if quantity is not None and quantity != expr]
        if not facts or not follows(expr, facts, assume):
            return None
        for quantity in list(facts):
            rest = [fact for fact in facts if fact != quantity]
            if follows(expr, rest, assume):
                facts = rest
        proofs = arithmetic.each(facts, assume, splits + 1, self.nonnegative)
        if proofs is None:
            return None
        node: Step = {"rule": "range", "claim": to_text(expr)}
        for fact in proofs:
            node = {"rule": "have", "claim": to_text(expr), "fact": fact, "proof": node}
        return node

    def _by_cases(self, expr: Expr, assume: Assumptions, splits: int) -> Step | None:
        """Split where the first switch switches."""
        if splits > MAX_SPLITS:
            return None
        node = first_switch(expr)
        if node is None:
            return self.nonnegative(expr, assume, splits + 1)
        g = switching_surface(node)
        if node.op == "sign" and assume.range(g).nonnegative:
            g = canonical(mul(MINUS_ONE, g))
        scale, rest, shift = normal_form(g)
        if isinstance(rest, Symbol) and rest != PROGRESS and scale != 0:
            return self._cut(expr, rest, -shift / scale, assume, lambda side: self.nonnegative(expr, side, splits + 1))
        result: Step = {"rule": "split", "claim": to_text(expr), "on": to_text(g), "above": None, "below": None}
        for name, holds in (("above", True), ("below", False)):
            case = assume.case(Apply("le", (ZERO, g)), holds)
            if case is None:
                continue
            if resolve(expr, case) == expr:
                return None  # the case decided nothing
            result[name] = self.nonnegative(expr, case, splits + 1)
            if result[name] is None:
                return None
        return result

    def _by_ladder(self, expr: Expr, assume: Assumptions) -> Step | None:
        used = sorted(symbols(expr))
        tried: list[dict[Symbol, ladder.Map]] = []
        for way in range(4):
            maps = {Symbol(name): ladder.map_onto(assume.range(Symbol(name)), way) for name in used}
            complete = {symbol: found for symbol, found in maps.items() if found is not None}
            if len(complete) < len(maps):
                return None
            if complete in tried:
                continue
            tried.append(complete)
            found = ladder.prove(expr, complete, min(ladder.SECONDS, self.deadline - time.monotonic()))
            if found is not None:
                return found
        return None
