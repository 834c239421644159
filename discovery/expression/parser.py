"""Text to expression, through a whitelist grammar: nothing that a user types is ever evaluated as Python.

The language is infix maths in the symbols r and A (and progress where allowed), with the operators of the table.
sympy's spellings (Max, Min, Abs, Rational, Piecewise, ...) are read as well.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from fractions import Fraction
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, v_args

from discovery.expression import node
from discovery.expression.canonical import canonical
from discovery.expression.node import Apply, Expr, Number, Symbol
from discovery.expression.operators import FUNCTIONS, OPERATORS

MAX_CHARACTERS = 10_000
MAX_DEPTH = 100
MAX_NODES = 2_000
MAX_DIGITS = 400  # of a constant, its exponent written out

_GRAMMAR = r"""
?start: sum
?sum: product
    | sum "+" product   -> add
    | sum "-" product   -> subtract
?product: unary
    | product "*" unary -> multiply
    | product "/" unary -> divide
?unary: power
    | "-" unary         -> negate
    | "+" unary
?power: atom
    | atom "**" unary   -> raise_to
?atom: NUMBER           -> number
    | NAME              -> symbol
    | NAME "(" argument ("," argument)* ")" -> call
    | "(" sum ")"
?argument: sum
    | comparison
    | "(" sum "," (comparison | sum) ")" -> pair
