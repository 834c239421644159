"""The operator table: the one place that says which operators exist and what each of them means.

Each entry holds the meaning for every reader of an expression. `array(xp, *args)` takes numpy or jax.numpy as `xp`;
`sympy(sp, *args)` takes the sympy module. The modules are handed in, so that the table itself imports neither.
`jax.numpy` gradients are made safe (finite everywhere) in `discovery.drifts.lowering`, not here.
"""

# ruff: noqa: E501 - one row an operator reads best as a table

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

from discovery.expression.node import Apply, Expr, Number


class Domain(Enum):
    """Where an operator is a real number, as a condition on its (first) argument."""

    REALS = "every real argument"
    POSITIVE = "a positive argument"
    POWER = "a base that suits the exponent: any for 0, 1, 2, ...; non-zero for -1, -2, ...; \
non-negative for positive fractions; positive otherwise"
    CONDITION = "a comparison as first argument"


@dataclass(frozen=True)
class Operator:
    """One row of the table.

    Attributes:
        name: the name in text and JSON.
        arity: the number of arguments; None for two or more.
        cost: its share of an expression's complexity.
        latex: a template with {0}, {1}, ... for the arguments.
        array: the meaning in numpy or jax.numpy.
        sympy: the meaning in sympy.
        domain: where it is real-valued.
        parity: -1 for odd, 1 for even, 0 for neither (in a single argument).
        at_zero: the exact value at 0, where that is rational.
    """

    name: str
    arity: int | None
    cost: int
    latex: str
    array: Callable[..., Any]
    sympy: Callable[..., Any]
    domain: Domain = Domain.REALS
    parity: int = 0
    at_zero: int | None = None


def _fold(function: Callable[[Any, Any], Any], args: tuple[Any, ...]) -> Any:
    result = args[0]
    for arg in args[1:]:
        result = function(result, arg)
    return result


def _sech(xp: Any, x: Any) -> Any:
    decay = xp.exp(-xp.abs(x))  # cosh would overflow
    return 2 * decay / (1 + decay * decay)


_TABLE = (
    Operator("add", None, 1, "{0} + {1}", lambda xp, *a: _fold(xp.add, a), lambda sp, *a: sp.Add(*a)),
    Operator("mul", None, 1, "{0} {1}", lambda xp, *a: _fold(xp.multiply, a), lambda sp, *a: sp.Mul(*a)),
    Operator("pow", 2, 1, "{0}^{{{1}}}", lambda xp, b, e: xp.power(b, e), lambda sp, b, e: sp.Pow(b, e), Domain.POWER),
    Operator("log", 1, 1, r"\log\left({0}\right)", lambda xp, x: xp.log(x), lambda sp, x: sp.log(x), Domain.POSITIVE),
    Operator("exp", 1, 1, r"\exp\left({0}\right)", lambda xp, x: xp.exp(x), lambda sp, x: sp.exp(x), at_zero=1),
    Operator("tanh", 1, 1, r"\tanh\left({0}\right)", lambda xp, x: xp.tanh(x), lambda sp, x: sp.tanh(x), parity=-1, at_zero=0),
    Operator("sinh", 1, 1, r"\sinh\left({0}\right)", lambda xp, x: xp.sinh(x), lambda sp, x: sp.sinh(x), parity=-1, at_zero=0),
    Operator("cosh", 1, 1, r"\cosh\left({0}\right)", lambda xp, x: xp.cosh(x), lambda sp, x: sp.cosh(x), parity=1, at_zero=1),
    Operator("sech", 1, 1, r"\operatorname{{sech}}\left({0}\right)", _sech, lambda sp, x: sp.sech(x), parity=1, at_zero=1),
    Operator("sigmoid", 1, 1, r"\sigma\left({0}\right)", lambda xp, x: (1 + xp.tanh(x / 2)) / 2, lambda sp, x: 1 / (1 + sp.exp(-x))),
    Operator("softplus", 1, 1, r"\operatorname{{softplus}}\left({0}\right)", lambda xp, x: xp.logaddexp(0, x), lambda sp, x: sp.log(1 + sp.exp(x))),
    Operator("atan", 1, 1, r"\arctan\left({0}\right)", lambda xp, x: xp.arctan(x), lambda sp, x: sp.atan(x), parity=-1, at_zero=0),
    Operator("asinh", 1, 1, r"\operatorname{{arsinh}}\left({0}\right)", lambda xp, x: xp.arcsinh(x), lambda sp, x: sp.asinh(x), parity=-1, at_zero=0),
    Operator("abs", 1, 1, r"\left|{0}\right|", lambda xp, x: xp.abs(x), lambda sp, x: sp.Abs(x), parity=1, at_zero=0),
    Operator("sign", 1, 1, r"\operatorname{{sign}}\left({0}\right)", lambda xp, x: xp.sign(x), lambda sp, x: sp.sign(x), parity=-1, at_zero=0),
    Operator("relu", 1, 1, r"\operatorname{{ReLU}}\left({0}\right)", lambda xp, x: xp.maximum(x, 0), lambda sp, x: sp.Max(0, x), at_zero=0),
    Operator("min", None, 1, r"\min\left({0}, {1}\right)", lambda xp, *a: _fold(xp.minimum, a), lambda sp, *a: sp.Min(*a)),
    Operator("max", None, 1, r"\max\left({0}, {1}\right)", lambda xp, *a: _fold(xp.maximum, a), lambda sp, *a: sp.Max(*a)),
    Operator("clip", 3, 1, r"\operatorname{{clip}}\left({0}, {1}, {2}\right)", lambda xp, x, lo, hi: xp.minimum(xp.maximum(x, lo), hi), lambda sp, x, lo, hi: sp.Min(sp.Max(x, lo), hi)),
    Operator("where", 3, 1, r"\begin{{cases}} {1} & {0} \\ {2} & \text{{otherwise}} \end{{cases}}", lambda xp, c, x, y: xp.where(c, x, y), lambda sp, c, x, y: sp.Piecewise((x, c), (y, True)), Domain.CONDITION),
    Operator("le", 2, 1, r"{0} \le {1}", lambda xp, x, y: x <= y, lambda sp, x, y: sp.Le(x, y)),
    Operator("lt", 2, 1, r"{0} < {1}", lambda xp, x, y: x < y, lambda sp, x, y: sp.Lt(x, y)),
)  # fmt: skip

OPERATORS: dict[str, Operator] = {operator.name: operator for operator in _TABLE}
COMPARISONS = frozenset({"le", "lt"})
FUNCTIONS: tuple[str, ...] = tuple(
    sorted({name for name in OPERATORS if name not in {"add", "mul", "pow"} | COMPARISONS} | {"sqrt"})
)


def complexity(expr: Expr) -> int:
    """The size of a formula to a reader: the costs of its operators plus one for each symbol and constant.

    A sum or product of n parts counts n - 1 operators; a negative sign, a difference and a quotient count as one.
    """
    if not isinstance(expr, Apply):
        return 1
    match expr:
        case Apply("mul", (Number(value), *rest)) if value == -1:
            return complexity(Apply("mul", tuple(rest)) if len(rest) > 1 else rest[0])
        case Apply("pow", (base, Number(value))) if value in (-1, Fraction(1, 2)):
            return complexity(base) + OPERATORS["pow"].cost
    operators = len(expr.args) - 1 if expr.op in ("add", "mul", "min", "max") else 1
    return operators * OPERATORS[expr.op].cost + sum(map(complexity, expr.args))
