"""The ladder: N/D >= 0 for all positive values of the variables, by signs of coefficients and derivatives."""

import itertools
import re
from typing import Any

from flint import fmpq, fmpq_poly

from discovery.proof.checker.calculus import Calculus
from discovery.proof.checker.expression import Node, Rejected, fields, listed, natural, read, where_in
from discovery.proof.checker.expression import rational as rational_of
from discovery.proof.checker.generators import Generator
from discovery.proof.checker.interval import INF, LEAST
from discovery.proof.checker.quotient import CONTEXT, GENS, SIZE, Poly, Quotient, constant_term, quotient
from discovery.proof.checker.region import Region

MAX_STEPS, MAX_DEGREE = 2_000, 200
_NAME = re.compile(r"[A-Za-z][0-9]{0,3}")


def check(claim: Node, maps: Any, generators: Any, proof: Any, region: Region) -> None:
    """Checks that the claim is >= 0 on the region, up to lines that are exempted (in u: on all of it)."""
    if not isinstance(maps, dict) or set(maps) != set(claim.symbols):
        raise Rejected("the map is not of the symbols of the claim")
    ladder = Ladder(maps)
    for name in maps:
        with where_in("map"), where_in(name):
            ladder.covers(name, region)
    with where_in("generators"):
        for entry in listed(generators, SIZE):
            ladder.declare(listed(entry, 4))
    (found,) = ladder.forms(claim)
    num, den = ladder.positive_denominator(found)
    for name, variable in ladder.variables.items():
        if not region.exempts(name) and name in ladder.closed and not ladder.positive(ladder.at_zero(den, variable)):
            raise Rejected("the denominator may vanish at the end of the interval")
    with where_in("proof"):
        ladder.step(num, proof)


