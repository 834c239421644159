"""f >= 0 from the structure of f: sign ranges, cases, one-variable abstraction and the derivative ladder.

All rules are used on a region given by `Assumptions`, and return a node of a certificate (README.md). f is taken to be
defined and continuous (proved elsewhere, and required by the caller), so the lines r = c and A = c may be left out.
"""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from fractions import Fraction
from typing import Any

from discovery.expression.canonical import canonical
from discovery.expression.node import (
    ADVANTAGE,
    MINUS_ONE,
    ONE,
    RATIO,
    ZERO,
    Apply,
    Expr,
    Number,
    Symbol,
    add,
    mul,
    power,
    substitute,
    subtract,
    symbols,
    walk,
)
from discovery.expression.parser import parse
from discovery.expression.printer import to_text
from discovery.proof import ladder, ranges, refute
from discovery.proof.inequality_points import tangent_points
from discovery.proof.ladder import Step
from discovery.proof.onevariable import abstractions, changes, settled
from discovery.proof.products import U
from discovery.proof.ranges import POSITIVE, Range
from discovery.proof.sign import Assumptions, normal_form
from discovery.proof.switches import SWITCHES, first_switch, is_smooth, resolve, switching_surface
from discovery.proof.zero import is_zero

ABOVE = Range(lo=Fraction(1))
BELOW = Range(Fraction(0), Fraction(1))
NEGATIVE = Range(hi=Fraction(0))
EVERYWHERE = Assumptions({RATIO: POSITIVE})
SECTORS = tuple(Assumptions({RATIO: r, ADVANTAGE: A}) for r in (ABOVE, BELOW) for A in (POSITIVE, NEGATIVE))
MAX_SPLITS = 6
MAX_WEAKENED = 2  # the number of splits after which no term of a sum is weakened any more


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
            assume = assume.with_bound(parse(fact["claim"]), ranges.NONNEGATIVE) if assume is not None else None
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
        middle = _middle(assume.range(U)) if halvings else None
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
            self._by_ladder(expr, assume) or self._rationalised(expr, assume, splits) or self._by_change(expr, assume)
        )

    def _rationalised(self, expr: Expr, assume: Assumptions, splits: int) -> Step | None:
        """a - c sqrt(b) = (a**2 - c**2 b)/(a + c sqrt(b)), a >= 0."""
        for term in expr.args if isinstance(expr, Apply) and expr.op == "add" else ():
            if not _is_negative_root(term):
                continue
            rest = canonical(subtract(expr, term))
            inverse = canonical(power(subtract(rest, term), -1))
            if assume.range(rest).nonnegative and assume.range(inverse).nonnegative:
                square = canonical(subtract(power(rest, 2), power(term, 2)))
                proof = self.nonnegative(square, assume, splits + 1)
                if proof is not None:
                    parts = [proof, {"rule": "range", "claim": to_text(inverse)}]
                    return {"rule": "product", "claim": to_text(expr), "parts": parts}
        return None

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
                parts = self._each(args, assume, splits)
                return None if parts is None else {"rule": "all", "claim": claim, "parts": parts}
            case Apply("where", _):
                return self._by_cases(expr, assume, splits)
            case Apply("mul", _):
                return self._product(expr, assume, splits)
            case Apply("pow", (base, Number(value))) if value.denominator == 1 and value > 0:
                proof = self.nonnegative(base, assume, splits + 1)
                return None if proof is None else {"rule": "power", "claim": claim, "proof": proof}
            case Apply("add", args) if len(args) <= 4:
                return self._terms(expr, assume, splits) or self._weakened(expr, assume, splits)
        return None

    def _any(self, claim: str, args: tuple[Expr, ...], assume: Assumptions, splits: int) -> Step | None:
        for index, arg in enumerate(args):
            proof = self.nonnegative(arg, assume, splits + 1)
            if proof is not None:
                return {"rule": "any", "claim": claim, "index": index, "proof": proof}
        return None

    def _each(self, args: Iterable[Expr], assume: Assumptions, splits: int) -> list[Step] | None:
        found = []
        for arg in args:
            proof = self.nonnegative(arg, assume, splits + 1)
            if proof is None:
                return None
            found.append(proof)
        return found

    def _product(self, expr: Apply, assume: Assumptions, splits: int) -> Step | None:
        """Factors of known sign are dropped; what is left must be one factor."""
        sign, left, parts = 1, [], list[Step]()
        for factor in expr.args:
            found = assume.range(factor)
            if found.nonnegative:
                parts.append({"rule": "range", "claim": to_text(factor)})
            elif found.nonpositive:
                parts.append({"rule": "range", "claim": to_text(canonical(mul(MINUS_ONE, factor)))})
                sign = -sign
            else:
                left.append(factor)
        rest = left[0] if sign > 0 and left else canonical(mul(MINUS_ONE, *left))
        if len(left) != 1 or rest == expr:
            return None
        proof = self.nonnegative(rest, assume, splits + 1)
        return None if proof is None else {"rule": "product", "claim": to_text(expr), "parts": [*parts, proof]}

    def _terms(self, expr: Apply, assume: Assumptions, splits: int) -> Step | None:
        """A sum without its non-negative terms that switch, if that is enough; or in two parts."""
        dropped = [term for term in expr.args if assume.range(term).nonnegative and not is_smooth(term)]
        left = [term for term in expr.args if term not in dropped]
        if left and dropped:
            rest = left[0] if len(left) == 1 else Apply("add", tuple(left))
            proof = self.nonnegative(rest, assume, splits + 1)
            if proof is not None:
                return _sum(expr, [proof, *({"rule": "range", "claim": to_text(term)} for term in dropped)])
        for first, second in _halves(expr.args):
            if refute.plausible(first, assume) and refute.plausible(second, assume):
                parts = self._each((first, second), assume, splits)
                if parts is not None:
                    return _sum(expr, parts)
        return None

    def _weakened(self, expr: Apply, assume: Assumptions, splits: int) -> Step | None:
        """A sum with a term of `weaker_terms` replaced by a term that is at most as large."""
        if splits >= MAX_WEAKENED:
            return None
        for position, term in enumerate(expr.args):
            others = (*expr.args[:position], *expr.args[position + 1 :])
            for weaker in weaker_terms(term):
                proof = self.nonnegative(canonical(add(weaker, *others)), assume, splits + 1)
                if proof is not None:
                    gap = self._by_cases(canonical(subtract(term, weaker)), assume, splits + 1)
                    return None if gap is None else _sum(expr, [proof, gap])
        return None

    def _by_fact(self, expr: Expr, assume: Assumptions, splits: int) -> Step | None:
        """tanh(x), log(1 + x), x/(1 + y), ...: f >= 0 because of the signs of quantities inside."""
        quantities = (_of_one_sign(x, assume) for x in dict.fromkeys(_inner(expr)))
        facts = [quantity for quantity in quantities if quantity is not None and quantity != expr]
        if not facts or not _follows(expr, facts, assume):
            return None
        for quantity in list(facts):
            rest = [fact for fact in facts if fact != quantity]
            if _follows(expr, rest, assume):
                facts = rest
        proofs = self._each(facts, assume, splits + 1)
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
        if isinstance(rest, Symbol) and scale != 0:
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
            maps = {Symbol(name): _map(assume.range(Symbol(name)), way) for name in used}
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


