"""Sums and products: proofs of f >= 0 from proofs of its terms and factors.

Each function takes `prove`, the search for a proof on a region after a number of splits, and returns a node or None.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from discovery.expression.canonical import canonical
from discovery.expression.node import MINUS_ONE, ZERO, Apply, Expr, Number, add, mul, power, subtract
from discovery.expression.printer import to_text
from discovery.proof import refute
from discovery.proof.sign import Assumptions
from discovery.proof.switches import is_smooth
from discovery.proof.tree import Step

Prove = Callable[[Expr, Assumptions, int], Step | None]
MAX_WEAKENED = 2  # the number of splits after which no term of a sum is weakened any more


def each(args: Iterable[Expr], assume: Assumptions, splits: int, prove: Prove) -> list[Step] | None:
    """Proofs of all arguments, or None."""
    found = []
    for arg in args:
        proof = prove(arg, assume, splits + 1)
        if proof is None:
            return None
        found.append(proof)
    return found


def rationalised(expr: Expr, assume: Assumptions, splits: int, prove: Prove) -> Step | None:
    """a - c sqrt(b) = (a**2 - c**2 b)/(a + c sqrt(b)), a >= 0."""
    for term in expr.args if isinstance(expr, Apply) and expr.op == "add" else ():
        if not _is_negative_root(term):
            continue
        rest = canonical(subtract(expr, term))
        inverse = canonical(power(subtract(rest, term), -1))
        if assume.range(rest).nonnegative and assume.range(inverse).nonnegative:
            square = canonical(subtract(power(rest, 2), power(term, 2)))
            proof = prove(square, assume, splits + 1)
            if proof is not None:
                parts = [proof, {"rule": "range", "claim": to_text(inverse)}]
                return {"rule": "product", "claim": to_text(expr), "parts": parts}
    return None


def product(expr: Apply, assume: Assumptions, splits: int, prove: Prove) -> Step | None:
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
    proof = prove(rest, assume, splits + 1)
    return None if proof is None else {"rule": "product", "claim": to_text(expr), "parts": [*parts, proof]}


def in_parts(expr: Apply, assume: Assumptions, splits: int, prove: Prove) -> Step | None:
    """A sum without its non-negative terms that switch, if that is enough; or in two parts."""
    dropped = [term for term in expr.args if assume.range(term).nonnegative and not is_smooth(term)]
    left = [term for term in expr.args if term not in dropped]
    if left and dropped:
        rest = left[0] if len(left) == 1 else Apply("add", tuple(left))
        proof = prove(rest, assume, splits + 1)
        if proof is not None:
            return _sum(expr, [proof, *({"rule": "range", "claim": to_text(term)} for term in dropped)])
    for first, second in _halves(expr.args):
        if refute.plausible(first, assume) and refute.plausible(second, assume):
            parts = each((first, second), assume, splits, prove)
            if parts is not None:
                return _sum(expr, parts)
    return None


def weakened(expr: Apply, assume: Assumptions, splits: int, prove: Prove, split: Prove) -> Step | None:
    """A sum with a term of `weaker_terms` replaced by a term that is at most as large."""
    if splits >= MAX_WEAKENED:
        return None
    for position, term in enumerate(expr.args):
        others = (*expr.args[:position], *expr.args[position + 1 :])
        for weaker in weaker_terms(term):
            proof = prove(canonical(add(weaker, *others)), assume, splits + 1)
            if proof is not None:
                gap = split(canonical(subtract(term, weaker)), assume, splits + 1)
                return None if gap is None else _sum(expr, [proof, gap])
    return None


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
