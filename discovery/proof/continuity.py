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
from discovery.expression.printer import to_text
from discovery.proof.definedness import Path, first_open
from discovery.proof.ranges import POSITIVE, Range
from discovery.proof.sign import Assumptions, normal_form
from discovery.proof.switches import replace, resolve, without_sign
from discovery.proof.zero import is_zero, sample_points

MAX_PIECES = 64
REGION = Assumptions({RATIO: POSITIVE})


def continuous(expr: Expr) -> str | None:
    """None if f is proved continuous wherever it is defined, else a sentence that says what is open."""
    expr = resolve(without_sign(expr), REGION)
    return _continuous(expr, (), [MAX_PIECES])


def _continuous(expr: Expr, path: Path, budget: list[int]) -> str | None:
    """As `continuous`, for the piece `expr` of f on the closed set where all conditions of `path` hold."""
    node = _outer_where(expr)
    if node is None:
        if not path:
            return None
        missing = first_open(expr, path)
        return None if missing is None else f"It is not proved that {missing} up to the edge of its piece."
    budget[0] -= 1
    if budget[0] < 0:
        return "There are too many where() pieces."
    condition, x, y = node.args
    assert isinstance(condition, Apply)
    gap = canonical(subtract(condition.args[1], condition.args[0]))
    if _outer_where(gap) is not None:
        return f"The condition {to_text(condition)} itself has pieces."
    if not REGION.range(gap).nonzero:
        surface = solve(gap, Fraction(0))
        if surface is None:
            return f"The surface {to_text(gap)} = 0 is not solved for r or A."
        first, second = replace(expr, node, x), replace(expr, node, y)
        for at in surface:
            if not _agree(first, second, at):
                return f"The branches of where({to_text(condition)}, ...) are not shown to agree where they meet."
    closure = Apply("le", (condition.args[1], condition.args[0]))
    for piece, side in ((x, condition), (y, closure)):
        problem = _continuous(canonical(replace(expr, node, piece)), (*path, (side, True)), budget)
        if problem is not None:
            return problem
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
    bounds: dict[Expr, Range] = {RATIO: POSITIVE}
    free = symbols(a) | symbols(b)
    sectors: list[Assumptions] = [Assumptions(bounds)]
    if "r" in free:
        sectors = [Assumptions({RATIO: r}) for r in (Range(lo=Fraction(1)), Range(Fraction(0), Fraction(1)))]
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
    return is_zero(difference, sample_points(difference, **shown)) is True


def solve(expr: Expr, target: Fraction | Expr) -> list[dict[str, Expr]] | None:
    """Substitutions that together cover {(r, A): expr = target, r > 0}; None if they are not found.

    The covering may be too large (points where the substitution is not defined are dropped only if they cannot lie on
    the surface), never too small.
    """
    value = Number(target) if isinstance(target, Fraction) else target
    match expr:
        case Number(number):
            return [] if isinstance(value, Number) and number != value.value else None
        case Symbol("r"):
            return [] if isinstance(value, Number) and value.value <= 0 else [{"r": value}]
        case Symbol(name):
            return [{name: value}]
    if not isinstance(value, Number):
        return None
    scale, rest, shift = normal_form(expr)
    if rest != expr and scale != 0:
        return solve(rest, (value.value - shift) / scale)
    c = value.value
    match expr:
        case Apply("abs", (x,)):
            return [] if c < 0 else solve(x, c) if c == 0 else _both(x, c)
        case Apply("pow", (x, Number(n))) if n.denominator == 1 and n > 0 and c == 0:
            return solve(x, c)
        case Apply("pow", (x, Number(n))) if n == 2:
            root = canonical(power(value, Fraction(1, 2))) if c > 0 else None
            return [] if c < 0 else _both(x, root.value) if isinstance(root, Number) else None
        case Apply("log", (Symbol("r"),)):
            return [{"r": canonical(Apply("exp", (value,)))}]
        case Apply("tanh" | "sinh" | "atan" | "asinh", (x,)) if c == 0:
            return solve(x, c)
        case Apply("log", (x,)) if c == 0:
            return solve(x, Fraction(1))
        case Apply("exp", (x,)):
            return [] if c <= 0 else solve(x, Fraction(0)) if c == 1 else None
        case Apply("mul", factors):
            return _product(factors, c)
        case Apply("add", _):
            return _linear(expr, c)
    return None


def _both(x: Expr, c: Fraction) -> list[dict[str, Expr]] | None:
    found = [solve(x, c), solve(x, -c)]
    return None if found[0] is None or found[1] is None else found[0] + found[1]


def _product(factors: tuple[Expr, ...], c: Fraction) -> list[dict[str, Expr]] | None:
    if c == 0:
        found: list[dict[str, Expr]] = []
        for factor in factors:
            if REGION.range(factor).nonzero:
                continue
            part = solve(factor, c)
            if part is None:
                return None
            found += part
        return found
    others = [factor for factor in factors if factor != ADVANTAGE]
    if len(others) != len(factors) - 1 or any("A" in symbols(factor) for factor in others):
        return None
    g = others[0] if len(others) == 1 else Apply("mul", tuple(others))
    return [{"A": canonical(mul(Number(c), power(g, -1)))}]  # where g = 0 the product is 0, not c


def _linear(expr: Apply, c: Fraction) -> list[dict[str, Expr]] | None:
    """slope(r) A + rest(r) = c with slope != 0 everywhere, or a common factor A in all terms (c = 0)."""
    from discovery.proof.onevariable import factored

    if c == 0:
        pulled = factored(expr)
        if pulled != expr and isinstance(pulled, Apply) and pulled.op == "mul":
            return solve(canonical(pulled), c)
    slopes: list[Expr] = []
    rest: list[Expr] = [Number(-c)]
    for term in expr.args:
        factors = term.args if isinstance(term, Apply) and term.op == "mul" else (term,)
        others = tuple(factor for factor in factors if factor != ADVANTAGE)
        if any("A" in symbols(other) for other in others) or len(factors) - len(others) > 1:
            return None
        if len(others) == len(factors):
            rest.append(term)
        else:
            slopes.append(mul(ONE, *others) if others else ONE)
    if not slopes:
        return None
    slope = canonical(add(ZERO, *slopes))
    if not REGION.range(slope).nonzero:
        return None
    return [{"A": canonical(mul(MINUS_ONE, add(ZERO, *rest), power(slope, -1)))}]