def _inner(expr: Expr) -> Iterator[Expr]:
    """The sums inside, with and without their constant, and what stands inside a function."""
    for node in walk(expr):
        if isinstance(node, Apply) and node.op == "add":
            yield node
            _, rest, shift = normal_form(node)
            if shift != 0:
                yield rest
        elif isinstance(node, Apply) and node.op not in SWITCHES | {"mul", "le", "lt"}:
            if node.op == "log":
                yield canonical(subtract(node.args[0], ONE))
            yield from (arg for arg in node.args if isinstance(arg, Apply))


def _of_one_sign(x: Expr, assume: Assumptions) -> Expr | None:
    """x or -x, whichever float64 finds to be >= 0 where the ranges do not tell."""
    found = assume.range(x)
    if found.nonnegative or found.nonpositive:
        return None
    return next((q for q in (x, canonical(mul(MINUS_ONE, x))) if refute.plausible(q, assume)), None)


def _follows(expr: Expr, facts: list[Expr], assume: Assumptions) -> bool:
    """Whether f >= 0 is read off the ranges once the facts are known to be >= 0."""
    case: Assumptions | None = assume
    for fact in facts:
        case = case.with_bound(fact, ranges.NONNEGATIVE) if case is not None else None
    return case is not None and case.range(expr).nonnegative


