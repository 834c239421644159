"""A normal form for lemmas: sums of products of powers, given that everything is defined and some symbols are positive.

The canonical form of a formula keeps its domain: x/x is not 1. Here definedness is proved elsewhere, so x/x is 1, and
factors that are known to be positive leave roots, absolute values, ReLUs, maxima and minima.
"""

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache

from discovery.expression.canonical import canonical
from discovery.expression.node import ONE, Apply, Expr, Number, Symbol, add, mul, power

Monomial = frozenset[tuple[Expr, Expr]]  # (base, exponent) pairs
Sum = dict[Monomial, Fraction]
_MAX_TERMS = 80
_MAX_POWER = 4


class _TooLargeError(Exception):
    pass


@lru_cache(maxsize=1 << 14)
def normal(expr: Expr, positive: frozenset[str]) -> Expr:
    """An expression that equals `expr` wherever that is defined and the symbols of `positive` are positive."""
    try:
        return _rebuilt(_expanded(expr, positive))
    except _TooLargeError:
        return canonical(expr)


def without_factor(expr: Expr, name: str, positive: frozenset[str]) -> Expr:
    """The normal form divided by the power of the positive symbol `name` that all its terms share."""
    try:
        found = _expanded(expr, positive)
    except _TooLargeError:
        return canonical(expr)
    shared = _shared(found, positive & {name})
    return _rebuilt(_times(found, {_inverse(shared): Fraction(1)}))


def _rebuilt(found: Sum) -> Expr:
    terms = [canonical(mul(Number(c), *(power(b, e) for b, e in _ordered(m)), ONE)) for m, c in found.items() if c]
    return canonical(add(*terms, Number(Fraction(0)), Number(Fraction(0))))


def _ordered(monomial: Monomial) -> list[tuple[Expr, Expr]]:
    return sorted(monomial, key=repr)


def _expanded(expr: Expr, positive: frozenset[str]) -> Sum:
    match expr:
        case Number(value):
            return {frozenset(): value} if value else {}
        case Symbol():
            return _atom(expr)
        case Apply("add", terms):
            return _total(_expanded(term, positive) for term in terms)
        case Apply("mul", factors):
            result: Sum = {frozenset(): Fraction(1)}
            for factor in factors:
                result = _times(result, _expanded(factor, positive))
            return result
        case Apply("pow", (base, exponent)):
            return _raised(_expanded(base, positive), normal(exponent, positive), positive)
        case Apply("abs" | "relu" | "max" | "min" | "clip" as op, args):
            return _homogeneous(op, [_expanded(arg, positive) for arg in args], positive)
        case Apply(op, args):
            return _read(canonical(Apply(op, tuple(normal(arg, positive) for arg in args))))
    raise TypeError(f"not an expression: {expr!r}")


def _read(expr: Expr) -> Sum:
    """A canonical function value as a term: canonical may have pulled out a number."""
    match expr:
        case Number(value):
            return {frozenset(): value} if value else {}
        case Apply("mul", (Number(value), rest)):
            return {monomial: value * c for monomial, c in _atom(rest).items()}
    return _atom(expr)


def _atom(expr: Expr) -> Sum:
    return {frozenset({(expr, ONE)}): Fraction(1)}


def _total(sums: Iterable[Sum]) -> Sum:
    result: Sum = {}
    for part in sums:
        for monomial, coefficient in part.items():
            result[monomial] = result.get(monomial, Fraction(0)) + coefficient
    result = {monomial: c for monomial, c in result.items() if c}
    if len(result) > _MAX_TERMS:
        raise _TooLargeError
    return result


def _times(x: Sum, y: Sum) -> Sum:
    if len(x) * len(y) > _MAX_TERMS:
        raise _TooLargeError
    return _total({_joined(m, n): c * d} for m, c in x.items() for n, d in y.items())


def _joined(x: Monomial, y: Monomial) -> Monomial:
    exponents = dict(x)
    for base, exponent in y:
        exponents[base] = canonical(add(exponents[base], exponent)) if base in exponents else exponent
    return _even(exponents)


def _even(exponents: dict[Expr, Expr]) -> Monomial:
    """abs(x)**2 is x**2."""
    result: dict[Expr, Expr] = {}
    for base, exponent in exponents.items():
        match base, exponent:
            case Apply("abs", (x,)), Number(n) if n % 2 == 0 and not (isinstance(x, Apply) and x.op in ("add", "mul")):
                base = x
        result[base] = canonical(add(result[base], exponent)) if base in result else exponent
    return frozenset((base, e) for base, e in result.items() if e != Number(Fraction(0)))


