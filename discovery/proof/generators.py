"""The generators of a ring, and how they are read: signs of coefficients, derivatives, values at 0, numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flint import arb, ctx, fmpq

from discovery.expression.node import Apply, Expr, Number
from discovery.expression.printer import to_text
from discovery.proof.enclosure import to_fmpq
from discovery.proof.quotient import (
    CONTEXT,
    ONE_POLY,
    SIZE,
    Poly,
    Quotient,
    UnsupportedError,
    constant,
    divided,
    plus,
    scaled,
    times,
)

_LETTERS = {"variable": "x", "exp": "e", "log": "l", "root": "s", "atan": "t", "asinh": "h", "constant": "c"}


@dataclass(frozen=True)
class Generator:
    """One generator; `argument` is w or q (see the module), `order` is m of a root, `value` an arb for a constant."""

    kind: str
    argument: Quotient | None = None
    order: int = 1
    constant: Expr | None = None


class Generators:
    """Generators in the order in which they were made; each depends on earlier ones only."""

    def __init__(self) -> None:
        self.generators: list[Generator] = []
        self.names: list[str] = []
        self.keys: dict[str, int] = {}
        self._derivatives: dict[tuple[int, int], Quotient] = {}

    def reset(self) -> None:
        self.generators, self.names, self.keys, self._derivatives = [], [], {}, {}

    def generator(self, key: str, made: Generator, name: str = "") -> Poly:
        if key not in self.keys:
            index = len(self.generators)
            if index == SIZE:
                raise UnsupportedError("too many generators")
            self.keys[key] = index
            self.generators.append(made)
            self.names.append(name or f"{_LETTERS[made.kind]}{index}")
        return CONTEXT.gen(self.keys[key])

    def terms(self, p: Poly) -> list[list[Any]]:
        """p as a certificate has it: [[coefficient, {name: exponent}], ...]."""
        return [
            [str(fmpq(value)), {self.names[i]: int(d) for i, d in enumerate(exponents) if d}]
            for exponents, value in p.to_dict().items()
        ]

    def text(self, q: Quotient) -> str:
        """A quotient as an expression in the names of the generators."""
        num, den = self._poly_text(q.num), self._poly_text(q.den)
        return num if q.den == 1 else f"{f'({num})' if ' + ' in num else num}/({den})"

    def _poly_text(self, p: Poly) -> str:
        terms = []
        for coefficient, powers in self.terms(p):
            factors = [name if d == 1 else f"{name}**{d}" for name, d in powers.items()]
            shown = coefficient if coefficient.isdigit() else f"({coefficient})"
            terms.append("*".join(factors if coefficient == "1" and factors else [shown, *factors]))
        return " + ".join(terms) or "0"

    def declarations(self) -> list[list[Any]]:
        """The generators that are not variables, as a certificate lists them."""
        found: list[list[Any]] = []
        for name, made in zip(self.names, self.generators, strict=True):
            if made.kind == "constant":
                assert made.constant is not None
                found.append([name, made.kind, to_text(made.constant)])
            elif made.argument is not None:
                order = [made.order] if made.kind == "root" else []
                found.append([name, made.kind, self.text(made.argument), *order])
        return found

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
            return constant(int(index == variable))
        if made.argument is None:
            return constant(0)
        w, g = made.argument, CONTEXT.gen(index)
        slope = self.differentiate(w, variable)
        match made.kind:
            case "exp":
                return times(slope, Quotient(g + 1, ONE_POLY))
            case "log":
                return divided(slope, w)
            case "root":
                return divided(times(slope, Quotient(g + 1, ONE_POLY)), scaled(w, made.order))
        inner = plus(constant(1), times(w, w))
        return divided(slope, inner if made.kind == "atan" else self.root_of(inner))

    def differentiate(self, q: Quotient, variable: int) -> Quotient:
        """dq/d(variable), by the chain rule over the generators."""
        num, den = self.differentiate_poly(q.num, variable), self.differentiate_poly(q.den, variable)
        top = plus(times(num, Quotient(q.den, ONE_POLY)), scaled(times(den, Quotient(q.num, ONE_POLY)), -1))
        return divided(top, Quotient(q.den**2, ONE_POLY))

    def differentiate_poly(self, p: Poly, variable: int) -> Quotient:
        total = constant(0)
        for index, degree in enumerate(p.degrees()[: len(self.generators)]):
            if degree:
                total = plus(total, times(Quotient(p.derivative(index), ONE_POLY), self.derivative(index, variable)))
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

    def root_of(self, w: Quotient) -> Quotient:
        """The square root of w, whose generator exists."""
        raise NotImplementedError


def evaluate_poly(p: Poly, values: list[arb]) -> arb:
    total = arb(0)
    for exponents, coefficient in p.to_dict().items():
        term = arb(fmpq(coefficient))
        for value, degree in zip(values, exponents, strict=False):
            if degree:
                term *= value ** int(degree)
        total += term
    return total


def _constant_value(expr: Expr | None) -> arb:
    assert isinstance(expr, Apply)
    args = [arb(to_fmpq(arg.value)) for arg in expr.args if isinstance(arg, Number)]
    assert len(args) == len(expr.args)
    return args[0] ** args[1] if expr.op == "pow" else getattr(args[0], expr.op)()
