"""Expressions as interned trees, the reader of infix text, and strict reading of JSON."""

import ast
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flint import fmpq

MAX_TEXT, MAX_DEPTH, MAX_DIGITS, MAX_BITS = 40_000, 120, 4_400, 20_000


class Rejected(ValueError):  # noqa: N818 - the word of the format
    """The certificate does not establish its claim; the sentence says where and why."""


@contextmanager
def where_in(part: str | int) -> Iterator[None]:
    """Puts a step of the path in front of a rejection from inside."""
    try:
        yield
    except Rejected as rejection:
        text = str(rejection)
        raise Rejected(f"{part}{'' if ':' in text.split(' ')[0] else ':'} {text}" if text else str(part)) from None


def fields(data: Any, *names: str) -> list[Any]:
    """The values of an object with exactly these keys."""
    if not isinstance(data, Mapping) or set(data) != set(names):
        raise Rejected(f"an object with the keys {', '.join(names)} is expected")
    return [data[name] for name in names]


def listed(data: Any, most: int = 5_000) -> list[Any]:
    if not isinstance(data, list) or len(data) > most:
        raise Rejected(f"a list of at most {most} is expected")
    return data


def natural(data: Any, most: int) -> int:
    if type(data) is not int or not 0 <= data <= most:
        raise Rejected(f"a whole number up to {most} is expected")
    return data


def rational(text: Any) -> fmpq:
    """The value of a string such as "-3/5"."""
    above, _, below = text.partition("/") if isinstance(text, str) else ("", "", "")
    digits = above.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS and len(below) <= MAX_DIGITS):
        raise Rejected("a rational number such as '-3/5' is expected")
    if "/" in text and not (below.isascii() and below.isdigit() and int(below)):
        raise Rejected("a denominator is expected after '/'")
    return fmpq(int(above), int(below or 1))


class Node:
    """`op` with `args`; a number ("number") or a symbol ("symbol") has its value as the only argument.

    One object for equal trees. where(g, x, y) is x if g >= 0, else y.
    """

    __slots__ = ("args", "op", "symbols")
    op: str
    args: tuple[Any, ...]
    symbols: frozenset[str]

    @property
    def value(self) -> fmpq | None:
        return self.args[0] if self.op == "number" else None


_KNOWN: dict[tuple[Any, ...], Node] = {}


def forget() -> None:
    """Starts with an empty table of trees."""
    _KNOWN.clear()


def node(op: str, *args: Any) -> Node:
    found = _KNOWN.get((op, *args))
    if found is None:
        found = _KNOWN[(op, *args)] = Node()
        found.op, found.args = op, args
        inner = (arg.symbols for arg in args if isinstance(arg, Node))
        found.symbols = frozenset(args) if op == "symbol" else frozenset().union(*inner)
    return found


def number(value: fmpq | int) -> Node:
    return node("number", fmpq(value))


def add(*terms: Node) -> Node:
    """The sum: flat, like terms together, one constant at the end. 0*x stays, for x may be undefined."""
    coefficients: dict[Node, fmpq] = {}
    constant = fmpq(0)
    for term in terms:
        for part in term.args if term.op == "add" else (term,):
            c, rest = (part.args[0].value, mul(*part.args[1:])) if part.op == "mul" else (None, part)
            c, rest = (fmpq(1), part) if c is None else (c, rest)
            if part.value is None:
                coefficients[rest] = coefficients.get(rest, fmpq(0)) + c
            else:
                constant += part.value
    found = [rest if c == 1 else mul(number(c), rest) for rest, c in coefficients.items()]
    if constant != 0 or not found:
        found.append(number(constant))
    return found[0] if len(found) == 1 else node("add", *found)


def mul(*factors: Node) -> Node:
    """The product: flat, its constant in front."""
    flat = [part for factor in factors for part in (factor.args if factor.op == "mul" else (factor,))]
    constant, rest = fmpq(1), [part for part in flat if part.value is None]
    for part in flat:
        constant = constant if part.value is None else constant * part.value
    if constant != 1 or not rest:
        rest.insert(0, number(constant))
    return rest[0] if len(rest) == 1 else node("mul", *rest)


def power(base: Node, exponent: Node) -> Node:
    """base**exponent; a number to a whole number is computed. 1**x stays, for x may be undefined."""
    b, n = base.value, exponent.value
    if n == 1 or (b == 1 and n is not None):
        return base
    short = b is not None and n is not None and abs(int(n.p)) * b.height_bits() <= MAX_BITS
    if b is not None and n is not None and n.q == 1 and (b != 0 or n > 0) and short:
        return number(b ** int(n.p))
    return node("pow", base, exponent)


def minus(x: Node, y: Node) -> Node:
    return add(x, *(mul(number(-1), term) for term in (y.args if y.op == "add" else (y,))))


def rebuilt(tree: Node, args: tuple[Node, ...]) -> Node:
    return {"add": add, "mul": mul, "pow": power}.get(tree.op, lambda *a: node(tree.op, *a))(*args)


def replaced(tree: Node, changes: dict[Node, Node]) -> Node:
    """The tree with subtrees replaced, all at once."""
    known = dict(changes)

    def walk(at: Node) -> Node:
        if at not in known:
            inner = at.op not in ("number", "symbol")
            known[at] = rebuilt(at, tuple(walk(arg) for arg in at.args)) if inner else at
        return known[at]

    return walk(tree)


