"""The normal form: quotients of polynomials with rational coefficients in generators.

Every rewriting is an identity wherever the expression is defined: if two expressions have one normal form and both are
defined at a point, they are equal there. Each symbol is a quotient in a variable v >= 0 that runs over (0, oo), where
a region bounds the symbol; other generators are e = exp(w) - 1, L = log(q), s = q**(1/m) - 1, atan(w), asinh(w),
constants, and opaque ones. A generator is `signed` unless it is certainly >= 0 for positive variables: then a
polynomial without negative coefficients is >= 0, and > 0 if it is not 0 at all. Where signs do not matter, exp(w) and
q**(1/m) are generators themselves (`shift` 0): products stay short.
"""

from collections.abc import Mapping
from math import gcd
from typing import Any, NamedTuple

from flint import Ordering, arb, ctx, fmpq, fmpq_mpoly_ctx

from discovery.proof.checker.expression import Node, Rejected
from discovery.proof.checker.interval import exact_root

Poly = Any  # flint.fmpq_mpoly
SIZE, MAX_TERMS, MAX_POWER, MAX_ORDER = 32, 3_000, 256, 32
CONTEXT = fmpq_mpoly_ctx.get([f"g{i}" for i in range(SIZE)], Ordering.degrevlex)
GENS = CONTEXT.gens()


class Quotient(NamedTuple):
    """num/den without common factors, den with leading coefficient 1."""

    num: Poly
    den: Poly = CONTEXT.constant(1)

    @property
    def constant(self) -> fmpq | None:
        return fmpq(self.num.leading_coefficient()) if self.num.is_constant() and self.den == 1 else None

    @property
    def key(self) -> str:
        return f"{self.num} / {self.den}"


def rational(value: fmpq | int) -> Quotient:
    return Quotient(CONTEXT.constant(value))


def quotient(num: Poly, den: Poly) -> Quotient:
    if den == 0:
        raise Rejected("a division by zero")
    if len(num) > MAX_TERMS or len(den) > MAX_TERMS:
        raise Rejected("a normal form is too large")
    if num == 0:
        return rational(0)
    common = num.gcd(den)
    num, den = num / common, den / common
    return Quotient(num / den.leading_coefficient(), den / den.leading_coefficient())


def plus(x: Quotient, y: Quotient) -> Quotient:
    return quotient(x.num * y.den + y.num * x.den, x.den * y.den) if x.den != y.den else quotient(x.num + y.num, x.den)


def times(x: Quotient, y: Quotient) -> Quotient:
    if len(x.num) * len(y.num) + len(x.den) * len(y.den) > 100 * MAX_TERMS:
        raise Rejected("a normal form is too large")
    return quotient(x.num * y.num, x.den * y.den)


def scaled(x: Quotient, factor: fmpq | int) -> Quotient:
    return Quotient(x.num * factor, x.den) if factor != 0 else rational(0)


def inverse(x: Quotient) -> Quotient:
    return quotient(x.den, x.num)


def integer_power(x: Quotient, n: int) -> Quotient:
    if n < 0:
        return integer_power(inverse(x), -n)
    if n > MAX_POWER and len(x.num) + len(x.den) > 2:
        raise Rejected("a normal form has too high a power")
    return Quotient(x.num**n, x.den**n)


def constant_term(p: Poly) -> fmpq:
    return fmpq(p[(0,) * SIZE])


class Generator(NamedTuple):
    kind: str  # variable, exp, log, root, atan, asinh, constant or opaque
    argument: Quotient | None = None
    order: int = 1  # m of a root
    value: arb | None = None  # of a constant
    signed: bool = False
    exponent: fmpq | None = None  # v of a constant exp(v)


class Refined(Exception):  # noqa: N818 - not an error: convert again, with a finer unit of exponents
    pass


