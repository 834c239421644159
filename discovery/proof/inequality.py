"""phi(u) >= 0 on an interval: the prover for a user's own inequality in one real symbol `u`.

First every partial operator of phi is proved to be defined on the whole interval. The interval is then cut at its
closed ends and a few rational points; phi >= 0 is proved exactly at each cut, and on each open piece by the prover of
drifts, in u or in a quantity of it such as exp(u). Nothing here rests on continuity: a jump at a cut (sign, where) is
seen. A proof is one certificate (README.md), which the independent checker accepts. A refutation is one exact rational
point.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from discovery.expression.canonical import canonical
from discovery.expression.node import Expr, Number, mul, subtract, symbols
from discovery.expression.parser import parse
from discovery.expression.printer import to_text
from discovery.proof.checker import Rejected, check
from discovery.proof.definedness import Evidence, Obligation, in_case, obligations
from discovery.proof.onevariable import changes
from discovery.proof.products import U
from discovery.proof.ranges import INF, Range, point
from discovery.proof.sign import Assumptions
from discovery.proof.structure import Prover
from discovery.proof.tree import Step, methods
from discovery.proof.verdict import Verdict

FORMAT = "drift-certificate/1"
HALVINGS = 7
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
        evidence: the certificate, if proved; `discovery.proof.checker.check` has accepted it.
    """

    expression: str
    domain: str
    verdict: Verdict
    method: str
    reason: str
    counterexample: InequalityCounterexample | None = None
    seconds: float = 0.0
    evidence: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """A JSON object with the same fields, without the evidence."""
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
    seconds: float = 6.0,
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
        -INF if lower is None else _exact(lower),
        INF if upper is None else _exact(upper),
        lower is None or lower_open,
        upper is None or upper_open,
    )
    if domain.empty:
        raise ValueError(f"the interval of u is empty: lower is {lower}, upper is {upper}")
    try:
        found = _decide(expr, domain, start + seconds)
    except Exception as error:  # an exception inside a proof is unknown, never proved
        found = _unknown(f"An internal error stopped the proof: {type(error).__name__}: {str(error)[:200]}.")
    return InequalityDecision(
        to_text(expr),
        _interval_text(domain),
        found.verdict,
        found.method,
        found.reason,
        found.counterexample,
        time.monotonic() - start,
        found.evidence,
    )


@dataclass(frozen=True)
class _Found:
    verdict: Verdict
    method: str
    reason: str
    counterexample: InequalityCounterexample | None = None
    evidence: Mapping[str, Any] | None = None


def _unknown(reason: str) -> _Found:
    return _Found(Verdict.UNKNOWN, "", reason)


def _decide(expr: Expr, domain: Range, deadline: float) -> _Found:
    from discovery.proof.inequality_points import failing_point

    found = failing_point(expr, domain)
    if found is not None:
        relation = "< 0" if found.value is not None else "is not a real number"
        point_found = InequalityCounterexample(str(found.u), "undefined" if found.value is None else str(found.value))
        return _Found(Verdict.REFUTED, "exact point", f"phi({_short(found.u)}) {relation}.", point_found)
    evidence = Evidence()
    missing = _first_open(expr, Assumptions({U: domain}), evidence, deadline)
    if isinstance(missing, Obligation):
        return _unknown(f"It is not proved that {missing} where it is used.")
    proof = _proof(expr, missing, deadline)
    if proof is None:
        return _unknown("No proof of phi >= 0 was found, and no point with phi < 0.")
    certificate = _certificate(expr, domain, evidence, proof)
    return _objection(expr, domain, certificate) or _Found(
        Verdict.PROVED,
        methods(proof),
        f"phi(u) >= 0 for every u in {_interval_text(domain)}.",
        evidence=certificate,
    )


def _certificate(expr: Expr, domain: Range, evidence: Evidence, proof: Step) -> dict[str, Any]:
    lo, hi = (None if isinstance(end, float) else str(end) for end in (domain.lo, domain.hi))
    return {
        "format": FORMAT,
        "verdict": "proved",
        "inequality": to_text(expr),
        "region": [lo, hi, domain.lo_open, domain.hi_open],
        "defined": {"obligations": evidence.obligations},
        "nonnegative": proof,
    }


def _objection(expr: Expr, domain: Range, certificate: Mapping[str, Any]) -> _Found | None:
    from discovery.proof.inequality_points import attack

    try:
        check(certificate)
    except Rejected as error:
        return _unknown(f"The independent checker does not accept the proof ({error}); please report this formula.")
    if attack(expr, domain) is not None:
        return _unknown("Two methods contradict each other; please report this formula.")
    return None


def _proof(expr: Expr, assume: Assumptions, deadline: float) -> Step | None:
    """A proof of phi >= 0 on the domain: in u, in another quantity of it, or on many pieces, whatever comes first."""
    for search in (_in_symbol, _in_quantities, _on_pieces):
        found = search(expr, assume, deadline)
        if found is not None:
            return found
    return None


