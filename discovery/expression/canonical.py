"""One canonical form per expression, so that what is proved is what is printed is what is compiled.

Every rewrite is an identity of real functions *that keeps the domain*: x/x is not rewritten to 1, 0*log(A) not to 0,
because `defined` is one of the four conditions of a drift. Rewrites work on exact rationals only.
"""

import hashlib
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import TypeGuard

from discovery.expression.constants import bounded, rational_power
from discovery.expression.domain import is_positive, is_total
from discovery.expression.node import HALF, ONE, RATIO, ZERO, Apply, Expr, Number, Symbol, power
from discovery.expression.operators import OPERATORS

_RANK = {Symbol: 1, Apply: 2, Number: 3}


@lru_cache(maxsize=1 << 16)
def canonical(expr: Expr) -> Expr:
    """The canonical form: sums and products flat and sorted, constants folded, ReLU and clip recognised.

    Raises:
        ValueError: for a division by the constant zero.
    """
    if not isinstance(expr, Apply):
        return expr
    args = tuple(canonical(arg) for arg in expr.args)
    match expr.op:
        case "add":
            return _add(args)
        case "mul":
            return _mul(args)
        case "pow":
            return _pow(*args)
        case "max" | "min":
            return _extremum(expr.op, args)
        case "clip":
            return _clip(*args)
        case "where":
            return _where(*args)
        case "le" | "lt":
            return Apply(expr.op, args)
        case _:
            return _function(expr.op, args[0])


def content_hash(expr: Expr) -> str:
    """A short name for an expression: the first 12 hex digits of the sha256 of its canonical text."""
    from discovery.expression.printer import to_text

    return text_hash(to_text(canonical(expr)))


