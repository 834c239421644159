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
from typing import Any

from flint import arb, fmpq

from discovery.proof.checker.expression import Node, Rejected
from discovery.proof.checker.generators import Generator, Generators
from discovery.proof.checker.interval import exact_root
from discovery.proof.checker.quotient import (
    CONTEXT,
    GENS,
    SIZE,
    Poly,
    Quotient,
    constant_term,
    integer_power,
    inverse,
    plus,
    prime_powers,
    quotient,
    rational,
    scaled,
    times,
)

MAX_ORDER = 32  # of a root


class Refined(Exception):  # noqa: N818 - not an error: convert again, with a finer unit of exponents
    pass


class Field(Generators):
    """Normal forms, over generators that are made as they are met.

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
        super().clear()
        self.known: dict[Node, Quotient] = {}

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
            for p, count in prime_powers(n):
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
            for p, count in prime_powers(n):
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