comparison: sum COMPARISON sum
COMPARISON: "<=" | ">=" | "<" | ">"
NUMBER: /(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?/
NAME: /[A-Za-z_][A-Za-z_0-9]*/
%ignore /[ \t\r\n]+/
"""
_ALIASES = {"Max": "max", "Min": "min", "Abs": "abs", "ReLU": "relu", "Rational": "divide", "Piecewise": "piecewise"}
_SPELLED = {
    "^": "** for a power", "²": "**2", "³": "**3", "−": "-", "–": "-", "×": "*", "·": "*", "÷": "/", "[": "(", "{": "(",
    "|": "abs(x) for |x|", "√": "sqrt(x)", "≤": "<=", "≥": ">=", "π": "a decimal such as 3.14159265",
}  # fmt: skip
_MEANT = {  # names of other languages
    "ln": "log", "arctan": "atan", "arcsinh": "asinh", "maximum": "max", "minimum": "min", "fabs": "abs",
    "clamp": "clip", "log1p": "log(1 + x)", "expm1": "exp(x) - 1", "square": "x**2",
    "power": "x**y", "pow": "x**y", "log2": "log(x)/log(2)", "log10": "log(x)/log(10)",
    "pi": "a decimal such as 3.14159265", "e": "exp(x) for e**x, or a decimal such as 2.71828183",
}  # fmt: skip
_MODULES = ("np", "jnp", "math", "numpy", "jax", "torch", "tf", "sp", "sympy")
_CALLS = {*FUNCTIONS, *_ALIASES}


class ParseError(ValueError):
    """The text is not an expression of the language; the message names the column."""

    def moved(self, by: int) -> str:
        """The message for a text that stands `by` characters further right."""
        return re.sub(r"^column (\d+)", lambda found: f"column {int(found[1]) + by}", str(self))


def parse(text: str, *, allowed: Sequence[str] = ("r", "A")) -> Expr:
    """The canonical expression that `text` denotes. Decimal constants are exact rationals.

    Args:
        text: infix maths, e.g. "relu((r - 1)*A - 2*tanh((r - 1)*A/2))".
        allowed: the symbols that may occur; ("u",) for an inequality in one real variable.

    Raises:
        ParseError: one line that says what is wrong, in which column, and what is allowed.
    """
    if len(text) > MAX_CHARACTERS:
        raise ParseError(f"the expression has {len(text)} characters; at most {MAX_CHARACTERS} are allowed")
    if not text.strip():
        raise ParseError("the expression is empty")
    try:
        expr: Any = _lark(tuple(allowed)).parse(text)
    except UnexpectedInput as error:
        raise ParseError(_syntax_message(error, text)) from None
    if "True" in node.symbols(expr):
        raise ParseError("True may only stand in the last pair of a Piecewise")
    nodes, depth = node.size_and_depth(expr)
    if depth > MAX_DEPTH:
        raise ParseError(f"the expression is nested too deeply; at most {MAX_DEPTH} levels are allowed")
    if nodes > MAX_NODES:
        raise ParseError(f"the expression has too many terms: {nodes} nodes; at most {MAX_NODES} are allowed")
    try:
        return canonical(expr)
    except ValueError as error:
        raise ParseError(str(error)) from None


@cache
def _lark(allowed: tuple[str, ...]) -> Lark:
    """The parser; it builds the expression as it reads, so that no depth of brackets exhausts the stack."""
    return Lark(_GRAMMAR, parser="lalr", propagate_positions=True, transformer=_Builder(allowed))


def _syntax_message(error: UnexpectedInput, text: str) -> str:
    column = error.column if error.column > 0 else len(text)
    if isinstance(error, UnexpectedCharacters):
        hint = f" (write {_SPELLED[error.char]})" if error.char in _SPELLED else ""
        if error.char == "." and (prefix := _last_word(text[: error.pos_in_stream])) in _MODULES:
            hint = f" (names have no prefix: leave out '{prefix}.')"
        return f"column {column}: character {error.char!r} is not allowed{hint}"
    token = getattr(error, "token", None)
    if token is None or token.type == "$END":
        return f"column {len(text) + 1}: the expression ends too early; is a bracket or an operand missing?"
    shown = str(token)[:40]
    hint = " (comparisons belong inside where(condition, x, y))" if token.type == "COMPARISON" else ""
    if shown in ("if", "else", "and", "or"):
        hint = " (cases are written where(condition, x, y))"
    elif token.type in ("NAME", "LPAR", "NUMBER") and shown[0] != ".":
        before = text[: token.start_pos].rstrip()
        if _last_word(before) in _CALLS:
            hint = " (functions need brackets)"
        elif re.search(r"[\w).]$", before):
            hint = " (a product needs a *)"
    return f"column {column}: unexpected {shown!r}{hint}"


def _last_word(text: str) -> str:
    """The letters and digits at the end of a text."""
    return re.split(r"[^A-Za-z_0-9]", text)[-1]


@v_args(inline=True)
class _Builder(Transformer):
    """Builds the tree bottom-up; a sum of many terms is one flat node."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__()
        self._allowed = tuple(allowed)

    multiply = staticmethod(node.mul)
    divide = staticmethod(node.divide)
    negate = staticmethod(node.negate)
    raise_to = staticmethod(node.power)

    def add(self, left: Expr, right: Expr) -> Expr:
        return _sum(left, right)

    def subtract(self, left: Expr, right: Expr) -> Expr:
        return _sum(left, node.negate(right))

    def number(self, token: Token) -> Expr:
        return Number(_exact(token))

    def symbol(self, token: Token) -> Expr:
        if str(token) in self._allowed:
            return Symbol(str(token))
        if str(token) == "True":
            return Symbol("True")  # only a Piecewise takes it, see _piecewise
        if (factors := _factors(token, self._allowed)) is not None:
            raise ParseError(
                f"column {token.column}: unknown symbol {str(token)[:40]!r}; write {factors} for a product"
            )
        raise _unknown(token, "symbol", self._allowed, f"{', '.join(self._allowed)}; functions need brackets")

    def comparison(self, left: Expr, relation: Token, right: Expr) -> Expr:
        op = "le" if "=" in relation else "lt"
        return Apply(op, (left, right) if relation[0] == "<" else (right, left))

    def pair(self, value: Expr, condition: Expr) -> tuple[Expr, Expr]:
        return value, condition

    def call(self, name: Token, *args: Any) -> Expr:
        op = _ALIASES.get(str(name), str(name))
        if str(name) in self._allowed:
            raise ParseError(f"column {name.column}: {name} is a symbol, no function; write {name}*(...) for a product")
        if str(name) not in _CALLS:
            raise _unknown(name, "function", sorted(_CALLS), ", ".join(FUNCTIONS))
        if op == "piecewise":
            return _piecewise(name, args)
        if any(isinstance(arg, tuple) for arg in args):
            raise ParseError(f"column {name.column}: only Piecewise takes (value, condition) pairs")
        _check_arguments(name, op, args)
        if op == "divide":
            return node.divide(*args)
        if op == "sqrt":
            return node.power(args[0], node.HALF)
        return Apply(op, args)


def _sum(left: Expr, right: Expr) -> Expr:
    """left + right, as one node if left is a sum already."""
    if isinstance(left, Apply) and left.op == "add":
        if len(left.args) > MAX_NODES:
            raise ParseError(f"the expression has too many terms; at most {MAX_NODES} nodes are allowed")
        return node.add(*left.args, right)
    return node.add(left, right)


def _check_arguments(name: Token, op: str, args: tuple[Expr, ...]) -> None:
    arity = {"divide": 2, "sqrt": 1}.get(op) or (OPERATORS[op].arity if op in OPERATORS else None)
    if len(args) != arity if arity else len(args) < 2:
        wanted = f"{arity} argument{'s' if arity != 1 else ''}" if arity else "two or more arguments"
        raise ParseError(f"column {name.column}: {name} takes {wanted}, not {len(args)}")
    for position, arg in enumerate(args):
        if _is_condition(arg) != (op == "where" and position == 0):
            what = "a comparison such as A >= 0 as" if op == "where" and position == 0 else "no comparison as"
            raise ParseError(f"column {name.column}: {name} takes {what} argument {position + 1}")


def _is_condition(expr: Expr) -> bool:
    return (isinstance(expr, Apply) and expr.op in ("le", "lt")) or expr == Symbol("True")


def _piecewise(name: Token, args: tuple[Any, ...]) -> Expr:
    """Piecewise((x, c), ..., (z, True)), sympy's form, as nested where()."""
    pairs = [arg for arg in args if isinstance(arg, tuple) and not _is_condition(arg[0]) and _is_condition(arg[1])]
    if len(pairs) != len(args) or pairs[-1][1] != Symbol("True") or any(c == Symbol("True") for _, c in pairs[:-1]):
        raise ParseError(f"column {name.column}: Piecewise takes (value, comparison) pairs, the last one (value, True)")
    result = pairs[-1][0]
    for value, condition in reversed(pairs[:-1]):
        result = Apply("where", (condition, value, result))
    return result


def _exact(token: Token) -> Fraction:
    mantissa, _, exponent = token.lower().partition("e")
    if len(mantissa) + (abs(int(exponent)) if 0 < len(exponent) < 6 else len(exponent) * MAX_DIGITS) > MAX_DIGITS:
        raise ParseError(f"column {token.column}: a constant of more than {MAX_DIGITS} digits")
    return Fraction(re.sub(r"\.$", "", mantissa)) * Fraction(10) ** int(exponent or 0)


def _factors(token: Token, symbols: Sequence[str]) -> str | None:
    """The product that symbols written without a * mean, such as r*A for rA."""
    parts = re.findall("|".join(symbols), token)
    return "*".join(parts) if 1 < len(parts) < 5 and "".join(parts) == token else None


def _unknown(token: Token, kind: str, names: Sequence[str], allowed: str) -> ParseError:
    if (meant := _MEANT.get(str(token))) is not None:
        return ParseError(f"column {token.column}: unknown {kind} {str(token)!r}; write {meant}")
    same = [name for name in names if name.lower() == str(token).lower()]
    close = same or get_close_matches(str(token), names, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return ParseError(f"column {token.column}: unknown {kind} {str(token)[:40]!r}{hint} (allowed: {allowed})")