def text_hash(text: str) -> str:
    """The `content_hash` of the expression whose canonical text is `text`."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _key(expr: Expr) -> tuple:
    """A total order: symbols, then applications by size and shape, then numbers."""
    match expr:
        case Symbol(name):
            return (1, 1, name)
        case Apply(op, args):
            keys = tuple(_key(arg) for arg in args)
            return (2, 1 + sum(key[1] for key in keys), op, keys)
        case Number(value):
            return (3, 1, value)


def _sorted(args: Iterable[Expr]) -> tuple[Expr, ...]:
    return tuple(sorted(args, key=_order))


@lru_cache(maxsize=1 << 16)
def _order(expr: Expr) -> tuple[int, str]:
    return _RANK[type(expr)], repr(_key(expr))


def _coefficient(term: Expr) -> tuple[Fraction, Expr | None]:
    """term = coefficient * rest, with rest None for a constant."""
    match term:
        case Number(value):
            return value, None
        case Apply("mul", (Number(value), *rest)):
            return value, rest[0] if len(rest) == 1 else Apply("mul", tuple(rest))
    return Fraction(1), term


def _scale(coefficient: Fraction, rest: Expr) -> Expr:
    if coefficient == 1:
        return rest
    factors = rest.args if isinstance(rest, Apply) and rest.op == "mul" else (rest,)
    return Apply("mul", (Number(coefficient), *factors))


def _flatten(op: str, args: Iterable[Expr]) -> Iterable[Expr]:
    for arg in args:
        if isinstance(arg, Apply) and arg.op == op:
            yield from arg.args
        elif op == "add" and isinstance(arg, Apply) and arg.op == "mul" and len(arg.args) == 2:
            match arg.args:
                case (Number(value), Apply("add", terms)) if value == -1:  # a - (b - c) = a - b + c
                    yield from (_negated(term) for term in terms)
                case _:
                    yield arg
        else:
            yield arg


def _negated(term: Expr) -> Expr:
    coefficient, rest = _coefficient(term)
    return Number(-coefficient) if rest is None else _scale(-coefficient, rest)


def _leads_negative(expr: Expr) -> bool:
    """Whether a sum starts with a negative term, as 1 - r does (r sorts before 1)."""
    return _is_sum(expr) and _coefficient(expr.args[0])[0] < 0


def _negated_factor(expr: Expr) -> Expr:
    """-expr, distributed over a sum."""
    return _add(tuple(map(_negated, expr.args))) if _is_sum(expr) else _negated(expr)


def _is_sum(expr: Expr) -> TypeGuard[Apply]:
    return isinstance(expr, Apply) and expr.op == "add"


def _add(args: tuple[Expr, ...]) -> Expr:
    constant, coefficients = Fraction(0), dict[Expr, Fraction]()
    for term in _flatten("add", args):
        coefficient, rest = _coefficient(term)
        if rest is None:
            constant += coefficient
        else:
            coefficients[rest] = coefficients.get(rest, Fraction(0)) + coefficient
    # A term whose coefficient cancels to 0 still says where the sum is defined.
    ordered = _sorted(rest for rest, c in coefficients.items() if c != 0 or not is_total(rest))
    terms = [_scale(coefficients[rest], rest) for rest in ordered]
    if constant != 0 or not terms:
        terms.append(Number(bounded(constant)))
    return terms[0] if len(terms) == 1 else Apply("add", tuple(terms))


def _mul(args: tuple[Expr, ...]) -> Expr:
    coefficient, exponents, others = Fraction(1), dict[Expr, Fraction](), list[Expr]()
    for factor in _flatten("mul", args):
        match factor:
            case Number(value):
                coefficient = bounded(coefficient * value)
            case Apply("pow", (base, Number(exponent))) if base == RATIO or _is_natural(exponent):
                exponents[base] = exponents.get(base, Fraction(0)) + exponent
            case Apply("pow", _):
                others.append(factor)  # x**(-1) * x is not 1 at x = 0
            case base:
                if _leads_negative(base):
                    base, coefficient = _negated_factor(base), -coefficient
                exponents[base] = exponents.get(base, Fraction(0)) + 1
    factors = [_pow(base, Number(exponent)) for base, exponent in exponents.items() if exponent != 0] + others
    if coefficient == 0 and all(is_total(factor) for factor in factors):
        return ZERO
    if len(factors) == 1 and coefficient == -1:
        return _negated_factor(factors[0])
    if not factors:
        return Number(coefficient)
    ordered = _sorted(factors)
    product = ordered[0] if len(ordered) == 1 else Apply("mul", ordered)
    return _scale(coefficient, product)


def _is_natural(value: Fraction) -> bool:
    return value.denominator == 1 and value > 0


def _pow(base: Expr, exponent: Expr) -> Expr:
    if not isinstance(exponent, Number):
        return Apply("pow", (base, exponent))
    value = exponent.value
    if value == 1:
        return base
    if value == 0 and is_total(base):
        return ONE
    if value.denominator == 1 and _leads_negative(base):
        flipped = _pow(_negated_factor(base), exponent)
        return flipped if value.numerator % 2 == 0 else _negated(flipped)
    match base:
        case Number(b):
            folded = rational_power(b, value)
            if folded is not None:
                return Number(folded)
        case Apply("pow", (inner, Number(n))) if inner == RATIO or _composes(n, value):
            return _pow(inner, Number(n * value))
        case Apply("pow", (inner, Number(n))) if _both_negative_integers(n, value) and value != -1:
            return power(_pow(inner, Number(-n * value)), -1)  # not x**(n*value), which is defined at x = 0
        case Apply("mul", (Number(c), *rest)) if value.denominator == 1:
            scale = rational_power(c, value)
            if scale is not None:
                return _mul((Number(scale), _pow(_mul(tuple(rest)), exponent)))
    return power(base, exponent)


def _composes(inner: Fraction, outer: Fraction) -> bool:
    """Whether (x**inner)**outer = x**(inner*outer), domain included, whatever the sign of x."""
    if outer.denominator != 1:
        return False
    if inner.denominator == 1:
        return _is_natural(inner) or _is_natural(outer)
    return inner > 0 > outer and (inner * outer).denominator != 1


def _both_negative_integers(a: Fraction, b: Fraction) -> bool:
    return a.denominator == b.denominator == 1 and a < 0 and b < 0


def _extremum(op: str, args: tuple[Expr, ...]) -> Expr:
    pick = max if op == "max" else min
    flat = dict.fromkeys(_flatten(op, args))
    constants = [arg.value for arg in flat if isinstance(arg, Number)]
    rest = _sorted(arg for arg in flat if not isinstance(arg, Number))
    if not constants:
        return rest[0] if len(rest) == 1 else Apply(op, rest)
    bound = pick(constants)
    if not rest:
        return Number(bound)
    inner = rest[0] if len(rest) == 1 else Apply(op, rest)
    if op == "max" and bound == 0:
        return _function("relu", inner)
    match inner:
        case Apply("max", (x, Number(low))) if op == "min" and low <= bound:
            return Apply("clip", (x, Number(low), Number(bound)))
        case Apply("relu", (x,)) if op == "min" and bound >= 0:
            return Apply("clip", (x, ZERO, Number(bound)))
        case Apply("min", (x, Number(high))) if op == "max" and bound <= high:
            return Apply("clip", (x, Number(bound), Number(high)))
    return Apply(op, (*rest, Number(bound)))


def _clip(x: Expr, low: Expr, high: Expr) -> Expr:
    if isinstance(low, Number) and isinstance(high, Number) and low.value <= high.value and not isinstance(x, Number):
        return Apply("clip", (x, low, high))
    return _extremum("min", (_extremum("max", (x, low)), high))


def _where(condition: Expr, x: Expr, y: Expr) -> Expr:
    match condition:
        case Apply(op, (Number(a), Number(b))):
            return x if (a <= b if op == "le" else a < b) else y
        case Apply("lt", (a, b)):  # a < b is not b <= a, so that one comparison is enough
            condition, x, y = Apply("le", (b, a)), y, x
    if x == y and isinstance(condition, Apply) and all(map(is_total, condition.args)):
        return x
    return Apply("where", (condition, x, y))


def _function(op: str, x: Expr) -> Expr:
    operator = OPERATORS[op]
    coefficient, rest = _coefficient(x)
    if rest is None:
        if op == "softplus" and coefficient == 0:
            return Apply("log", (Number(Fraction(2)),))
        folded = _constant_value(op, coefficient)
        return Apply(op, (x,)) if folded is None else Number(folded)
    if coefficient > 0 and op in ("relu", "abs") and is_positive(rest):
        return x
    if operator.parity and (coefficient < 0 or _leads_negative(rest)):
        flipped = _function(op, _negated_factor(x))
        return _negated(flipped) if operator.parity < 0 else flipped
    if op in ("abs", "relu") and coefficient not in (0, 1) and coefficient > 0:
        return _scale(coefficient, _function(op, rest))  # homogeneous
    if op == "relu" and coefficient < -1:
        return _scale(-coefficient, _function(op, _scale(Fraction(-1), rest)))
    if op == "sign" and coefficient > 0:
        return Apply(op, (rest,))
    match op, rest:
        case "relu", Apply("relu", _) if coefficient > 0:
            return x
        case "abs", Apply("abs" | "relu", _):
            return x
        case "log", Apply("exp", (inner,)) if coefficient == 1:
            return inner
        case "exp", Apply("log", (Symbol("r"),)):  # r > 0: the domain is kept
            return _pow(RATIO, Number(coefficient))
    return Apply(op, (x,))


def _constant_value(op: str, x: Fraction) -> Fraction | None:
    match op:
        case "abs":
            return abs(x)
        case "relu":
            return max(x, Fraction(0))
        case "sign":
            return Fraction((x > 0) - (x < 0))
        case "log" if x == 1:
            return Fraction(0)
        case "sigmoid" if x == 0:
            return HALF
    at_zero = OPERATORS[op].at_zero
    return Fraction(at_zero) if x == 0 and at_zero is not None else None