def _middle(found: Range) -> Fraction | None:
    """A point inside an interval; twice the end of a half-line."""
    lo, hi = found.lo, found.hi
    if isinstance(lo, float) and isinstance(hi, float):
        return Fraction(0)
    if isinstance(hi, float):
        return Fraction(2 * lo if lo > 0 else lo + 1)
    if isinstance(lo, float):
        return Fraction(2 * hi if hi < 0 else hi - 1)
    return (Fraction(lo) + Fraction(hi)) / 2


def _is_negative_root(term: Expr) -> bool:
    """-c*sqrt(b), c > 0."""
    factors = term.args if isinstance(term, Apply) and term.op == "mul" else (term,)
    if len(factors) != 2 or not isinstance(factors[0], Number) or factors[0].value >= 0:
        return False
    root = factors[1]
    return isinstance(root, Apply) and root.op == "pow" and root.args[1] == Number(Fraction(1, 2))


def _halves(terms: tuple[Expr, ...]) -> Iterator[tuple[Expr, Expr]]:
    """Every way to write a sum as a sum of two."""
    for size in range(1, len(terms) // 2 + 1):
        for chosen in itertools.combinations(range(len(terms)), size):
            if 2 * size < len(terms) or 0 in chosen:
                parts = [[t for i, t in enumerate(terms) if (i in chosen) is inside] for inside in (True, False)]
                first, second = (part[0] if len(part) == 1 else Apply("add", tuple(part)) for part in parts)
                yield first, second


def _sum(expr: Expr, parts: list[Step]) -> Step:
    return {"rule": "sum", "claim": to_text(expr), "parts": parts}


def weaker_terms(term: Expr) -> list[Expr]:
    """Terms <= c*max(x, y) or c*relu(x) for c > 0, or <= c*min(x, y) for c < 0: c*x, c*y (and 0 for relu)."""
    coefficient, rest = Fraction(1), term
    match term:
        case Apply("mul", (Number(value), other)):
            coefficient, rest = value, other
    match rest:
        case Apply("max", args) if coefficient > 0 and len(args) == 2:
            return [mul(Number(coefficient), arg) for arg in args]
        case Apply("min", args) if coefficient < 0 and len(args) == 2:
            return [mul(Number(coefficient), arg) for arg in args]
        case Apply("relu", (x,)) if coefficient > 0:
            return [ZERO, mul(Number(coefficient), x)]
    return []


def _map(found: Range, way: int) -> ladder.Map | None:
    """A map from s > 0 onto a set that contains the open interval (see `ladder.prove`); None for the whole line.

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


def methods(step: Step) -> str:
    """What a proof uses, in words."""
    names = {"ladder": "derivative ladder", "cut": "cases", "split": "cases", "range": "sign structure"}
    found = set[str]()
    pending: list[Any] = [step]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node
        elif isinstance(node, dict):
            rule = node.get("rule", "")
            if rule == "substitute":
                found.add(f"one variable u = {node['by']}")
            elif rule in names:
                found.add(names[rule])
            pending += [child for key, child in node.items() if key in CHILDREN]
    return ", ".join(sorted(found))


CHILDREN = ("above", "at", "below", "fact", "proof", "parts")