def _in_symbol(expr: Expr, assume: Assumptions, deadline: float, changed: bool = True) -> Step | None:
    for cuts in _partitions(expr, assume.range(U)):
        seconds = min(deadline - time.monotonic(), 2.0)
        found = Prover(seconds, changed=changed).nonnegative_between(expr, cuts, assume) if seconds > 0 else None
        if found is not None:
            return found
    return None


def _in_quantities(expr: Expr, assume: Assumptions, deadline: float) -> Step | None:
    return _in_symbol(expr, assume, deadline, changed=False)


def _on_pieces(expr: Expr, assume: Assumptions, deadline: float) -> Step | None:
    """In u and its quantities, cut where phi touches 0, and between where no proof is found."""
    for quantity, new, case in ((U, expr, assume), *changes(expr, assume)):
        *_, cuts = _partitions(new, case.range(U))
        seconds = (deadline - time.monotonic()) / 2
        prover = Prover(seconds, changed=True) if seconds > 0 else None
        proof = prover.nonnegative_between(new, cuts, case, HALVINGS) if prover else None
        if proof is not None:
            changed = {"rule": "substitute", "claim": to_text(expr), "by": to_text(quantity), "proof": proof}
            return proof if quantity == U else changed
    return None


def _partitions(expr: Expr, domain: Range) -> Iterator[tuple[Fraction, ...]]:
    """Cuts to try in turn: 0; 1 (where log u vanishes); the points at which phi seems to touch 0; all of them."""
    from discovery.proof.inequality_points import tangent_points

    tangents = tangent_points(expr, domain)
    ends = {Fraction(end) for end in (domain.lo, domain.hi) if not isinstance(end, float)}
    inside = [t for t in (Fraction(0), Fraction(1)) if domain.lo < t < domain.hi]
    tried: set[tuple[Fraction, ...]] = set()
    for cuts in ((), inside[:1], inside[1:], tangents, {*tangents, *inside}):
        chosen = tuple(sorted({*ends, *cuts}))
        if chosen not in tried:
            tried.add(chosen)
            yield chosen


def _first_open(expr: Expr, assume: Assumptions, evidence: Evidence, deadline: float) -> Obligation | Assumptions:
    """The first need of a partial operator that is not proved on the domain; else all that is known there.

    `obligations` yields inner needs first, so an operand itself is already known to be real where it is used.
    """
    done: set[Obligation] = set()
    for obligation in obligations(expr, closed=False):
        if obligation in done or _in_cells(obligation, assume):
            continue
        known = _proved(obligation, assume, evidence, deadline)
        if known is None:
            return obligation
        assume = known
        done.add(obligation)
    return assume


def _in_cells(obligation: Obligation, assume: Assumptions) -> bool:
    """By the range of the operand on the domain, or on its parts left of, at, between and right of 0 and 1."""
    if in_case(obligation, assume):
        return True
    edges = (-INF, Fraction(0), Fraction(1), INF)
    parts = [*(Range(lo, hi) for lo, hi in pairwise(edges)), *map(point, edges[1:3])]
    cells = (assume.with_bound(U, part) for part in parts)
    return all(in_case(obligation, cell) for cell in cells if cell is not None)


def _proved(obligation: Obligation, assume: Assumptions, evidence: Evidence, deadline: float) -> Assumptions | None:
    """By a proof of sign*operand >= margin on the whole domain; what is known then."""
    text, domain = to_text(obligation.expr), assume.range(U)
    if text in evidence.obligations:
        return None
    for sign in (1, -1) if obligation.need == "nonzero" else (1,):
        x = canonical(mul(Number(Fraction(sign)), obligation.expr))
        for margin in (Fraction(0),) if obligation.need == "nonnegative" else _MARGINS:
            less = canonical(subtract(x, Number(margin)))
            until = min(deadline, time.monotonic() + 1.0)
            proof = _proof(less, assume, until) if _seems_nonnegative(less, domain) else None
            if proof is not None:
                evidence.obligations[text] = {"sign": sign, "margin": str(margin), "proof": proof}
                return assume.with_bound(x, Range(lo=margin, lo_open=False))
    return None


def _seems_nonnegative(expr: Expr, domain: Range) -> bool:
    from discovery.proof.inequality_points import failing_point

    return failing_point(expr, domain) is None


def _exact(end: Fraction | int | str) -> Fraction:
    if isinstance(end, float):
        raise ValueError(f"an end of the interval is exact: a Fraction, an integer or a string such as '{end}'")
    return Fraction(end)


def _interval_text(domain: Range) -> str:
    left = "(" if domain.lo_open else "["
    right = ")" if domain.hi_open else "]"
    lo = "-oo" if domain.lo == -INF else str(domain.lo)
    return f"{left}{lo}, {'oo' if domain.hi == INF else domain.hi}{right}"


def _short(value: Fraction) -> str:
    text = str(value)
    return text if len(text) <= 24 else f"{text[:10]}...{text[-6:]}"