class Ladder(Calculus):
    """A field over the variables of a map, its generators named."""

    def __init__(self, maps: dict[str, Any]) -> None:
        self.names: dict[str, int] = {}
        self.variables: dict[str, int] = {}
        self.closed: set[str] = set()
        self.maps: dict[str, Quotient] = {}
        self.steps = 0
        super().__init__({})
        for name, text in maps.items():
            found = set(_NAME.findall(text)) if isinstance(text, str) else set()
            if len(found) != 1 or found & ({"r", "A", "u"} | set(self.names)):
                raise Rejected("a map is an expression in one variable of its own")
            (letter,) = found
            self.name(letter, f"variable {name}", Generator("variable"))
            self.variables[name] = self.names[letter]
            self.maps[name] = self.convert(read(text, (letter,)))

    def clear(self) -> None:
        if self.names:
            raise Rejected("the generators that are listed do not fit the claim")
        super().clear()

    def name(self, name: Any, key: str, made: Generator) -> None:
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name in self.names or name in ("r", "A", "u"):
            raise Rejected("a name of its own is expected")
        if key in self.index:
            raise Rejected(f"{name} is there already")
        self.generator(key, made)
        self.names[name] = self.index[key]

    def _symbol(self, name: str) -> Quotient:
        return self.maps[name] if name in self.maps else Quotient(GENS[self.names[name]])

    def covers(self, name: str, region: Region) -> None:
        """The values between those at 0 and at infinity contain the interval: a continuous map takes them all."""
        q, i, wanted = self.maps[name], self.variables[name], region.symbols.get(name)
        rational = all(n == 0 or j == i for j, n in enumerate((q.num * q.den).degrees()))
        if not rational or not self.positive(q.den) or constant_term(q.den) == 0 or wanted is None:
            raise Rejected("not a quotient with a positive denominator, or a symbol without bounds")
        above, below = int(q.num.degrees()[i]), int(q.den.degrees()[i])
        start = constant_term(q.num) / constant_term(q.den)
        ratio = fmpq(q.num.leading_coefficient()) / fmpq(q.den.leading_coefficient()) if q.num != 0 else fmpq(0)
        last = fmpq(0) if above < below else ratio if above == below else INF if ratio > 0 else LEAST
        least, most = (start, last) if start <= last else (last, start)
        if not least <= wanted.lo[0] or not wanted.hi[0] <= most:
            raise Rejected("it does not cover the interval of its symbol")
        for value, nudge in wanted:
            if nudge == 0 and not least < value < most:
                if not region.exempts(name) and (value != start or name == "progress"):
                    raise Rejected("a closed end is not the value at 0")
                self.closed.add(name)

    def declare(self, entry: list[Any]) -> None:
        """A generator [name, kind, argument] or [name, "root", argument, m]."""
        kind = entry[1] if len(entry) in (3, 4) else None
        if kind not in ("exp", "log", "atan", "asinh", "root", "constant") or (len(entry) == 4) != (kind == "root"):
            raise Rejected("a generator is [name, kind, argument], a root [name, 'root', argument, m]")
        tree = read(entry[2], tuple(self.names))
        if kind == "constant":
            self._constant(entry[0], tree)
            return
        w = self.convert(tree)
        sign = self.positive(w.den) and self.nonnegative(w.num - w.den if kind in ("log", "root") else w.num)
        order = natural(entry[3], 64) if kind == "root" else 1
        if not sign or w.constant is not None or (kind == "root" and order < 2):
            raise Rejected("it is not certain that a generator is positive")
        key = {"root": f"root {order} {w.key}", "log": f"log {w.num}" if w.den == 1 else f"log {w.key}"}
        name = key.get(kind, f"{kind} {w.key}")
        if kind == "exp":  # exp(c*term): the term without its coefficient is the key, c the unit
            ((exponents, c),) = w.num.to_dict().items() if len(w.num) == 1 else [((), 0)]
            if not exponents:
                raise Rejected("the argument of an exp has one term")
            term = quotient(CONTEXT.from_dict({exponents: 1}), w.den)
            name = f"exp {term.key}"
            self.units[name] = fmpq(c)
        self.name(entry[0], name, Generator(kind, w, order))

    def _constant(self, name: Any, tree: Node) -> None:
        """log(p), exp(c) or p**c of a rational: whatever generator the normal form has for it gets the name."""
        before = len(self.generators)
        self.convert(tree)
        if len(self.generators) != before + 1 or self.generators[-1].kind != "constant" or name in self.names:
            raise Rejected("a constant is log, exp or a root of one prime")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise Rejected("a name is expected")
        self.names[name] = before

    # steps

    def positive_denominator(self, q: Quotient) -> tuple[Poly, Poly]:
        """(num, den) of the quotient, den > 0."""
        for sign in (1, -1):
            if self.positive(q.den * sign):
                return q.num * sign, q.den * sign
        raise Rejected("the denominator is not certain to have one sign")

    def step(self, target: Poly, data: Any) -> None:
        """Checks that the target is >= 0 for positive variables."""
        self.steps += 1
        rule = data.get("rule") if isinstance(data, dict) else None
        more = {"quadratic": ("in", "parts"), "derivative": ("in", "multiplier", "start", "slope")}.get(str(rule), ())
        if rule not in ("signs", "sturm", "quadratic", "derivative") or self.steps > MAX_STEPS:
            raise Rejected("a step has the rule signs, sturm, quadratic or derivative")
        _, given, *rest = fields(data, "rule", "poly", *more)
        poly = self.poly(given)
        factor, remainder = divmod(target, poly) if poly != 0 else (CONTEXT.constant(1), target)
        if remainder != 0 or not (self.nonnegative(factor) or target == 0):
            raise Rejected("poly is not what has to be proved, up to a positive factor")
        match rule:
            case "signs":
                if not self.nonnegative(poly):
                    raise Rejected("a coefficient may be negative")
            case "sturm":
                self.sturm(poly)
            case "quadratic":
                self.quadratic(poly, *rest)
            case "derivative":
                self.rise(poly, *rest)

    def poly(self, data: Any) -> Poly:
        terms: dict[tuple[int, ...], fmpq] = {}
        for entry in listed(data):
            c, powers = listed(entry, 2) if len(listed(entry, 2)) == 2 else (None, None)
            if not isinstance(powers, dict) or not set(powers) <= set(self.names):
                raise Rejected("a term is [coefficient, {name: exponent}]")
            exponents = [0] * SIZE
            for name, n in powers.items():
                exponents[self.names[name]] = natural(n, 10_000) or _reject("an exponent is at least 1")
            if tuple(exponents) in terms or rational_of(c) == 0:
                raise Rejected("a term is 0 or stands twice")
            terms[tuple(exponents)] = rational_of(c)
        return CONTEXT.from_dict(terms)

    def sturm(self, poly: Poly) -> None:
        """A polynomial in one generator that is not negative on (0, oo), whatever the generator is."""
        used = [i for i, n in enumerate(poly.degrees()) if n]
        if len(used) != 1 or int(poly.degrees()[used[0]]) > MAX_DEGREE or self.generators[used[0]].signed:
            raise Rejected("Sturm's theorem is for a polynomial in one non-negative generator")
        coefficients = [fmpq(0)] * (int(poly.degrees()[used[0]]) + 1)
        for exponents, c in poly.to_dict().items():
            coefficients[exponents[used[0]]] = fmpq(c)
        if not never_negative(fmpq_poly(coefficients)):
            raise Rejected("the polynomial is negative somewhere")

    def quadratic(self, poly: Poly, name: Any, parts: Any) -> None:
        """a g**2 + b g + c >= 0 for every real g if a >= 0, c >= 0 and 4 a c >= b**2."""
        index = self.names.get(name) if isinstance(name, str) else None
        if index is None or int(poly.degrees()[index]) != 2 or len(listed(parts)) != 3:
            raise Rejected("a quadratic is of degree 2 in its generator and has three parts")
        c, b, a = (_coefficient(poly, index, n) for n in range(3))
        for target, part in zip((a, c, 4 * a * c - b * b), parts, strict=True):
            with where_in("parts"):
                self.step(target, part)

    def rise(self, poly: Poly, name: Any, multiplier: Any, start: Any, slope: Any) -> None:
        """poly/m is continuous for v >= 0, not negative at v = 0, and does not decrease; m > 0 for v >= 0."""
        v = self.names.get(name) if isinstance(name, str) else None
        if v is None or self.generators[v].kind != "variable":
            raise Rejected("a derivative is taken in a variable")
        m = self.poly(multiplier)
        if not self.positive(m) or not self.positive(self.at_zero(m, v)):
            raise Rejected("the multiplier may vanish")
        with where_in("start"):
            self.step(self.at_zero(poly, v), start)
        with where_in("slope"):
            self.step(self.positive_denominator(self.derivative(quotient(poly, m), v))[0], slope)


def _reject(why: str) -> int:
    raise Rejected(why)


def _coefficient(p: Poly, index: int, degree: int) -> Poly:
    terms = {e: c for e, c in p.to_dict().items() if e[index] == degree}
    return CONTEXT.from_dict({(*e[:index], 0, *e[index + 1 :]): c for e, c in terms.items()})


def never_negative(p: fmpq_poly) -> bool:
    """Whether p >= 0 on (0, oo): positive at infinity, no root of odd multiplicity (Sturm's theorem)."""
    if p.degree() < 0:
        return True
    odd = fmpq_poly([1])
    for factor, n in p.factor()[1]:
        if n % 2 and factor != fmpq_poly([0, 1]):
            odd *= factor
    chain = [odd, odd.derivative()]
    while chain[-1].degree() > 0:
        chain.append(-(chain[-2] % chain[-1]))
    chain = [q for q in chain if q.degree() >= 0]
    return p[p.degree()] > 0 and _changes([q[0] for q in chain]) == _changes([q[q.degree()] for q in chain])


def _changes(values: list[fmpq]) -> int:
    signs = [value > 0 for value in values if value != 0]
    return sum(a != b for a, b in itertools.pairwise(signs))