class Field:
    """Generators in the order in which they are met, each over earlier ones.

    Args:
        symbols: for each symbol "real", or the quotient that it is in a positive variable, as a function of that.
        shift: the generators of kind exp and root are less than exp(w) and q**(1/m) by this.
    """

    def __init__(self, symbols: Mapping[str, Any], shift: int = 1) -> None:
        self.symbols, self.shift = symbols, shift
        self.units: dict[str, fmpq] = {}
        self.version = 0
        self.clear()

    def clear(self) -> None:
        self.version += 1
        self.generators: list[Generator] = []
        self.index: dict[str, int] = {}
        self.known: dict[Node, Quotient] = {}
        self.slopes: dict[tuple[int, int], Quotient] = {}

    def forms(self, *trees: Node) -> list[Quotient]:
        """Normal forms over the same generators."""
        for _ in range(30):
            try:
                return [self.convert(tree) for tree in trees]
            except Refined:
                self.clear()
        raise Rejected("the exponents have no common unit")

    def equal(self, x: Node, y: Node) -> bool:
        if x is y:
            return True
        a, b = self.forms(x, y)
        return a == b

    def generator(self, key: str, made: Generator) -> Poly:
        if key not in self.index:
            if len(self.generators) == SIZE:
                raise Rejected("a normal form has too many generators")
            self.index[key] = len(self.generators)
            self.generators.append(made)
        return GENS[self.index[key]]

    # conversion

    def convert(self, tree: Node) -> Quotient:
        if tree not in self.known:
            self.known[tree] = self._convert(tree)
        return self.known[tree]

    def _convert(self, tree: Node) -> Quotient:
        op, args = tree.op, tree.args
        if op == "number":
            return rational(args[0])
        if op == "symbol":
            return self._symbol(args[0])
        if op == "pow" and args[1].value is not None:
            return self.power(self.convert(args[0]), args[1].value)
        parts = [self.convert(arg) for arg in args]
        x = parts[0]
        match op:
            case "add" | "mul":
                for part in parts[1:]:
                    x = plus(x, part) if op == "add" else times(x, part)
                return x
            case "pow":
                return self.exp(times(parts[1], self.log(x)))
            case "log":
                return self.log(x)
            case "exp":
                return self.exp(x)
            case "tanh":
                e = self.exp(scaled(x, 2))
                return times(plus(e, rational(-1)), inverse(plus(e, rational(1))))
            case "sinh" | "cosh":
                e = self.exp(x)
                return scaled(plus(e, scaled(inverse(e), -1 if op == "sinh" else 1)), fmpq(1, 2))
            case "atan" | "asinh":
                return self.odd(op, x)
        return self.opaque(op, parts)

    def _symbol(self, name: str) -> Quotient:
        given = self.symbols.get(name)
        if given is None:
            raise Rejected(f"{name!r} has no place here")
        v = self.generator(f"variable {name}", Generator("variable", signed=given == "real"))
        return Quotient(v) if isinstance(given, str) else given(v)

    def exp(self, w: Quotient) -> Quotient:
        """The product of the exponentials of the terms; exp(c log q) = q**c."""
        found = rational(1)
        start = constant_term(w.den)
        if start != 0 and w.den != 1 and (head := constant_term(w.num) / start) != 0:
            found, w = self.exp(rational(head)), plus(w, rational(-head))
        for exponents, c in w.num.to_dict().items():
            term = quotient(CONTEXT.from_dict({exponents: 1}), w.den)
            made = self.generators[exponents.index(1)] if w.den == 1 and sum(exponents) == 1 else None
            if made is not None and made.kind in ("log", "constant") and made.argument is not None:
                found = times(found, self.power(made.argument, fmpq(c)))
            else:
                found = times(found, self._exp_term(term, fmpq(c)))
        return found

    def _exp_term(self, term: Quotient, c: fmpq) -> Quotient:
        """exp(c*term) as a power of 1 + e, e = exp(unit*term) - 1."""
        key = f"exp {term.key}"
        unit = self.units.setdefault(key, abs(c))
        if (c / unit).q != 1:
            common = gcd(int(unit.p * c.q), int(abs(c.p) * unit.q))
            self.units[key] = fmpq(common, int(unit.q * c.q))
            raise Refined
        v = scaled(term, unit)
        if v.constant is not None:
            e = self.generator(key, Generator("constant", value=arb(v.constant).exp(), exponent=v.constant))
            return integer_power(Quotient(e), int((c / unit).p))
        signed = self.shift != 0 and not (self.positive(v.num) and self.positive(v.den))
        e = self.generator(key, Generator("exp", v, signed=signed))
        return integer_power(Quotient(e + self.shift), int((c / unit).p))

    def _split(self, q: Quotient) -> tuple[fmpq, list[tuple[Poly, int]]] | None:
        """q > 0 as a positive constant times powers of positive factors; None if their signs are not certain.

        One factor of odd multiplicity may be of unknown sign: it is positive because q and the others are.
        """
        head, found, unknown = fmpq(1), [], 0
        for p, side in ((q.num, 1), (q.den, -1)):
            try:
                content, factors = p.factor()
            except RuntimeError:  # flint gives up on some
                return None
            head *= fmpq(content) ** side
            for factor, n in factors:
                if self.positive(-factor):
                    factor, head = -factor, head * (-1) ** int(n)
                certain = self.positive(factor) or self._is_unit(factor) is not None
                if not certain and (unknown or int(n) % 2 == 0):
                    return None
                unknown += not certain
                found.append((factor, side * int(n), certain))
        if head <= 0 and not unknown:
            return None
        if unknown and head < 0:
            found = [(p if certain else -p, n, certain) for p, n, certain in found]
            head = -head
        scales = [abs(fmpq(p[(0,) * SIZE])) or fmpq(1) for p, _, _ in found]
        for scale, (_, n, _) in zip(scales, found, strict=True):
            head *= scale**n
        return head, [(p / scale, n) for scale, (p, n, _) in zip(scales, found, strict=True)]

    def _is_unit(self, factor: Poly) -> Generator | None:
        """The generator g of kind exp or root with factor = g + shift: positive whatever the sign of g."""
        if factor.total_degree() != 1 or len(factor) > 2:
            return None
        i = factor.degrees().index(1)
        made = self.generators[i]
        if made.exponent is not None and factor == GENS[i]:
            return made
        return made if made.kind in ("exp", "root") and factor == GENS[i] + self.shift else None

    def log(self, q: Quotient) -> Quotient:
        parts = self._split(q)
        if parts is None:
            return Quotient(self.generator(f"log {q.key}", Generator("log", q, signed=True)))
        found = self._log_number(parts[0])
        for factor, n in parts[1]:
            made = self._is_unit(factor)
            if made is not None and made.exponent is not None:
                value = rational(made.exponent)
            elif made is not None and made.argument is not None:
                value = made.argument if made.kind == "exp" else scaled(self.log(made.argument), fmpq(1, made.order))
            else:
                made = Generator("log", Quotient(factor), signed=not self.positive(factor - 1))
                value = Quotient(self.generator(f"log {factor}", made))
            found = plus(found, scaled(value, n))
        return found

    def _log_number(self, value: fmpq) -> Quotient:
        """The logarithm of a positive rational, over its prime factors."""
        found = rational(0)
        for n, side in ((int(value.p), 1), (int(value.q), -1)):
            for p, count in _prime_powers(n):
                made = Generator("constant", rational(p), value=arb(p).log())
                found = plus(found, scaled(Quotient(self.generator(f"log {p}", made)), side * count))
        return found

    def power(self, q: Quotient, exponent: fmpq) -> Quotient:
        if exponent.q == 1:
            return integer_power(q, int(exponent.p))
        if q.num == 0 and exponent > 0:
            return q
        if max(abs(int(exponent.p)), int(exponent.q)) > MAX_ORDER:
            return Quotient(self.generator(f"pow {q.key} {exponent}", Generator("opaque", signed=True)))
        parts = self._split(q)
        if parts is None:
            return integer_power(self._root(q, int(exponent.q), signed=True), int(exponent.p))
        found = self._number_power(parts[0], exponent)
        for factor, n in parts[1]:
            total, made = n * exponent, self._is_unit(factor)
            if total.q == 1:
                found = times(found, integer_power(Quotient(factor), int(total.p)))
            elif made is not None and made.exponent is not None:
                found = times(found, self.exp(rational(made.exponent * total)))
            elif made is not None and made.kind == "exp" and made.argument is not None:
                found = times(found, self.exp(scaled(made.argument, total)))
            else:
                signed = self.shift != 0 and not self.positive(factor - 1)
                base = self._root(Quotient(factor), int(total.q), signed=signed)
                found = times(found, integer_power(base, int(total.p)))
        return found

    def _root(self, q: Quotient, m: int, *, signed: bool) -> Quotient:
        """q**(1/m) = s + shift."""
        return Quotient(self.generator(f"root {m} {q.key}", Generator("root", q, m, signed=signed)) + self.shift)

    def _number_power(self, value: fmpq, exponent: fmpq) -> Quotient:
        exact = exact_root(value if exponent > 0 else 1 / value, abs(exponent))
        if exact is not None:
            return rational(exact)
        found = rational(1)
        for n, side in ((int(value.p), 1), (int(value.q), -1)):
            for p, count in _prime_powers(n):
                total = side * count * exponent
                if total.q != 1:
                    whole, rest = divmod(int(total.p), int(total.q))
                    made = Generator("constant", value=arb(p) ** arb(fmpq(rest, total.q)))
                    c = self.generator(f"{p} ** {fmpq(rest, total.q)}", made)
                    found = times(times(found, Quotient(c)), rational(fmpq(p) ** whole))
                else:
                    found = times(found, rational(fmpq(p) ** int(total.p)))
        return found

    def odd(self, op: str, w: Quotient) -> Quotient:
        """atan or asinh."""
        if w.num == 0:
            return w
        if self.positive(-w.num) or (w.num.leading_coefficient() < 0 and not self.positive(w.num)):
            return scaled(self.odd(op, scaled(w, -1)), -1)
        signed = not (self.positive(w.num) and self.positive(w.den)) or w.constant is not None
        return Quotient(self.generator(f"{op} {w.key}", Generator(op, w, signed=signed)))

    def opaque(self, op: str, parts: list[Quotient]) -> Quotient:
        """abs, max, min, where: scaled so that multiples are recognised."""
        if op in ("max", "min"):
            parts = sorted({part.key: part for part in parts}.values(), key=lambda part: part.key)
            if len(parts) == 1:
                return parts[0]
        if op == "where" and parts[1] == parts[2]:
            return parts[1]
        scale = fmpq(1)
        if op in ("abs", "where") and parts[0].num != 0:
            lead = fmpq(parts[0].num.leading_coefficient())
            parts = [scaled(parts[0], 1 / (lead if op == "abs" else abs(lead))), *parts[1:]]
            scale = abs(lead) if op == "abs" else scale
        key = " ; ".join(part.key for part in parts)
        return Quotient(self.generator(f"{op} {key}", Generator("opaque", signed=op != "abs")) * scale)

    # signs, values at 0, derivatives

    def _signs(self, p: Poly) -> list[int]:
        """For each monomial in generators that are not constants: the sign of its coefficient, 0 if not certain."""
        if len(p) == 0:
            return []
        used = [i for i, n in enumerate(p.degrees()) if n]
        constants = [i for i in used if self.generators[i].kind == "constant"]
        signed = [i for i in used if self.generators[i].signed]
        sums: dict[tuple[int, ...], arb] = {}
        with ctx.workprec(256):
            for exponents, c in p.to_dict().items():
                term, key = arb(fmpq(c)), list(exponents)
                for i in constants:
                    value = self.generators[i].value
                    term, key[i] = term * (value ** key[i] if value is not None else arb(0)), 0
                if any(key[i] % 2 for i in signed):
                    return [0]
                sums[tuple(key)] = sums.get(tuple(key), arb(0)) + term
            return [1 if total > 0 else -1 if total < 0 else 0 for total in sums.values()]

    def nonnegative(self, p: Poly) -> bool:
        """Whether no coefficient may be negative."""
        return all(sign == 1 for sign in self._signs(p))

    def positive(self, p: Poly) -> bool:
        """Whether p > 0 for positive variables: as `nonnegative`, and a term that cannot vanish."""
        return p != 0 and self.nonnegative(p) and self._apart(p)

    def _apart(self, p: Poly) -> bool:
        """Whether some term has only generators that are positive, not merely >= 0 (as |x|) or signed."""
        vanishing = {i for i, made in enumerate(self.generators) if made.signed or made.kind == "opaque"}
        return any(not any(n and i in vanishing for i, n in enumerate(exponents)) for exponents in p.monoms())

    def at_zero(self, p: Poly, variable: int) -> Poly:
        """p where the variable is 0: the generators that depend on it have to vanish there."""
        gone = {f"g{i}": 0 for i, n in enumerate(p.degrees()) if n and self._vanishes(i, variable)}
        return p.subs(gone) if gone else p

    def _vanishes(self, index: int, variable: int) -> bool:
        made = self.generators[index]
        if made.kind == "opaque":
            raise Rejected("an opaque generator has no known value at 0")
        if made.argument is None or made.kind == "constant":
            return index == variable
        above, below = (self.at_zero(part, variable) for part in made.argument)
        if above == made.argument.num and below == made.argument.den:
            return False
        if below == 0 or above != (below if made.kind in ("log", "root") else 0):
            raise Rejected("a generator has no known value where the variable is 0")
        return True

    def derivative(self, q: Quotient, variable: int) -> Quotient:
        above, below = (self._slope(part, variable) for part in q)
        top = plus(times(above, Quotient(q.den)), scaled(times(below, Quotient(q.num)), -1))
        return times(top, inverse(Quotient(q.den**2)))

    def _slope(self, p: Poly, variable: int) -> Quotient:
        found = rational(0)
        for i, n in enumerate(p.degrees()):
            if n:
                if (i, variable) not in self.slopes:
                    self.slopes[i, variable] = self._generator_slope(i, variable)
                found = plus(found, times(Quotient(p.derivative(i)), self.slopes[i, variable]))
        return found

    def _generator_slope(self, index: int, variable: int) -> Quotient:
        made, g = self.generators[index], GENS[index]
        if made.kind in ("opaque", "constant", "variable") or made.argument is None:
            if made.kind == "opaque":
                raise Rejected("an opaque generator has no derivative")
            return rational(int(index == variable))
        w, slope = made.argument, self.derivative(made.argument, variable)
        match made.kind:
            case "exp":
                return times(slope, Quotient(g + 1))
            case "log":
                return times(slope, inverse(w))
            case "root":
                return times(times(slope, Quotient(g + 1)), inverse(scaled(w, made.order)))
        square = plus(rational(1), times(w, w))
        return times(slope, inverse(square if made.kind == "atan" else self.power(square, fmpq(1, 2))))


def _prime_powers(n: int) -> list[tuple[int, int]]:
    """n as a product of powers of primes and of one rest without small factors."""
    found, p = [], 2
    while p * p <= n and p < 2_000:
        count = 0
        while n % p == 0:
            n, count = n // p, count + 1
        found += [(p, count)] if count else []
        p += 1
    return [*found, (n, 1)] if n > 1 else found
