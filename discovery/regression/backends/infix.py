"""Formulas as other engines write them, read by a whitelist grammar: ^ is a power, functions have other names.

Nothing is evaluated. The precedence is that of Julia and Python: -x^2 = -(x^2), and a^b^c = a^(b^c).
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import VisitError

from discovery.expression import node
from discovery.expression.node import HALF, ONE, ZERO, Apply, Expr, Number
from discovery.expression.parser import MAX_CHARACTERS, MAX_DEPTH, MAX_NODES

_GRAMMAR = r"""
?start: sum
?sum: product
    | sum "+" product   -> add
    | sum "-" product   -> subtract
?product: unary
    | product "*" unary -> mul
    | product "/" unary -> divide
?unary: power
    | "-" unary         -> negate
    | "+" unary
?power: atom
    | atom ("^" | "**") unary -> power
?atom: NUMBER           -> number
    | NAME              -> variable
    | NAME "(" sum ("," sum)* ")" -> call
    | "(" sum ")"
NUMBER: /(\d+(\.\d*)?|\.\d+)([eEf][+-]?\d+)?/
NAME: /[A-Za-z_#][A-Za-z_0-9]*(\[\d+\])?/
%ignore /[ \t\r\n]+/
"""
_PLAIN = (
    *("log", "exp", "tanh", "sinh", "cosh", "sech", "sigmoid", "softplus"),
    *("atan", "asinh", "abs", "sign", "relu", "max", "min"),
)
_SPELLED: dict[str, tuple[int, Callable[..., Expr]]] = {
    "sqrt": (1, lambda x: node.power(x, HALF)),
    "square": (1, lambda x: node.power(x, 2)),
    "cube": (1, lambda x: node.power(x, 3)),
    "neg": (1, node.negate),
    "inv": (1, lambda x: node.power(x, -1)),
    "log1p": (1, lambda x: Apply("log", (node.add(ONE, x),))),
    "safe_log": (1, lambda x: Apply("log", (x,))),
    "safe_sqrt": (1, lambda x: node.power(x, HALF)),
    "logistic": (1, lambda x: Apply("sigmoid", (x,))),
    "logabs": (1, lambda x: Apply("log", (Apply("abs", (x,)),))),
    "sqrtabs": (1, lambda x: node.power(Apply("abs", (x,)), HALF)),
    "pow": (2, node.power),
    "safe_pow": (2, node.power),
    "pow_abs": (2, lambda x, y: node.power(Apply("abs", (x,)), y)),
    "aq": (2, lambda x, y: node.divide(x, node.power(node.add(ONE, node.power(y, 2)), HALF))),
    "plus": (2, node.add),
    "sub": (2, node.subtract),
    "mult": (2, node.mul),
    "div": (2, node.divide),
    "cond": (2, lambda x, y: Apply("where", (Apply("lt", (ZERO, x)), y, ZERO))),
    "clamp": (3, lambda x, low, high: Apply("clip", (x, low, high))),
}
FUNCTIONS = (*_PLAIN, *_SPELLED)
_MAX_EXPONENT = 400  # of a constant: 1e999999999 must not be computed


class InfixError(ValueError):
    """The text cannot be read; the message says what is wrong."""


def read_infix(text: str, variables: Mapping[str, Expr]) -> Expr:
    """The expression of an engine's infix text, with its variables replaced; not canonical.

    Args:
        text: for example "relu(pA - square(tanh(pA * 0.5)))".
        variables: the expression that each variable stands for.

    Raises:
        InfixError: one line: a character, an unknown variable or function, a wrong number of arguments, too long.
    """
    if len(text) > MAX_CHARACTERS:
        raise InfixError(f"it has {len(text)} characters; at most {MAX_CHARACTERS} are read")
    try:
        expr: Any = _Builder(variables).transform(_LARK.parse(text))
    except UnexpectedInput as error:
        token = getattr(error, "token", None)
        if token is not None and token.type == "$END":
            raise InfixError("it ends too early") from None
        raise InfixError(f"column {error.column}: unexpected {text[error.pos_in_stream or 0 :][:20]!r}") from None
    except VisitError as error:
        if isinstance(error.orig_exc, InfixError):
            raise error.orig_exc from None
        raise InfixError(f"it cannot be read ({type(error.orig_exc).__name__})") from None
    except RecursionError:
        raise InfixError("it is nested too deeply") from None
    nodes, depth = node.size_and_depth(expr)
    if depth > MAX_DEPTH or nodes > MAX_NODES:
        raise InfixError(f"it has {nodes} nodes in {depth} levels; at most {MAX_NODES} in {MAX_DEPTH} are read")
    return expr


_LARK = Lark(_GRAMMAR, parser="lalr", propagate_positions=False)


def _applied(op: str, *args: Expr) -> Expr:
    return Apply(op, args)


@v_args(inline=True)
class _Builder(Transformer):
    """Builds the tree bottom-up."""

    add, subtract = staticmethod(node.add), staticmethod(node.subtract)
    mul, divide = staticmethod(node.mul), staticmethod(node.divide)
    power = staticmethod(node.power)

    def __init__(self, variables: Mapping[str, Expr]) -> None:
        super().__init__()
        self._variables = variables

    def negate(self, x: Expr) -> Expr:
        return Number(-x.value) if isinstance(x, Number) else node.negate(x)

    def number(self, token: Token) -> Expr:
        mantissa, _, exponent = token.lower().replace("f", "e").partition("e")
        if len(mantissa) > _MAX_EXPONENT or abs(int(exponent or 0)) > _MAX_EXPONENT:
            raise InfixError(f"column {token.column}: the constant {str(token)[:20]} is out of range")
        return Number(Fraction(mantissa.rstrip(".")) * Fraction(10) ** int(exponent or 0))

    def variable(self, token: Token) -> Expr:
        if token in self._variables:
            return self._variables[token]
        if token.lower() in ("inf", "nan"):
            raise InfixError(f"column {token.column}: {token} is not a number")
        known = ", ".join(self._variables)
        raise InfixError(f"column {token.column}: unknown variable {str(token)[:40]!r} (known: {known})")

    def call(self, token: Token, *args: Expr) -> Expr:
        if str(token) in _SPELLED:
            arity, build = _SPELLED[str(token)]
        elif str(token) in _PLAIN:
            arity = max(2, len(args)) if str(token) in ("max", "min") else 1
            build = partial(_applied, str(token))
        else:
            raise InfixError(
                f"column {token.column}: unknown function {str(token)[:40]!r} (known: {', '.join(FUNCTIONS)})"
            )
        if len(args) != arity:
            raise InfixError(f"column {token.column}: {token} takes {arity} arguments, not {len(args)}")
        return build(*args)
