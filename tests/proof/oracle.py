"""An independent evaluator (mpmath, 100 digits) and an attack on verdicts that shares no code with the prover."""

from collections.abc import Mapping
from fractions import Fraction

import mpmath

from discovery.expression.node import Apply, Expr, Number, Symbol
from discovery.proof.verdict import Decision

DIGITS = 150
_EXPONENTIAL = ("exp", "sinh", "cosh", "sech", "tanh", "sigmoid", "softplus")


def value(expr: Expr, r: Fraction, A: Fraction):
    """f(r, A) in mpmath, nan where f is undefined or overflows mpmath."""
    return value_in(expr, r=r, A=A)


def value_in(expr: Expr, **values: Fraction):
    """The value of an expression in any symbols, likewise."""
    with mpmath.workdps(DIGITS):
        at = {name: mpmath.mpf(exact.numerator) / exact.denominator for name, exact in values.items()}
        try:
            return _value(expr, at)
        except (ArithmeticError, ValueError, OverflowError):
            return mpmath.nan


def _value(expr: Expr, at):
    if isinstance(expr, Number):
        return mpmath.mpf(expr.value.numerator) / expr.value.denominator
    if isinstance(expr, Symbol):
        return at[expr.name]
    assert isinstance(expr, Apply)
    if expr.op == "where":
        condition = expr.args[0]
        left, right = (_value(arg, at) for arg in condition.args)
        holds = left <= right if condition.op == "le" else left < right
        return _value(expr.args[1 if holds else 2], at)
    args = [_value(arg, at) for arg in expr.args]
    x = args[0]
    if expr.op in _EXPONENTIAL and abs(x) > 10**9:
        raise OverflowError("its digits would not fit into memory")
    match expr.op:
        case "add":
            return mpmath.fsum(args)
        case "mul":
            return mpmath.fprod(args)
        case "pow":
            if isinstance(expr.args[1], Number) and expr.args[1].value.denominator == 1:
                return x ** int(expr.args[1].value)
            if x < 0 or (x == 0 and args[1] <= 0):
                raise ValueError("domain")
            return mpmath.power(x, args[1])
        case "log":
            if x <= 0:
                raise ValueError("domain")
            return mpmath.log(x)
        case "sigmoid":
            return 1 / (1 + mpmath.exp(-x))
        case "softplus":
            return mpmath.log1p(mpmath.exp(x)) if x < 0 else x + mpmath.log1p(mpmath.exp(-x))
        case "relu":
            return max(x, mpmath.mpf(0))
        case "abs":
            return abs(x)
        case "sign":
            return mpmath.sign(x)
        case "max":
            return max(args)
        case "min":
            return min(args)
        case "clip":
            return min(max(x, args[1]), args[2])
    return getattr(mpmath, expr.op)(x)


_RATIOS = [
    Fraction(n, d) for n, d in ((1, 2), (2, 1), (4, 5), (6, 5), (9, 10), (11, 10), (1, 5), (5, 1), (1, 50), (50, 1))
]
_RATIOS += [1 + s * Fraction(1, 10**k) for k in (3, 6, 9) for s in (1, -1)] + [Fraction(10**6), Fraction(1, 10**6)]
_SIZES = (
    Fraction(1),
    Fraction(1, 3),
    Fraction(7, 2),
    Fraction(20),
    Fraction(1, 50),
    Fraction(1, 10**6),
    Fraction(1000),
)
ADVANTAGES = [Fraction(0)] + [s * a for a in _SIZES for s in (1, -1)]
H = Fraction(1, 10**30)


def objection(expr: Expr, decision: Decision) -> str | None:
    """Evidence that a verdict is wrong, or None."""
    if decision.verdict == "proved":
        return _against_proved(expr)
    if decision.verdict == "refuted" and decision.counterexample is not None:
        return _against_counterexample(expr, decision)
    if decision.verdict == "refuted":
        found = (decision.evidence or {}).get("refutation", {})
        return _against_jump(expr, found) if found.get("kind") == "jump" else "refuted without a counterexample"
    return None


def _against_jump(expr: Expr, found: Mapping[str, str]) -> str | None:
    """A jump on a segment without a rational place: halve it down to the place."""
    r, A, width = (Fraction(found[name]) for name in ("r", "A", "width"))

    def f(t: Fraction) -> mpmath.mpf:
        return value(expr, r + t, A) if found["symbol"] == "r" else value(expr, r, A + t)

    low, high = Fraction(0), width
    for _ in range(200):
        middle = (low + high) / 2
        start, at, end = f(low), f(middle), f(high)
        low, high = (low, middle) if abs(at - start) > abs(end - at) else (middle, high)
    height = Fraction(found["value"])
    least = mpmath.mpf(abs(height.numerator)) / height.denominator / 2
    return None if abs(f(high) - f(low)) > least else f"no jump at {found}"


def _against_proved(expr: Expr) -> str | None:
    for A in ADVANTAGES:
        for r in _RATIOS:
            v = value(expr, r, A)
            if mpmath.isfinite(v) and v < -(mpmath.mpf(10) ** -80):
                return f"f({r}, {A}) = {mpmath.nstr(v)}"
            for side in (1, -1):  # continuity in A: the gap must shrink; beside 0 the factor of A may be exp(r**2)
                steps = (H**2, H**4) if A else (H**2, H**100)
                wide, narrow = (abs(value(expr, r, A + side * h) - v) for h in steps)
                if narrow > mpmath.mpf(10) ** -90 and narrow > wide / 2:
                    return f"a jump at A = {A}, r = {r}"
        one = value(expr, Fraction(1), A)
        if not mpmath.isfinite(one) or abs(one) > mpmath.mpf(10) ** -100:
            return f"f(1, {A}) = {one}"
        for side in (1, -1):  # the difference quotient must shrink
            wide, narrow = (abs(value(expr, 1 + side * h, A)) / h for h in (H, H**2))
            if narrow > mpmath.mpf(10) ** -60 and narrow > wide / 2:
                return f"not flat at A = {A}: {mpmath.nstr(narrow)}"
    return None


def _against_counterexample(expr: Expr, decision: Decision) -> str | None:
    point = decision.counterexample
    assert point is not None
    r, A = Fraction(point.r), Fraction(point.A)
    if point.value == "undefined":
        return None if mpmath.isnan(value(expr, r, A)) else f"f = {value(expr, r, A)}"
    refuted = [
        name for name in ("nonnegative", "zero", "defined", "flat") if decision.conditions[name].verdict == "refuted"
    ]
    v = value(expr, r, A)
    tiny = mpmath.mpf(10) ** -90
    match refuted[0]:
        case "nonnegative":
            bound = Fraction(point.value)
            if mpmath.isnan(v):
                return None  # beyond mpmath
            with mpmath.workdps(DIGITS):
                limit = mpmath.mpf(bound.numerator) / bound.denominator
                return None if v < 0 and v <= limit + tiny else f"f = {v} at the counterexample {point}"
        case "zero":
            return None if r == 1 and abs(v) > 0 else f"f(1, A) = {v}"
        case "flat":
            slopes = [abs(value(expr, 1 + h, A) - v) / H for h in (H, -H)]
            return None if max(slopes) > (1e-12 if point.value != "infinite" else 1e3) else f"slopes {slopes}"
        case "defined":
            near = (0, H**2, -(H**2))
            around = [value(expr, r + a, A + b) for a in near for b in near]
            height = abs(Fraction(point.value))
            least = mpmath.mpf(height.numerator) / height.denominator / 2
            return None if max(around) - min(around) > least else f"no jump at {point}"
    return None
