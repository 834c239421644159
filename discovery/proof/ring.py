"""A smooth formula as a quotient N/D of polynomials in non-negative generators.

The variables are > 0. Every transcendental part becomes a generator that is > 0 for positive variables and whose
derivative is again a quotient in the ring: e = exp(w) - 1, L = log(q), s = q**(1/m) - 1, T = atan(w), with w and q - 1
of non-negative coefficients. So a polynomial without a negative coefficient is >= 0: a proof that needs no estimate,
and that holds at tangency points and out to infinity alike. Constants such as log(2) are generators of known value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Any

from flint import Ordering, arb, ctx, fmpq, fmpq_mpoly_ctx

from discovery.expression.canonical import canonical
from discovery.expression.node import Apply, Expr, Number, Symbol
from discovery.proof.enclosure import to_fmpq, to_fraction

Poly = Any  # flint.fmpq_mpoly
SIZE = 20
MAX_POWER = 64
_CONTEXT = fmpq_mpoly_ctx.get([f"g{i}" for i in range(SIZE)], Ordering.degrevlex)
_ZERO, _ONE = _CONTEXT.constant(0), _CONTEXT.constant(1)


class UnsupportedError(ValueError):
    """The formula does not fit the ring."""


class NeedsRefinementError(Exception):
    """Conversion must restart: exponent bases (`bases`) or root orders of variables (`roots`) have been refined."""


@dataclass(frozen=True)
class Quotient:
    """num / den, with den > 0 for positive generators."""

    num: Poly
    den: Poly


def quotient(num: Poly, den: Poly) -> Quotient:
    if num == 0:
        return Quotient(_ZERO, _ONE)
    common = num.gcd(den)
    num, den = num / common, den / common
    scale = den.leading_coefficient()
    return Quotient(num / scale, den / scale)


@dataclass(frozen=True)
class Generator:
    """One generator; `argument` is w or q (see the module), `order` is m of a root, `value` an arb for a constant."""

    kind: str
    argument: Quotient | None = None
    order: int = 1
    constant: Expr | None = None


class Ring:
    """The generators of one formula; `convert` adds them as they are met."""

    def __init__(self) -> None:
        self.generators: list[Generator] = []
        self.keys: dict[str, int] = {}
        self.bases: dict[str, Fraction] = {}  # exp(c w) is a power of exp(base * w)
        self.roots: dict[int, int] = {}  # variable i stands for its roots[i]-th power
        self.symbols: dict[Expr, Quotient] = {}
        self._derivatives: dict[tuple[int, int], Quotient] = {}

    # -- building -----------------------------------------------------------------------------------------------
    def generator(self, key: str, made: Generator) -> Poly:
        if key not in self.keys:
            if len(self.generators) == SIZE:
                raise UnsupportedError("too many generators")
            self.keys[key] = len(self.generators)
            self.generators.append(made)
        return _CONTEXT.gen(self.keys[key])

    def variable(self, index: int) -> Poly:
        x = self.generator(f"variable {index}", Generator("variable"))
        return x ** self.roots.get(index, 1)

    def reset(self) -> None:
        self.generators, self.keys, self._derivatives = [], {}, {}

    def convert(self, expr: Expr) -> Quotient:
        """The quotient of a smooth expression.

        Raises:
            UnsupportedError: it has a part that does not fit.
            NeedsRefinementError: call again after `reset`.
        """
        if isinstance(expr, Number):
            return Quotient(_CONTEXT.constant(to_fmpq(expr.value)), _ONE)
        if isinstance(expr, Symbol):
            return self.symbols[expr]
        if expr.op == "pow":
            base = self.convert(expr.args[0])
            if isinstance(expr.args[1], Number):
                return self.power(base, expr.args[1].value)
            return self.exp(times(self.convert(expr.args[1]), self.log(base)))
        args = [self.convert(arg) for arg in expr.args]
        x = args[0]
        match expr.op:
            case "add":
                for arg in args[1:]:
                    x = plus(x, arg)
                return x
            case "mul":
                for arg in args[1:]:
                    x = times(x, arg)
                return x
            case "log":
                return self.log(x)
            case "exp":
                return self.exp(x)
            case "tanh":
                square = self.exp(scaled(x, 2))
                return divided(plus(square, _constant(-1)), plus(square, _constant(1)))
            case "sigmoid":
                e = self.exp(x)
                return divided(e, plus(e, _constant(1)))
            case "softplus":
                return self.log(plus(self.exp(x), _constant(1)))
            case "sinh" | "cosh" | "sech":
                e = self.exp(x)
                both = plus(e, scaled(divided(_constant(1), e), -1 if expr.op == "sinh" else 1))
                return divided(_constant(2), both) if expr.op == "sech" else scaled(both, Fraction(1, 2))
            case "atan" | "asinh":
                return self.inverse(expr.op, x)
        raise UnsupportedError(f"no ring form of {expr.op}")

    def exp(self, w: Quotient) -> Quotient:
        """exp(w), split over the terms of w so that each generator is >= 0."""
        at_zero = _at_origin(w)
        result = _constant(1)
        if at_zero is not None and at_zero != 0 and w.den != 1:
            result = self.exp(_constant(at_zero))
            w = plus(w, _constant(-at_zero))
        for exponents, coefficient in w.num.to_dict().items():
            monomial = _CONTEXT.from_dict({exponents: fmpq(1)})
            result = times(result, self._exp_term(quotient(monomial, w.den), to_fraction(fmpq(coefficient))))
        return result

    def _exp_term(self, w: Quotient, coefficient: Fraction) -> Quotient:
        if not self.nonnegative_coefficients(w.den):
            raise UnsupportedError("exp of a quotient of unknown sign")
        if w.den == 1 and w.num.total_degree() == 1:  # exp(c log q) = q**c
            index = w.num.degrees().index(1)
            known = self.generators[index]
            if known.kind == "log":
                assert known.argument is not None
                return self.power(known.argument, coefficient)
        scale = to_fraction(fmpq(w.num.leading_coefficient()))
        w, coefficient = scaled(w, 1 / scale), coefficient * scale
        key = f"exp {w}"
        base = self.bases.get(key, abs(coefficient))
        ratio = coefficient / base
        if ratio.denominator != 1:
            common = Fraction(
                gcd(base.numerator * coefficient.denominator, coefficient.numerator * base.denominator),
                base.denominator * coefficient.denominator,
            )
            self.bases[key] = abs(common)
            raise NeedsRefinementError
        self.bases[key] = base
        if self.only_constants(w.num) and self.only_constants(w.den):
            text = Apply("exp", (Number(base),)) if w.num == 1 and w.den == 1 else None
            if text is None:
                raise UnsupportedError("a constant exp(log ...) that is not simple")
            e = self.generator(f"{key} {base}", Generator("constant", constant=text))
            grown = Quotient(e, _ONE)
        else:
            e = self.generator(f"{key} {base}", Generator("exp", scaled(w, base)))
            grown = Quotient(e + 1, _ONE)
        return integer_power(grown, int(ratio))

    def log(self, q: Quotient) -> Quotient:
        """log(q) = sum of multiples of generators log(f) over the factors f of q."""
        above, below = self._log_poly(q.num), self._log_poly(q.den)
        return plus(above, scaled(below, -1))

    def _log_poly(self, p: Poly) -> Quotient:
        constant, factors = p.factor()
        total, scale = _constant(0), to_fraction(fmpq(constant))
        for factor, multiplicity in factors:
            factor, k = factor, int(multiplicity)
            head, log_factor = self._log_factor(factor)
            scale *= head**k
            total = plus(total, scaled(log_factor, k))
        if scale <= 0:
            raise UnsupportedError("the logarithm of a quotient of unknown sign")
        return plus(total, self._log_rational(scale))

    def _log_factor(self, factor: Poly) -> tuple[Fraction, Quotient]:
        """factor = head * f with f(0) = 1; (head, log f)."""
        head = _constant_term(factor)
        if head == 0:
            raise UnsupportedError("the logarithm of a quantity that may come arbitrarily close to 0")
        f = factor / to_fmpq(head)
        index = _single(f)
        if index is not None and self.generators[index].kind in ("exp", "root"):
            made = self.generators[index]
            assert made.argument is not None
            if made.kind == "exp":
                return head, made.argument
            return head, scaled(self.log(made.argument), Fraction(1, made.order))
        if not self.nonnegative_coefficients(f):
            raise UnsupportedError("the logarithm of a factor with coefficients of both signs")
        return head, Quotient(self.generator(f"log {f}", Generator("log", Quotient(f, _ONE))), _ONE)

    def _log_rational(self, value: Fraction) -> Quotient:
        total = _constant(0)
        for number, sign in ((value.numerator, 1), (value.denominator, -1)):
            for prime, count in _prime_powers(number):
                made = Generator("constant", constant=Apply("log", (Number(Fraction(prime)),)))
                total = plus(total, scaled(Quotient(self.generator(f"log {prime}", made), _ONE), sign * count))
        return total

    def power(self, base: Quotient, exponent: Fraction) -> Quotient:
        if exponent.denominator == 1:
            return integer_power(base, int(exponent))
        above, below = self._root_poly(base.num, exponent), self._root_poly(base.den, exponent)
        return divided(above, below)

    def _root_poly(self, p: Poly, exponent: Fraction) -> Quotient:
        constant, factors = p.factor()
        total, scale = _constant(1), to_fraction(fmpq(constant))
        for factor, multiplicity in factors:
            factor, power = factor, exponent * int(multiplicity)
            head = _constant_term(factor)
            index = _single(factor if head == 0 else factor / to_fmpq(head))
            if head == 0 and power.denominator != 1:
                if index is None or self.generators[index].kind != "variable":
                    raise UnsupportedError("a root of a quantity that may be 0")
                name = next(int(key.split()[1]) for key, at in self.keys.items() if at == index)
                self.roots[name] = lcm(self.roots.get(name, 1), self.roots.get(name, 1) * power.denominator)
                if self.roots[name] > MAX_POWER:
                    raise UnsupportedError("roots of too many orders")
                raise NeedsRefinementError
            if power.denominator == 1:
                if not self.nonnegative_coefficients(factor):  # sqrt(x**2) is |x|
                    raise UnsupportedError("a root of a square of unknown sign")
                total = times(total, integer_power(Quotient(factor, _ONE), int(power)))
                continue
            scale *= head ** int(multiplicity)
            f = factor / to_fmpq(head)
            if index is not None and self.generators[index].kind == "exp":
                argument = self.generators[index].argument
                assert argument is not None
                total = times(total, self.exp(scaled(argument, power)))
                continue
            if not self.nonnegative_coefficients(f):
                raise UnsupportedError("a root of a factor with coefficients of both signs")
            order = power.denominator
            s = self.generator(f"root {order} {f}", Generator("root", Quotient(f, _ONE), order))
            total = times(total, integer_power(Quotient(s + 1, _ONE), power.numerator))
        if scale <= 0:
            raise UnsupportedError("a root of a quotient of unknown sign")
        return times(total, self._constant_power(scale, exponent))

    def _constant_power(self, value: Fraction, exponent: Fraction) -> Quotient:
        text = canonical(Apply("pow", (Number(value), Number(exponent))))
        if isinstance(text, Number):
            return _constant(text.value)
        return Quotient(self.generator(f"constant {text}", Generator("constant", constant=text)), _ONE)

    def inverse(self, op: str, w: Quotient) -> Quotient:
        """atan or asinh of w, as an odd function of an argument of one sign."""
        if w.num == 0:
            return w
        if not self.nonnegative_coefficients(w.den):
            raise UnsupportedError(f"{op} of a quotient of unknown sign")
        if not self.nonnegative_coefficients(w.num):
            if not self.nonnegative_coefficients(-w.num):
                raise UnsupportedError(f"{op} of a quotient of unknown sign")
            return scaled(self.inverse(op, scaled(w, -1)), -1)
        if self.only_constants(w.num) and self.only_constants(w.den):
            raise UnsupportedError(f"{op} of a constant")
        if op == "asinh":
            self.power(plus(_constant(1), times(w, w)), Fraction(1, 2))  # its derivative needs this root
        return Quotient(self.generator(f"{op} {w}", Generator(op, w)), _ONE)

    # -- reading ------------------------------------------------------------------------------------------------
    def only_constants(self, p: Poly) -> bool:
        return all(d == 0 or self.generators[i].kind == "constant" for i, d in enumerate(p.degrees()))

    def coefficient_signs(self, p: Poly) -> list[int | None]:
        """The signs of the coefficients of p over the generators that are not constants; None if not certain."""
        constants = [i for i, g in enumerate(self.generators) if g.kind == "constant"]
        if not constants:
            return [1 if c > 0 else -1 for c in p.coeffs()]
        groups: dict[tuple, list[tuple[tuple, fmpq]]] = {}
        for exponents, coefficient in p.to_dict().items():
            outer = tuple(0 if i in constants else d for i, d in enumerate(exponents))
            inner = tuple(exponents[i] for i in constants)
            groups.setdefault(outer, []).append((inner, fmpq(coefficient)))
        signs: list[int | None] = []
        with ctx.workprec(256):
            values = [_constant_value(self.generators[i].constant) for i in constants]
            for terms in groups.values():
                total = arb(0)
                for powers, coefficient in terms:
                    product = arb(coefficient)
                    for value, degree in zip(values, powers, strict=True):
                        product *= value ** int(degree)
                    total += product
                signs.append(1 if total > 0 else -1 if total < 0 else None)
        return signs

    def nonnegative_coefficients(self, p: Poly) -> bool:
        return all(sign == 1 for sign in self.coefficient_signs(p))

    def derivative(self, index: int, variable: int) -> Quotient:
        """d(generator)/d(variable), both by index."""
        key = (index, variable)
        if key not in self._derivatives:
            self._derivatives[key] = self._derivative(index, variable)
        return self._derivatives[key]

    def _derivative(self, index: int, variable: int) -> Quotient:
        made = self.generators[index]
        if made.kind == "variable":
            return _constant(int(index == variable))
        if made.argument is None:
            return _constant(0)
        w, g = made.argument, _CONTEXT.gen(index)
        slope = self.differentiate(w, variable)
        match made.kind:
            case "exp":
                return times(slope, Quotient(g + 1, _ONE))
            case "log":
                return divided(slope, w)
            case "root":
                return divided(times(slope, Quotient(g + 1, _ONE)), scaled(w, made.order))
        inner = plus(_constant(1), times(w, w))
        return divided(slope, inner if made.kind == "atan" else self.power(inner, Fraction(1, 2)))

    def differentiate(self, q: Quotient, variable: int) -> Quotient:
        """dq/d(variable), by the chain rule over the generators."""
        num, den = self.differentiate_poly(q.num, variable), self.differentiate_poly(q.den, variable)
        top = plus(times(num, Quotient(q.den, _ONE)), scaled(times(den, Quotient(q.num, _ONE)), -1))
        return divided(top, Quotient(q.den**2, _ONE))

    def differentiate_poly(self, p: Poly, variable: int) -> Quotient:
        total = _constant(0)
        for index, degree in enumerate(p.degrees()[: len(self.generators)]):
            if degree:
                total = plus(total, times(Quotient(p.derivative(index), _ONE), self.derivative(index, variable)))
        return total

    def at_zero(self, p: Poly, variable: int) -> Poly | None:
        """p at variable = 0, or None if a generator has no value there that the ring knows."""
        vanishing: dict[str, int] = {}
        for index, degree in enumerate(p.degrees()[: len(self.generators)]):
            if degree:
                zero = self._vanishes(index, variable)
                if zero is None:
                    return None
                if zero:
                    vanishing[f"g{index}"] = 0
        return p.subs(vanishing) if vanishing else p

    def _vanishes(self, index: int, variable: int) -> bool | None:
        """True if the generator is 0 where the variable is 0, False if it does not depend on it, else None."""
        made = self.generators[index]
        if made.kind == "variable":
            return index == variable
        if made.argument is None:
            return False
        num, den = self.at_zero(made.argument.num, variable), self.at_zero(made.argument.den, variable)
        if num is None or den is None or den == 0:
            return None
        if num == made.argument.num and den == made.argument.den:
            return False
        return True if num == (den if made.kind in ("log", "root") else 0) else None

    def values(self, variables: Mapping[int, fmpq]) -> list[arb]:
        """The values of all generators where the variables have the given values."""
        found: list[arb] = []
        for index, made in enumerate(self.generators):
            if made.kind == "variable":
                found.append(arb(variables[index]))
                continue
            if made.argument is None:
                found.append(_constant_value(made.constant))
                continue
            w = evaluate_poly(made.argument.num, found) / evaluate_poly(made.argument.den, found)
            match made.kind:
                case "exp":
                    found.append(w.expm1())
                case "log":
                    found.append(w.log())
                case "root":
                    found.append(w.root(made.order) - 1)
                case _:
                    found.append(w.atan() if made.kind == "atan" else w.asinh())
        return found


def evaluate_poly(p: Poly, values: list[arb]) -> arb:
    total = arb(0)
    for exponents, coefficient in p.to_dict().items():
        term = arb(fmpq(coefficient))
        for value, degree in zip(values, exponents, strict=False):
            if degree:
                term *= value ** int(degree)
        total += term
    return total


def _constant(value: int | Fraction) -> Quotient:
    return Quotient(_CONTEXT.constant(to_fmpq(Fraction(value))), _ONE)


def plus(x: Quotient, y: Quotient) -> Quotient:
    if x.den == y.den:
        return quotient(x.num + y.num, x.den)
    return quotient(x.num * y.den + y.num * x.den, x.den * y.den)


def times(x: Quotient, y: Quotient) -> Quotient:
    return quotient(x.num * y.num, x.den * y.den)


def divided(x: Quotient, y: Quotient) -> Quotient:
    if y.num == 0:
        raise UnsupportedError("division by zero")
    return quotient(x.num * y.den, x.den * y.num)


def scaled(x: Quotient, factor: int | Fraction) -> Quotient:
    return Quotient(x.num * to_fmpq(Fraction(factor)), x.den) if factor else _constant(0)


def integer_power(x: Quotient, n: int) -> Quotient:
    if abs(n) > MAX_POWER:
        raise UnsupportedError("a power that is too high")
    return Quotient(x.num**n, x.den**n) if n >= 0 else divided(_constant(1), Quotient(x.num**-n, x.den**-n))


def _constant_term(p: Poly) -> Fraction:
    return to_fraction(fmpq(p[(0,) * SIZE]))


def _at_origin(q: Quotient) -> Fraction | None:
    den = _constant_term(q.den)
    return _constant_term(q.num) / den if den else None


def _single(p: Poly) -> int | None:
    """i if p is g_i or 1 + g_i, else None."""
    degrees = p.degrees()
    if sum(degrees) != 1:
        return None
    index = degrees.index(1)
    gen = _CONTEXT.gen(index)
    return index if p == gen or p == gen + 1 else None


def _constant_value(expr: Expr | None) -> arb:
    assert isinstance(expr, Apply)
    args = [arb(to_fmpq(arg.value)) for arg in expr.args if isinstance(arg, Number)]
    assert len(args) == len(expr.args)
    return args[0] ** args[1] if expr.op == "pow" else getattr(args[0], expr.op)()


def _prime_powers(n: int) -> list[tuple[int, int]]:
    found, p = [], 2
    while p * p <= n and p < 10_000:
        count = 0
        while n % p == 0:
            n, count = n // p, count + 1
        if count:
            found.append((p, count))
        p += 1
    return [*found, (n, 1)] if n > 1 else found
