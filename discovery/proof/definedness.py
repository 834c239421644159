"""The first half of condition 1: f is a real number for every r > 0 and every real A.

Each partial operator is an obligation on its arguments, under the conditions of the where() branches around it (made
closed, as the proof of continuity needs it): log x needs x > 0; x**(-n) needs x != 0; x**(p/q) needs x >= 0 (x > 0 for
a negative exponent); x**y needs x > 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from discovery.expression.canonical import canonical
from discovery.expression.node import ADVANTAGE, RATIO, Apply, Expr, Number, mul, subtract, symbols
from discovery.expression.printer import to_text
from discovery.proof import refute
from discovery.proof.ranges import POSITIVE, Range, point
from discovery.proof.regions import ABOVE, BELOW, DURING, EVERYWHERE, NEGATIVE
from discovery.proof.sign import Assumptions
from discovery.proof.structure import Prover
from discovery.proof.switches import resolve


@dataclass
class Evidence:
    """What condition 1 rests on beyond intervals, as a certificate has it (README.md)."""

    obligations: dict[str, dict[str, Any]] = field(default_factory=dict)
    surfaces: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {"obligations": self.obligations, "surfaces": self.surfaces}


Path = tuple[tuple[Expr, bool], ...]  # comparisons that hold, or fail


@dataclass(frozen=True)
class Obligation:
    """`expr` must satisfy `need` ("positive", "nonzero" or "nonnegative") wherever `path` holds."""

    expr: Expr
    need: str
    path: Path

    def __str__(self) -> str:
        relation = {"positive": "> 0", "nonzero": "!= 0", "nonnegative": ">= 0"}[self.need]
        return f"{to_text(self.expr)} {relation}"


def obligations(expr: Expr, path: Path = (), *, closed: bool = True) -> Iterator[Obligation]:
    """Everything that must hold for `expr` to be a real number.

    Args:
        expr: the expression.
        path: the conditions under which it is used.
        closed: whether both branches of a `where` are needed on the boundary too, for the pasting lemma.
    """
    if not isinstance(expr, Apply):
        return
    if expr.op == "where":
        condition, x, y = expr.args
        assert isinstance(condition, Apply)
        for side in condition.args:
            yield from obligations(side, path, closed=closed)
        yield from obligations(x, (*path, (condition, True)), closed=closed)
        closure = Apply("le", (condition.args[1], condition.args[0]))
        yield from obligations(y, (*path, (closure, True) if closed else (condition, False)), closed=closed)
        return
    for arg in expr.args:
        yield from obligations(arg, path, closed=closed)
    if expr.op == "log":
        yield Obligation(expr.args[0], "positive", path)
    if expr.op == "pow":
        base, exponent = expr.args
        if not isinstance(exponent, Number):
            yield Obligation(base, "positive", path)
        elif exponent.value.denominator != 1:
            yield Obligation(base, "nonnegative" if exponent.value > 0 else "positive", path)
        elif exponent.value < 0:
            yield Obligation(base, "nonzero", path)


_ONE_POINT = point(Fraction(1))
_SECTORS = tuple(
    Assumptions({RATIO: r, ADVANTAGE: A, **DURING})
    for r in (ABOVE, BELOW, _ONE_POINT)
    for A in (POSITIVE, NEGATIVE, point(Fraction(0)))
)


def first_open(expr: Expr, evidence: Evidence, path: Path = ()) -> Obligation | None:
    """The first obligation that is not proved; None if f is proved to be real wherever `path` holds.

    Proofs that need more than intervals are added to `evidence`.
    """
    done: set[Obligation] = set()
    for obligation in obligations(expr, path):
        if obligation in done:
            continue
        if not _holds(obligation, evidence):
            return obligation
        done.add(obligation)
    return None


def _holds(obligation: Obligation, evidence: Evidence) -> bool:
    if in_case(obligation, EVERYWHERE):
        return True
    sectors = _SECTORS if "A" in symbols(obligation.expr) or obligation.path else _SECTORS[::3]
    if all(in_case(obligation, sector) for sector in sectors):
        return True
    return _by_prover(obligation, evidence)


def _by_prover(obligation: Obligation, evidence: Evidence) -> bool:
    """sign*x - margin >= 0, margin > 0 where x must not vanish. x is defined already; if it is continuous, search."""
    from discovery.proof.continuity import continuous

    text = to_text(obligation.expr)
    known = evidence.obligations.get(text)
    if known is not None and (known["margin"] != "0" or obligation.need == "nonnegative"):
        return True
    if continuous(obligation.expr, evidence) is not None:
        return False
    for sign in (1, -1) if obligation.need == "nonzero" else (1,):
        x = canonical(mul(Number(Fraction(sign)), obligation.expr))
        margin = Fraction(0) if obligation.need == "nonnegative" else _margin(x)
        proof = None if margin is None else Prover(2.0).nonnegative_everywhere(canonical(subtract(x, Number(margin))))
        if proof is not None:
            evidence.obligations[text] = {"sign": sign, "margin": str(margin), "proof": proof}
            return True
    return False


def _margin(expr: Expr) -> Fraction | None:
    """A short rational below the least value of `expr` that float64 shows, if that is clearly positive."""
    least = refute.least_value(expr)
    return next((margin for margin in _MARGINS if margin < 0.98 * least), None)


_MARGINS = tuple(Fraction(n, d) for n, d in ((10, 1), (1, 1), (1, 2), (1, 10), (1, 100), (1, 10_000)))


def in_case(obligation: Obligation, assume: Assumptions) -> bool:
    """Whether the ranges under these assumptions show it."""
    case: Assumptions | None = assume
    for condition, holds in obligation.path:
        case = case.case(condition, holds) if case is not None else None
    if case is None:
        return True  # the branch is never taken here
    expr = resolve(obligation.expr, case)
    found = case.range(expr)
    direct = case.range(obligation.expr)
    for candidate in (found, direct):
        if _meets(candidate, obligation.need):
            return True
    return obligation.need in ("positive", "nonzero") and _strictly_positive(expr, case, obligation.need)


def _meets(found: Range, need: str) -> bool:
    if need == "positive":
        return found.positive
    return found.nonnegative if need == "nonnegative" else found.nonzero


def _strictly_positive(expr: Expr, case: Assumptions, need: str) -> bool:
    """Products and sums that the range alone does not see: one factor, or one positive term plus the rest."""
    if not isinstance(expr, Apply) or expr.op != "mul":
        return False
    signs = [case.range(factor) for factor in expr.args]
    if need == "nonzero":
        return all(found.nonzero for found in signs)
    negatives = sum(found.negative for found in signs)
    return all(found.nonzero for found in signs) and negatives % 2 == 0
