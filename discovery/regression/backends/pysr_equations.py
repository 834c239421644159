"""Equation strings of PySR to expressions and back, by our own parser: its sympy conversion can recurse to death."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from discovery.expression.canonical import canonical
from discovery.expression.node import ADVANTAGE, HALF, ONE, RATIO, Apply, Expr, Number, Symbol, negate, subtract
from discovery.expression.projection import relu_residual
from discovery.regression.backends.features import RAW, VARIABLES
from discovery.regression.backends.infix import InfixError, read_infix

_ASSIGNED = re.compile(r"^\s*([A-Za-z_]\w*)\s*=\s*(.*)$", re.DOTALL)
_LESS_ONE = canonical(subtract(RATIO, ONE))
_UNARY = ("log", "exp", "tanh", "sinh", "cosh", "atan", "asinh", "abs", "sign", "relu")


@dataclass(frozen=True)
class Template:
    """How the expression g of a template makes a drift.

    Attributes:
        arguments: what #1, #2, ... stand for.
        combine: the drift for g; by default ReLU of the residual projection of g, which is our own template.
    """

    arguments: tuple[Expr, ...] = (RATIO, ADVANTAGE)
    combine: Callable[[Expr], Expr] = relu_residual


def read_equation(text: str, *, variables: Mapping[str, Expr] = VARIABLES, template: Template | None = None) -> Expr:
    """The canonical expression in r and A of an equation string.

    Args:
        text: "relu(pA - tanh(pA))", or a template's "g = tanh(#1 * #2)"; constants may be as small as 1.0e-20.
        variables: the expression for each variable's name.
        template: how the expression of a template string becomes a drift.

    Raises:
        InfixError: one line that says what cannot be read.
    """
    return read_parts(text, variables=variables, template=template)[0]


def read_parts(
    text: str, *, variables: Mapping[str, Expr] = VARIABLES, template: Template | None = None
) -> tuple[Expr, Expr | None]:
    """The same, with g where the expression is the ReLU of the residual projection of g."""
    pieces = [piece for piece in text.split(";") if piece.strip()]
    try:
        if pieces and _ASSIGNED.match(pieces[0]):
            template = template or Template()
            g = canonical(_from_template(pieces, template.arguments))
            return canonical(template.combine(g)), g if template.combine is relu_residual else None
        return canonical(read_infix(text, variables)), None
    except InfixError:
        raise
    except ValueError as error:  # a division by zero, a constant that is too long
        raise InfixError(str(error)) from None


def _from_template(pieces: list[str], given: tuple[Expr, ...]) -> Expr:
    """g, with its arguments and parameters put in."""
    expressions: dict[str, str] = {}
    for piece in pieces:
        match = _ASSIGNED.match(piece)
        if match is None:
            raise InfixError(f"{piece.strip()[:40]!r} is no assignment")
        expressions[match[1]] = match[2].strip()
    parameters = {name: text for name, text in expressions.items() if text.startswith("[")}
    formulas = {name: text for name, text in expressions.items() if name not in parameters}
    if len(formulas) != 1:
        raise InfixError(f"a template of {len(formulas)} expressions ({', '.join(formulas)}); one is read")
    values = {f"{name}[{k}]": x for name, text in parameters.items() for k, x in enumerate(_vector(text), start=1)}
    ((_, text),) = formulas.items()
    arguments = (*given, *values.values())
    return read_infix(text, {f"#{k}": argument for k, argument in enumerate(arguments, start=1)} | values)


def _vector(text: str) -> list[Expr]:
    if not text.endswith("]"):
        raise InfixError(f"{text[:40]!r} is no list of parameters")
    return [read_infix(item, {}) for item in text[1:-1].split(",") if item.strip()]


def write_equation(expr: Expr, *, inputs: Mapping[str, Expr] = RAW) -> str:
    """An equation string that PySR reads as a guess, with constants as float64; the inverse of `read_equation`.

    Args:
        expr: a formula in r and A.
        inputs: the names of the variables and what they are; a subexpression that equals an input is written as it.

    Raises:
        ValueError: it holds an operator that PySR has no name for, a variable that the inputs do not give, or a
            constant that float64 cannot hold.
    """
    names = {canonical(value): name for name, value in inputs.items()}
    return _Writer(names).text(canonical(expr))


@dataclass(frozen=True)
class _Writer:
    names: Mapping[Expr, str]

    def text(self, expr: Expr) -> str:
        if expr in self.names:
            return self.names[expr]
        match expr:
            case Number(value):
                return _constant(value)
            case Symbol("r") if (less := self.names.get(_LESS_ONE)) is not None:
                return f"({less} + 1.0)"
            case Symbol(name):
                raise ValueError(f"the inputs {', '.join(self.names.values())} do not give {name}")
            case Apply("add" | "mul", args):
                return self._flat(expr.op, args)
            case Apply("pow", (base, Number(value))) if value == -1:
                return f"(1.0 / {self.text(base)})"
            case Apply("pow", (base, Number(value))) if value in (HALF, 2, 3):
                name = {HALF: "sqrt", Fraction(2): "square", Fraction(3): "cube"}[value]
                return f"{name}({self.text(base)})"
            case Apply("pow", (base, exponent)):
                return f"(({self.text(base)}) ^ ({self.text(exponent)}))"
            case Apply("max" | "min" as op, (first, *rest)):
                return _nested(op, [self.text(arg) for arg in (first, *rest)])
            case Apply("clip", (x, low, high)):
                return f"min(max({self.text(x)}, {self.text(low)}), {self.text(high)})"
            case Apply("sech", (x,)):
                return f"(1.0 / cosh({self.text(x)}))"
            case Apply("sigmoid", (x,)):
                return f"(1.0 / (1.0 + exp({self.text(canonical(negate(x)))})))"
            case Apply("softplus", (x,)):
                return f"log(1.0 + exp({self.text(x)}))"
            case Apply(op, (x,)) if op in _UNARY:
                return f"{op}({self.text(x)})"
        raise ValueError(f"PySR has no operator for {expr.op}")

    def _flat(self, op: str, args: tuple[Expr, ...]) -> str:
        """A sum or product, with as many of its parts as possible written as one input: A (r - 1) as pA."""
        left, pieces = list(args), []
        for value, name in self.names.items():
            match value:
                case Apply(found, parts) if found == op and all(part in left for part in parts):
                    pieces.append(name)
                    for part in parts:
                        left.remove(part)
        texts = [*pieces, *map(self.text, left)]
        symbol = " + " if op == "add" else " * "
        return f"({symbol.join(texts)})" if len(texts) > 1 else texts[0]


def _nested(op: str, texts: list[str]) -> str:
    """PySR's max and min take two arguments."""
    return texts[0] if len(texts) == 1 else f"{op}({texts[0]}, {_nested(op, texts[1:])})"


def _constant(value: Fraction) -> str:
    try:
        as_float = float(value)
    except OverflowError:
        as_float = math.inf
    if not math.isfinite(as_float) or (as_float == 0 and value != 0):
        raise ValueError(f"the constant {value} is beyond the range of float64")
    return repr(as_float) if as_float >= 0 else f"({as_float!r})"