def without_zeros(tree: Node) -> Node:
    """The tree with 0 for 0*x: equal wherever all of it is defined."""
    if tree.op in ("number", "symbol"):
        return tree
    if tree.op == "mul" and tree.args[0].value == 0:
        return number(0)
    return rebuilt(tree, tuple(map(without_zeros, tree.args)))


def ordered(tree: Node) -> Node:
    """The tree with the arguments of sums, products, max and min in an order that depends on them alone."""
    if tree.op in ("number", "symbol"):
        return tree
    args = [ordered(arg) for arg in tree.args]
    return node(tree.op, *(sorted(args, key=id) if tree.op in ("add", "mul", "max", "min") else args))


def subtrees(tree: Node) -> Iterator[Node]:
    """Every subtree in pre-order."""
    yield tree
    for arg in tree.args:
        if isinstance(arg, Node):
            yield from subtrees(arg)


def sign_of(x: Node) -> Node:
    """sign(x) = where(x <= 0, where(0 <= x, 0, -1), 1)."""
    return node("where", mul(number(-1), x), node("where", x, number(0), number(-1)), number(1))


def _two(name: str, args: tuple[Node, ...]) -> Node:
    result = args[0]
    for arg in args[1:]:
        result = node(name, result, arg)
    return result


def _clip(x: Node, low: Node, high: Node) -> Node:
    return node("min", node("max", x, low), high)


_HALF, _ONE, _ZERO = fmpq(1, 2), fmpq(1), fmpq(0)
_FUNCTIONS = {  # name: (number of arguments or 0 for two and more, meaning)
    **{name: (1, lambda x, name=name: node(name, x)) for name in ("log", "exp", "tanh", "sinh", "cosh")},
    **{name: (1, lambda x, name=name: node(name, x)) for name in ("atan", "asinh", "abs")},
    "sqrt": (1, lambda x: power(x, number(_HALF))),
    "sech": (1, lambda x: power(node("cosh", x), number(-1))),
    "sigmoid": (1, lambda x: mul(number(_HALF), add(number(1), node("tanh", mul(number(_HALF), x))))),
    "softplus": (1, lambda x: node("log", add(number(1), node("exp", x)))),
    "relu": (1, lambda x: node("max", x, number(0))),
    "sign": (1, sign_of),
    "clip": (3, _clip),
    "max": (0, lambda *args: _two("max", args)),
    "min": (0, lambda *args: _two("min", args)),
}


def read(text: Any, names: tuple[str, ...] = ("r", "A")) -> Node:
    """The tree that a text denotes, its constants exact."""
    if not isinstance(text, str) or len(text) > MAX_TEXT or not (text.isascii() and text.isprintable()) or "#" in text:
        raise Rejected("an expression is expected")
    try:
        return _convert(ast.parse(text.strip(), mode="eval").body, text.strip(), names, 0)
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        raise error if isinstance(error, Rejected) else Rejected(f"not an expression: {text[:60]}") from None


def _decimal(text: str) -> fmpq:
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, decimals = mantissa.partition(".")
    if not (whole + decimals).isdigit() or len(mantissa) > MAX_DIGITS or abs(int(exponent or 0)) > 2_000:
        raise Rejected(f"not a decimal number: {text[:40]}")
    return fmpq(int(whole + decimals)) * fmpq(10) ** (int(exponent or 0) - len(decimals))


def _convert(tree: ast.expr, text: str, names: tuple[str, ...], depth: int) -> Node:
    if depth > MAX_DEPTH and not isinstance(tree, ast.BinOp):
        raise Rejected("an expression is nested too deeply")

    def inner(part: ast.expr) -> Node:
        return _convert(part, text, names, depth + 1)

    match tree:
        case ast.Constant():
            return number(_decimal(text[tree.col_offset : tree.end_col_offset]))
        case ast.Name(name) if name in names:
            return node("symbol", name)
        case ast.UnaryOp(ast.USub(), x):
            return mul(number(-1), inner(x))
        case ast.BinOp(x, ast.Add(), y):
            return add(inner(x), inner(y))
        case ast.BinOp(x, ast.Sub(), y):
            return minus(inner(x), inner(y))
        case ast.BinOp(x, ast.Mult(), y):
            return mul(inner(x), inner(y))
        case ast.BinOp(x, ast.Div(), y):
            return mul(inner(x), power(inner(y), number(-1)))
        case ast.BinOp(x, ast.Pow(), y):
            return power(inner(x), inner(y))
        case ast.Call(ast.Name("where"), [ast.Compare(left, [relation], [right]), x, y], []):
            a, b, x, y = inner(left), inner(right), inner(x), inner(y)
            match relation:
                case ast.LtE():
                    return node("where", minus(b, a), x, y)
                case ast.GtE():
                    return node("where", minus(a, b), x, y)
                case ast.Lt():
                    return node("where", minus(a, b), y, x)
                case ast.Gt():
                    return node("where", minus(b, a), y, x)
        case ast.Call(ast.Name(name), args, []) if name in _FUNCTIONS:
            count, make = _FUNCTIONS[name]
            if len(args) == count or (count == 0 and len(args) >= 2):
                return make(*map(inner, args))
    raise Rejected(f"not in the language: {(ast.get_source_segment(text, tree) or '')[:60]}")
