"""phi(u) >= 0 on an interval: the prover for a user's own inequality in one real symbol `u`.

First every partial operator of phi is proved to be defined on the whole interval. The interval is then cut at a few
rational points; phi >= 0 is decided exactly at each cut, and on each open piece by the prover of drifts. Nothing here
rests on continuity across a cut, so a jump there (sign, where) is seen. A refutation is one exact rational point.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from discovery.expression.canonical import canonical
from discovery.expression.node import Apply, Expr, Number, add, power, substitute, symbols
from discovery.expression.parser import parse
from discovery.expression.printer import to_text
from discovery.proof.definedness import Obligation, obligations
from discovery.proof.onevariable import U
from discovery.proof.ranges import INF, Range, intersect, invert, point
from discovery.proof.sign import Assumptions
from discovery.proof.structure import Prover
from discovery.proof.switches import resolve
from discovery.proof.verdict import Verdict
from discovery.proof.zero import is_zero

_MARGINS = (Fraction(1, 4), Fraction(1, 10**3), Fraction(1, 10**9))


@dataclass(frozen=True)
class InequalityCounterexample:
    """Exact rational strings with phi(u) <= value < 0; value is "undefined" if phi(u) is not a real number."""

    u: str
    value: str


@dataclass(frozen=True)
class InequalityDecision:
    """The verdict on phi(u) >= 0.

    Attributes:
        expression: the canonical text of phi.
        domain: the interval of u, as text.
        verdict: proved, refuted or unknown.
        method: what decided it ("" if nothing did).
        reason: a full sentence for a person.
        counterexample: an exact point at which it fails, if refuted.
        seconds: wall-clock time spent.
    """

    expression: str
    domain: str
    verdict: Verdict
    method: str
    reason: str
    counterexample: InequalityCounterexample | None = None
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """A JSON object with the same fields."""
        found = self.counterexample
        return {
            "expression": self.expression,
            "domain": self.domain,
            "verdict": self.verdict.value,
            "method": self.method,
            "reason": self.reason,
            "counterexample": {"u": found.u, "value": found.value} if found else None,
            "seconds": self.seconds,
        }


def decide_inequality(
    phi: Expr | str,
    *,
    lower: Fraction | int | None = None,
    upper: Fraction | int | None = None,
    lower_open: bool = True,
    upper_open: bool = True,
    seconds: float = 4.0,
) -> InequalityDecision:
    """Whether phi(u) >= 0 for every u of an interval.

    Example: decide_inequality("log(1 + u) - 2*u/(2 + u)", lower=0) is Topsøe's bound.

    Args:
        phi: an expression in `u` alone, or its text ("sinh(u)**3 - u**3*cosh(u)").
        lower, upper: exact ends of the interval; None for infinity.
        lower_open, upper_open: whether the end itself is left out.
        seconds: soft limit of the search for a proof (sympy and flint are not interrupted).

    Raises:
        ValueError: phi cannot be read, has other symbols, or the interval is empty.
    """
    start = time.monotonic()
    expr = parse(phi, allowed=("u",)) if isinstance(phi, str) else canonical(phi)
    if not symbols(expr) <= {"u"}:
        raise ValueError(f"phi must be an expression in u alone, not in {', '.join(sorted(symbols(expr)))}")
    domain = Range(
        -INF if lower is None else Fraction(lower),
        INF if upper is None else Fraction(upper),
        lower is None or lower_open,
        upper is None or upper_open,
    )
    if domain.empty:
        raise ValueError(f"the interval of u is empty: lower is {lower}, upper is {upper}")
    try:
        verdict, method, reason, found = _decide(expr, domain, start + seconds)
    except Exception as error:  # an exception inside a proof is unknown, never proved
        reason = f"An internal error stopped the proof: {type(error).__name__}: {str(error)[:200]}."
        verdict, method, found = Verdict.UNKNOWN, "", None
    return InequalityDecision(
        to_text(expr), _interval_text(domain), verdict, method, reason, found, time.monotonic() - start
    )


_Outcome = tuple[Verdict, str, str, InequalityCounterexample | None]


def _decide(expr: Expr, domain: Range, deadline: float) -> _Outcome:
    from discovery.proof.inequality_points import attack, failing_point, tangent_points

    found = failing_point(expr, domain)
    if found is not None:
        relation = "< 0" if found.value is not None else "is not a real number"
        point_found = InequalityCounterexample(str(found.u), "undefined" if found.value is None else str(found.value))
        return Verdict.REFUTED, "exact point", f"phi({_short(found.u)}) {relation}.", point_found
    missing = first_open_on(expr, domain, deadline)
    if missing is not None:
        return Verdict.UNKNOWN, "", f"It is not proved that {missing} where it is used.", None
    for cuts in _partitions(domain, tangent_points(expr, domain)):
        prover = Prover(max(0.0, min(deadline - time.monotonic(), 2.0)))
        if _nonnegative_on(expr, domain, cuts, prover):
            if attack(expr, domain) is not None:
                return Verdict.UNKNOWN, "", "Two methods contradict each other; please report this formula.", None
            method = ", ".join(sorted(prover.methods)) or "sign structure"
            return Verdict.PROVED, method, f"phi(u) >= 0 for every u in {_interval_text(domain)}.", None
    return Verdict.UNKNOWN, "", "No proof of phi >= 0 was found, and no point with phi < 0.", None


def _partitions(domain: Range, tangents: list[Fraction]) -> Iterator[tuple[Fraction, ...]]:
    """Cuts to try in turn: 0; 1 (where log u vanishes); both; and the points at which phi seems to touch 0."""
    inside = [t for t in (Fraction(0), Fraction(1)) if not intersect(domain, point(t)).empty]
    tried: set[tuple[Fraction, ...]] = set()
    for cuts in ((), inside[:1], inside[1:], tangents, {*tangents, *inside}):
        chosen = tuple(sorted(cuts))
        if chosen not in tried and not (domain.lo == -INF and domain.hi == INF and not chosen):
            tried.add(chosen)
            yield chosen


def pieces_of(domain: Range, cuts: tuple[Fraction, ...]) -> tuple[list[Range], list[Fraction]]:
    """(the open intervals between the cuts and the ends, the points of the domain that they leave out)."""
    edges = [domain.lo, *(cut for cut in cuts if domain.lo < cut < domain.hi), domain.hi]
    intervals = [Range(lo, hi) for lo, hi in pairwise(edges) if lo < hi]
    ends = [Fraction(edge) for edge in edges if not isinstance(edge, float)]
    return intervals, sorted({end for end in ends if not intersect(domain, point(end)).empty})


def _nonnegative_on(expr: Expr, domain: Range, cuts: tuple[Fraction, ...], prover: Prover) -> bool:
    """phi >= 0 on the domain, given that phi is defined there: at each cut exactly, on each open piece by `prover`."""
    if cuts and prover.nonnegative(expr, Assumptions({U: domain})):
        return True
    intervals, points = pieces_of(domain, cuts)
    if not all(_nonnegative_at(expr, at) for at in points):
        return False
    return all(_nonnegative_inside(expr, interval, prover) for interval in intervals)


def _nonnegative_inside(expr: Expr, interval: Range, prover: Prover) -> bool:
    """phi >= 0 on an open interval, from its lower end on; or, beside 0, from infinity: phi(1/v) for v = 1/u."""
    if prover.nonnegative(expr, Assumptions({U: interval})):
        return True
    if not interval.nonnegative:
        return False
    inverted = canonical(substitute(expr, {"u": power(U, -1)}))
    if not prover.nonnegative(inverted, Assumptions({U: invert(interval)})):
        return False
    prover.methods.add("u = 1/v")
    return True


def _nonnegative_at(expr: Expr, u: Fraction) -> bool:
    """phi(u) >= 0 at one exact point where phi is defined."""
    from discovery.proof.inequality_points import value_of

    value = value_of(expr, u)
    if value is not None:
        return value >= 0
    constant = canonical(substitute(expr, {"u": Number(u)}))
    return Assumptions({}).range(constant).nonnegative or is_zero(constant, [{}]) is True


def first_open_on(expr: Expr, domain: Range, deadline: float) -> Obligation | None:
    """The first need of a partial operator that is not proved on the domain; None if phi is real everywhere there."""
    done: set[Obligation] = set()
    for obligation in obligations(expr):
        if obligation not in done and not _holds(obligation, domain, deadline):
            return obligation
        done.add(obligation)
    return None


def _holds(obligation: Obligation, domain: Range, deadline: float) -> bool:
    """By the range of the operand on the domain, or on u < 0, u = 0 and u > 0; else by a proof of operand >= margin.

    `obligations` yields inner needs first, so the operand itself is already known to be real where it is used.
    """
    if _in_case(obligation, Assumptions({U: domain})):
        return True
    intervals, points = pieces_of(domain, (Fraction(0), Fraction(1)))
    cases = [Assumptions({U: part}) for part in (*intervals, *map(point, points))]
    if all(_in_case(obligation, case) for case in cases):
        return True
    if obligation.path:
        return False
    margins = (Fraction(0),) if obligation.need == "nonnegative" else _MARGINS
    cuts = (Fraction(0),) if domain.lo < 0 < domain.hi else ()
    for margin in margins:
        less = canonical(add(obligation.expr, Number(-margin)))
        if _nonnegative_on(less, domain, cuts, Prover(max(0.0, min(deadline - time.monotonic(), 1.0)))):
            return True
    return False


def _in_case(obligation: Obligation, assume: Assumptions) -> bool:
    case: Assumptions | None = assume
    for condition, holds in obligation.path:
        case = case.case(condition, holds) if case is not None else None
    if case is None:
        return True  # the branch is never taken here
    expr = resolve(obligation.expr, case)
    factors = expr.args if isinstance(expr, Apply) and expr.op == "mul" else (expr,)
    if all(case.range(factor).nonzero for factor in factors):
        negative = sum(case.range(factor).negative for factor in factors) % 2
        if obligation.need == "nonzero" or not negative:
            return True
    found = case.range(expr)
    needs = {"positive": found.positive, "nonzero": found.nonzero, "nonnegative": found.nonnegative}
    return needs[obligation.need]


def _interval_text(domain: Range) -> str:
    left = "(" if domain.lo_open else "["
    right = ")" if domain.hi_open else "]"
    lo = "-oo" if domain.lo == -INF else str(domain.lo)
    return f"{left}{lo}, {'oo' if domain.hi == INF else domain.hi}{right}"


def _short(value: Fraction) -> str:
    text = str(value)
    return text if len(text) <= 24 else f"{text[:10]}...{text[-6:]}"
