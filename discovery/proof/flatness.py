"""The conditions zero (f(1, A) = 0) and flat (both one-sided derivatives in r at r = 1 exist and are 0)."""

from fractions import Fraction

from discovery.expression.canonical import canonical
from discovery.expression.node import ADVANTAGE, PROGRESS, ZERO, Apply, Expr, subtract, symbols, walk
from discovery.proof.advantage import advantage_points, split_sector
from discovery.proof.enclosure import UndefinedError
from discovery.proof.jet import (
    NotSmoothError,
    OneSided,
    UndecidedSignError,
    at_ratio_one,
)
from discovery.proof.ranges import POSITIVE, REALS, Range, point
from discovery.proof.sign import normal_form
from discovery.proof.switches import SWITCHES, switching_surface
from discovery.proof.values import value_at
from discovery.proof.verdict import Outcome
from discovery.proof.zero import is_zero

MAX_SECTORS = 40


def sectors_of(expr: Expr) -> list[Range]:
    return [POSITIVE, point(Fraction(0)), Range(hi=Fraction(0))] if "A" in symbols(expr) else [REALS]


def zero(expr: Expr) -> Outcome:
    """Condition 2: f(1, A) = 0 for every real A."""
    pending, count = sectors_of(expr), 0
    breaks = _breaks(expr)
    while pending and count < MAX_SECTORS:
        sector, count = pending.pop(), count + 1
        try:
            value = at_ratio_one(expr, sector)
        except (ValueError, OverflowError) as error:
            return Outcome.unknown(f"f(1, A) cannot be formed for {_named(sector)}: {error}.")
        points = advantage_points(sector)
        verdict = is_zero(value, points)
        if verdict is False:
            found = _nonzero(expr, value, points)
            if found is not None:
                reason = f"f(1, A) is not 0 at A = {found['A']}."
                return Outcome.refuted("exact evaluation", reason, kind="nonzero", **found)
        if verdict is not True:
            return Outcome.unknown(f"f(1, A) = 0 is not decided for {_named(sector)}.")
    if pending:
        return Outcome.unknown("Too many cases in A.")
    return Outcome.proved("exact substitution", "f(1, A) = 0 for every A.", breaks=_texts(breaks), generators=[])


def flat(expr: Expr) -> Outcome:
    """Condition 3, by directional jets on both sides of r = 1, for every sector of A."""
    sectors = sectors_of(expr)
    pending = [(side, sector) for side in (1, -1) for sector in sectors]
    breaks = _breaks(expr)
    count, open_question = 0, None
    while pending and count < MAX_SECTORS:
        (side, sector), count = pending.pop(), count + 1
        try:
            problem = _one_side(expr, side, sector)
        except UndecidedSignError as error:
            parts = split_sector(sector, error.quantity)
            if parts is not None:
                pending += [(side, part) for part in parts]
                breaks |= {Fraction(part.lo) for part in parts if part.lo == part.hi}
                continue
            problem = f"The sign of a quantity at r = 1 is not decided for {_named(sector)}."
        except NotSmoothError as error:
            problem = f"No derivative rule applies at r = 1 for {_named(sector)}: {error}."
        except (ValueError, OverflowError) as error:
            problem = f"The expansion at r = 1 fails for {_named(sector)}: {error}."
        if isinstance(problem, Outcome):
            return problem
        open_question = open_question or problem
    if open_question or pending:
        return Outcome.unknown(open_question or "Too many cases in A.")
    reason = "Both one-sided derivatives at r = 1 are 0."
    return Outcome.proved("directional jets", reason, breaks=_texts(breaks))


def _one_side(expr: Expr, side: int, sector: Range) -> Outcome | str | None:
    """None if f is flat on that side, an Outcome if it certainly is not, or the open question."""
    arithmetic = OneSided(side, sector)
    jet = arithmetic.expand(expr)
    points = advantage_points(sector)
    where = "r = 1+" if side > 0 else "r = 1-"
    step = canonical(subtract(jet.value, at_ratio_one(expr, sector)))
    for exponent, quantity in {**jet.terms, Fraction(0): step}.items():
        if exponent > 1:
            continue
        verdict = is_zero(quantity, points)
        name = "jump" if exponent == 0 else "difference quotient" if exponent < 1 else "derivative"
        if verdict is False and not arithmetic.unsure:
            inward = side < 0 and exponent == 1  # the derivative in r, not in h
            found = _nonzero(expr, canonical(subtract(ZERO, quantity)) if inward else quantity, points)
            if found is not None:
                reason = f"The {name} at {where} is not 0 at A = {found['A']}."
                if 0 < exponent < 1:
                    found["value"] = "infinite"
                    reason = f"The {name} at {where} tends to infinity at A = {found['A']}."
                kind = "step" if exponent == 0 else "slope"
                return Outcome.refuted("directional jets", reason, kind=kind, side=side, **found)
        if verdict is not True:
            return f"The {name} at {where} is not decided to be 0 for {_named(sector)}."
    if jet.order < 1:
        return f"The one-sided derivative at {where} is not known for {_named(sector)}."
    return None


def _nonzero(expr: Expr, quantity: Expr, points: list[dict[str, Fraction]]) -> dict[str, str] | None:
    """The first point at which `quantity`, an expression in A, is certainly not 0, and f(1, A) is defined."""
    if PROGRESS.name in symbols(expr):
        return None  # refutations are found at single values of progress
    for at in points:
        try:
            value_at(expr, Fraction(1), at["A"], (64,))
            value = value_at(quantity, Fraction(1), at["A"])
        except UndefinedError:
            continue
        if value is not None and value != 0:
            return {"r": "1", "A": str(at["A"]), "value": str(value)}
    return None


def _breaks(expr: Expr) -> set[Fraction]:
    """0 and where a switch on A alone switches: the checker is to resolve it."""
    found = {Fraction(0)} if "A" in symbols(expr) else set[Fraction]()
    for node in walk(expr):
        if isinstance(node, Apply) and node.op in SWITCHES and "A" in symbols(node):
            scale, rest, shift = normal_form(switching_surface(node))
            if rest == ADVANTAGE and scale != 0:
                found.add(-shift / scale)
    return found


def _texts(breaks: set[Fraction]) -> list[str]:
    return [str(place) for place in sorted(breaks)]


def _named(sector: Range) -> str:
    if sector.lo == sector.hi:
        return f"A = {sector.lo}"
    if sector == REALS:
        return "all A"
    return f"A in ({sector.lo}, {sector.hi})"
