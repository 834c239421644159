"""The second half of condition 1: f is continuous in (r, A) jointly.

Every operator but where() and sign() is continuous where it is defined. sign(x) is read as nested where(). Then f is
pasted together from pieces: f = X on {g <= 0} and f = Y on {g > 0}, with g continuous. If X and Y are continuous where
they are used (Y up to the closure) and X = Y on {g = 0}, f is continuous (the pasting lemma).

The replacement happens in the whole of f, not in the branch alone, so A*where(A >= 0, 1, 2) is continuous. Each piece
must be defined on its closed set: 1/where(A >= 0, 1, (r - 1)**4 + A**4) is defined everywhere, its second piece not.
"""

from fractions import Fraction

from discovery.expression.canonical import canonical
from discovery.expression.node import (
    ADVANTAGE,
    MINUS_ONE,
    PROGRESS,
    RATIO,
    ZERO,
    Apply,
    Expr,
    mul,
    substitute,
    subtract,
    symbols,
    walk,
)
from discovery.expression.printer import to_text
from discovery.proof.definedness import Evidence, Path, first_open
from discovery.proof.products import U, abstracted
from discovery.proof.ranges import Range
from discovery.proof.regions import DURING, EVERYWHERE
from discovery.proof.sign import Assumptions
from discovery.proof.surfaces import coverings
from discovery.proof.switches import replace, resolve, without_sign
from discovery.proof.zero import is_zero, sample_points

MAX_PIECES = 64


def continuous(expr: Expr, evidence: Evidence) -> str | None:
    """None if f is proved continuous wherever it is defined, else a sentence that says what is open.

    The surfaces on which f switches are added to `evidence`.
    """
    expr = resolve(without_sign(expr), EVERYWHERE)
    return _continuous(expr, (), [MAX_PIECES], evidence)


def _continuous(expr: Expr, path: Path, budget: list[int], evidence: Evidence) -> str | None:
    """As `continuous`, for the piece `expr` of f on the closed set where all conditions of `path` hold."""
    node = _outer_where(expr)
    if node is None:
        if not path:
            return None
        missing = first_open(expr, evidence, path)
        return None if missing is None else f"It is not proved that {missing} up to the edge of its piece."
    budget[0] -= 1
    if budget[0] < 0:
        return "There are too many where() pieces."
    condition, x, y = node.args
    assert isinstance(condition, Apply)
    gap = canonical(subtract(condition.args[1], condition.args[0]))
    if _outer_where(gap) is not None:
        return f"The condition {to_text(condition)} itself has pieces."
    if not EVERYWHERE.range(gap).nonzero:
        first, second = replace(expr, node, x), replace(expr, node, y)
        covering = _meeting(gap, first, second)
        if covering is None:
            return f"The branches of where({to_text(condition)}, ...) are not shown to agree where they meet."
        evidence.surfaces.append({"gap": to_text(gap), "levels": covering})
    closure = Apply("le", (condition.args[1], condition.args[0]))
    for piece, side in ((x, condition), (y, closure)):
        problem = _continuous(canonical(replace(expr, node, piece)), (*path, (side, True)), budget, evidence)
        if problem is not None:
            return problem
    return None


def _meeting(gap: Expr, first: Expr, second: Expr) -> list[dict[str, str]] | None:
    """A covering of {gap = 0} on each part of which the two expressions are shown to agree, or None."""
    for covering in coverings(gap):
        found = []
        for level in covering:
            sides = [canonical(abstracted(side, level.quantity)) for side in (first, second)]
            if not _agree(sides[0], sides[1], {U.name: level.value}):
                break
            texts = {"above": to_text(sides[0]), "below": to_text(sides[1])}
            found.append({"quantity": to_text(level.quantity), "value": to_text(level.value), **texts})
        else:
            return found
    return None


def _outer_where(expr: Expr) -> Apply | None:
    for node in walk(expr):
        if isinstance(node, Apply) and node.op == "where":
            return node
    return None


def _agree(first: Expr, second: Expr, at: dict[str, Expr]) -> bool:
    """Whether the two expressions are equal on the surface that the substitution `at` parametrises."""
    try:
        a, b = canonical(substitute(first, at)), canonical(substitute(second, at))
    except ValueError:
        return False
    free = symbols(a) | symbols(b)
    sectors: list[Assumptions] = [EVERYWHERE]
    if "r" in free:
        sectors = [Assumptions({RATIO: r, **DURING}) for r in (Range(lo=Fraction(1)), Range(Fraction(0), Fraction(1)))]
    if "A" in free:
        sectors = [
            Assumptions({**sector.bounds, ADVANTAGE: A})
            for sector in sectors
            for A in (Range(lo=Fraction(0)), Range(hi=Fraction(0)))
        ]
    return all(_equal(a, b, sector) for sector in sectors)


def _equal(a: Expr, b: Expr, sector: Assumptions) -> bool:
    difference = canonical(subtract(resolve(a, sector), resolve(b, sector)))
    if difference == ZERO:
        return True
    shown = {}
    for symbol in (RATIO, ADVANTAGE):
        found = sector.bounds.get(symbol)
        if found is None or symbol.name not in symbols(difference):
            continue
        if found.lo == float("-inf"):
            difference = canonical(substitute(difference, {symbol.name: mul(MINUS_ONE, symbol)}))
            found = Range(lo=Fraction(0))
        shown[symbol.name] = (Fraction(found.lo), None if isinstance(found.hi, float) else found.hi)
    shown[PROGRESS.name] = (Fraction(0), Fraction(1))
    return is_zero(difference, sample_points(difference, **shown)) is True