def _inverse(monomial: Monomial) -> Monomial:
    return frozenset((base, canonical(mul(Number(Fraction(-1)), exponent))) for base, exponent in monomial)


def _shared(found: Sum, names: frozenset[str]) -> Monomial:
    """The greatest common monomial in some symbols, with numbers as exponents."""
    common: dict[Expr, Expr] = {}
    for name in names:
        symbol = Symbol(name)
        exponents = [dict(monomial).get(symbol, Number(Fraction(0))) for monomial in found]
        numbers = [exponent.value for exponent in exponents if isinstance(exponent, Number)]
        if numbers and len(numbers) == len(exponents) and min(numbers) != 0:
            common[symbol] = Number(min(numbers))
    return frozenset(common.items())


def _raised(base: Sum, exponent: Expr, positive: frozenset[str]) -> Sum:
    if base == {frozenset(): Fraction(1)}:
        return base
    if exponent == ONE:
        return base
    whole = exponent.value.numerator if isinstance(exponent, Number) and exponent.value.denominator == 1 else None
    if not base and (exponent.value > 0 if isinstance(exponent, Number) else _is_positive(exponent, positive)):
        return {}
    if len(base) == 1:
        ((monomial, coefficient),) = base.items()
        return _power_of_product(monomial, coefficient, exponent, positive)
    if whole is not None and 2 <= whole <= _MAX_POWER:
        result = base
        for _ in range(whole - 1):
            result = _times(result, base)
        return result
    shared = _shared(base, positive)
    rest = _times(base, {_inverse(shared): Fraction(1)})
    outer = frozenset((b, canonical(mul(e, exponent))) for b, e in shared)
    return _times({outer: Fraction(1)}, _opaque(rest, exponent, whole is not None))


def _opaque(base: Sum, exponent: Expr, integer: bool) -> Sum:
    """The power of a sum as one factor, its leading coefficient made 1."""
    if not base:
        return {frozenset({(Number(Fraction(0)), exponent)}): Fraction(1)}
    leading = base[min(base, key=lambda monomial: repr(_ordered(monomial)))]
    if not integer:
        leading = abs(leading)
    scale = _read(canonical(power(Number(leading), exponent))) if leading != 1 else {frozenset(): Fraction(1)}
    body = _rebuilt({monomial: c / leading for monomial, c in base.items()})
    return _times(scale, {frozenset({(body, exponent)}): Fraction(1)})


def _power_of_product(monomial: Monomial, coefficient: Fraction, exponent: Expr, positive: frozenset[str]) -> Sum:
    integer = isinstance(exponent, Number) and exponent.value.denominator == 1
    if integer:
        pulled, kept = monomial, frozenset[tuple[Expr, Expr]]()
    else:
        pulled = frozenset((b, e) for b, e in monomial if _is_positive(b, positive))
        kept = monomial - pulled
    outer = _even({b: canonical(mul(e, exponent)) for b, e in pulled})
    number, inner = coefficient, Fraction(1)
    if not integer and coefficient < 0:
        number, inner = -coefficient, Fraction(-1)
    scale = _read(canonical(power(Number(number), exponent))) if number != 1 else {frozenset(): Fraction(1)}
    result = _times({outer: Fraction(1)}, scale)
    if kept or inner < 0:
        result = _times(result, {frozenset({(_rebuilt({kept: inner}), exponent)}): Fraction(1)})
    return result


def _is_positive(base: Expr, positive: frozenset[str]) -> bool:
    match base:
        case Symbol(name):
            return name in positive
        case Number(value):
            return value > 0
        case Apply("exp" | "cosh" | "sech" | "sigmoid" | "softplus", _):
            return True
    return False


def _homogeneous(op: str, args: list[Sum], positive: frozenset[str]) -> Sum:
    """abs(c x) = c abs(x), max(c x, c y) = c max(x, y), ... for the powers of positive symbols that all share."""
    parts = [arg for arg in args if arg]
    shared = (
        _shared({monomial: c for part in parts for monomial, c in part.items()}, positive) if parts else frozenset()
    )
    inverse = {_inverse(shared): Fraction(1)}
    inner = canonical(Apply(op, tuple(_rebuilt(_times(arg, inverse)) for arg in args)))
    return _times({shared: Fraction(1)}, _read(inner))
