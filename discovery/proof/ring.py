"""A smooth formula as a quotient N/D of polynomials in non-negative generators.

The variables are > 0. Every transcendental part becomes a generator that is > 0 for positive variables and whose
derivative is again a quotient in the ring: e = exp(w) - 1, L = log(q), s = q**(1/m) - 1, T = atan(w), with w and q - 1
of non-negative coefficients. So a polynomial without a negative coefficient is >= 0: a proof that needs no estimate,
and that holds at tangency points and out to infinity alike. Constants such as log(2) are generators of known value.
"""

from fractions import Fraction
from math import gcd, lcm

from flint import fmpq

from discovery.expression.node import Apply, Expr, Number, Symbol
from discovery.proof.enclosure import to_fmpq, to_fraction
from discovery.proof.generators import Generator, Generators
from discovery.proof.quotient import (
    CONTEXT,
    MAX_POWER,
    ONE_POLY,
    NeedsRefinementError,
    Poly,
    Quotient,
    UnsupportedError,
    at_origin,
    constant,
    constant_term,
    divided,
    integer_power,
    plus,
    quotient,
    scaled,
    single,
    times,
)


class Ring(Generators):
    """The generators of one formula; `convert` adds them as they are met."""

    def __init__(self) -> None:
        super().__init__()
        self.bases: dict[str, Fraction] = {}  # exp(c w) is a power of exp(base * w)
        self.roots: dict[int, int] = {}  # variable i stands for its roots[i]-th power
        self.symbols: dict[Expr, Quotient] = {}

    def variable(self, index: int, name: str) -> Poly:
        x = self.generator(f"variable {index}", Generator("variable"), name)
        return x ** self.roots.get(index, 1)

    def convert(self, expr: Expr) -> Quotient:
        """The quotient of a smooth expression.

        Raises:
            UnsupportedError: it has a part that does not fit.
            NeedsRefinementError: call again after `reset`.
        """
        if isinstance(expr, Number):
            return Quotient(CONTEXT.constant(to_fmpq(expr.value)), ONE_POLY)
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
                return divided(plus(square, constant(-1)), plus(square, constant(1)))
            case "sigmoid":
                e = self.exp(x)
                return divided(e, plus(e, constant(1)))
            case "softplus":
                return self.log(plus(self.exp(x), constant(1)))
            case "sinh" | "cosh" | "sech":
                e = self.exp(x)
                both = plus(e, scaled(divided(constant(1), e), -1 if expr.op == "sinh" else 1))
                return divided(constant(2), both) if expr.op == "sech" else scaled(both, Fraction(1, 2))
            case "atan" | "asinh":
                return self.inverse(expr.op, x)
        raise UnsupportedError(f"no ring form of {expr.op}")

    def exp(self, w: Quotient) -> Quotient:
        """exp(w), split over the terms of w so that each generator is >= 0."""
        at_zero = at_origin(w)
        result = constant(1)
        if at_zero is not None and at_zero != 0 and w.den != 1:
            result = self.exp(constant(at_zero))
            w = plus(w, constant(-at_zero))
        for exponents, coefficient in w.num.to_dict().items():
            monomial = CONTEXT.from_dict({exponents: fmpq(1)})
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
            grown = Quotient(e, ONE_POLY)
        else:
            e = self.generator(f"{key} {base}", Generator("exp", scaled(w, base)))
            grown = Quotient(e + 1, ONE_POLY)
        return integer_power(grown, int(ratio))

    def log(self, q: Quotient) -> Quotient:
        """log(q) = sum of multiples of generators log(f) over the factors f of q."""
        above, below = self._log_poly(q.num), self._log_poly(q.den)
        return plus(above, scaled(below, -1))

    def _log_poly(self, p: Poly) -> Quotient:
        content, factors = p.factor()
        total, scale = constant(0), to_fraction(fmpq(content))
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
        head = constant_term(factor)
        if head == 0:
            raise UnsupportedError("the logarithm of a quantity that may come arbitrarily close to 0")
        f = factor / to_fmpq(head)
        index = single(f)
        if index is not None and self.generators[index].kind in ("exp", "root"):
            made = self.generators[index]
            assert made.argument is not None
            if made.kind == "exp":
                return head, made.argument
            return head, scaled(self.log(made.argument), Fraction(1, made.order))
        if not self.nonnegative_coefficients(f - 1):  # f >= 1: the constants in f(0) count too
            raise UnsupportedError("the logarithm of a factor that may be less than 1")
        return head, Quotient(self.generator(f"log {f}", Generator("log", Quotient(f, ONE_POLY))), ONE_POLY)

    def _log_rational(self, value: Fraction) -> Quotient:
        total = constant(0)
        for number, sign in ((value.numerator, 1), (value.denominator, -1)):
            for prime, count in _prime_powers(number):
                made = Generator("constant", constant=Apply("log", (Number(Fraction(prime)),)))
                total = plus(total, scaled(Quotient(self.generator(f"log {prime}", made), ONE_POLY), sign * count))
        return total

    def power(self, base: Quotient, exponent: Fraction) -> Quotient:
        if exponent.denominator == 1:
            return integer_power(base, int(exponent))
        above, below = self._root_poly(base.num, exponent), self._root_poly(base.den, exponent)
        return divided(above, below)

    def _root_poly(self, p: Poly, exponent: Fraction) -> Quotient:
        content, factors = p.factor()
        total, scale = constant(1), to_fraction(fmpq(content))
        for factor, multiplicity in factors:
            factor, power = factor, exponent * int(multiplicity)
            head = constant_term(factor)
            index = single(factor if head == 0 else factor / to_fmpq(head))
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
                total = times(total, integer_power(Quotient(factor, ONE_POLY), int(power)))
                continue
            scale *= head ** int(multiplicity)
            f = factor / to_fmpq(head)
            if index is not None and self.generators[index].kind == "exp":
                argument = self.generators[index].argument
                assert argument is not None
                total = times(total, self.exp(scaled(argument, power)))
                continue
            if not self.nonnegative_coefficients(f - 1):  # f >= 1: the constants in f(0) count too
                raise UnsupportedError("a root of a factor that may be less than 1")
            order = power.denominator
            s = self.generator(f"root {order} {f}", Generator("root", Quotient(f, ONE_POLY), order))
            total = times(total, integer_power(Quotient(s + 1, ONE_POLY), power.numerator))
        if scale <= 0:
            raise UnsupportedError("a root of a quotient of unknown sign")
        return times(total, self._constant_power(scale, exponent))

    def _constant_power(self, value: Fraction, exponent: Fraction) -> Quotient:
        """A rational to a fractional power, over its primes: p**(k + t) = p**k p**t with 0 < t < 1."""
        found = constant(1)
        for number, sign in ((value.numerator, 1), (value.denominator, -1)):
            for prime, count in _prime_powers(number):
                whole, rest = divmod(sign * count * exponent, 1)
                found = times(found, constant(Fraction(prime) ** int(whole)))
                if rest:
                    made = Generator("constant", constant=Apply("pow", (Number(Fraction(prime)), Number(rest))))
                    found = times(found, Quotient(self.generator(f"constant {prime} {rest}", made), ONE_POLY))
        return found

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
            self.power(plus(constant(1), times(w, w)), Fraction(1, 2))  # its derivative needs this root
        return Quotient(self.generator(f"{op} {w}", Generator(op, w)), ONE_POLY)

    def root_of(self, w: Quotient) -> Quotient:
        return self.power(w, Fraction(1, 2))


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
