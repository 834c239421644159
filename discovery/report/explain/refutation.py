"""A refutation: the point, the condition that fails there, and the arithmetic."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq

from discovery.expression.canonical import canonical
from discovery.expression.node import Apply, Expr, Number, negate, subtract, symbols, walk
from discovery.expression.printer import number_text, to_text
from discovery.proof.enclosure import UndecidedError, UndefinedError, Value, evaluate, to_fmpq, to_fraction
from discovery.report.explain.outline import (
    ABOUT,
    EQ,
    F_AT_ONE,
    GE,
    LE,
    F,
    Line,
    Math,
    Sign,
    decimal,
    exact,
    line,
    math,
    number,
)  # fmt: skip
from discovery.report.explain.reading import read

MAX_TERMS = 12
_BITS = 2048
_FAILS = {
    "negative": "Condition (4), non-negative, fails.",
    "nonzero": "Condition (2), zero, fails.",
    "slope": "Condition (3), flat, fails.",
    "step": "Condition (3), flat, fails.",
    "undefined": "Condition (1), defined, fails.",
    "jump": "Condition (1), defined and continuous, fails.",
}


def refutation_lines(expression: str, refutation: Mapping[str, Any]) -> list[Line]:
    """The lines of a refutation of f = `expression`."""
    kind, value = refutation["kind"], refutation["value"]
    point = [math("r", EQ, exact(refutation["r"])), " and ", math("A", EQ, exact(refutation["A"]))]
    if refutation.get("width", "0") != "0":
        point.append(
            f" (up to {float(Fraction(refutation['width'])):.0e} in {refutation['symbol']}: the place is irrational)"
        )
    sentence = [*_sentence(kind, value, refutation), "."]
    found = line(f"{_FAILS.get(kind, 'A condition fails.')} At ", *point, ": ", *sentence)
    expr = read(expression)
    if expr is None:
        return [found]
    at = {"r": Fraction(refutation["r"]), "A": Fraction(refutation["A"])}
    below = arithmetic(expr, at)
    lines = [found]
    if below:
        lines.append(line("The arithmetic at this point, from the inside out:", below=below))
    if kind == "jump":
        lines += _branches(expr, refutation["on"], at)
    if kind in ("slope", "step"):
        quotients = _quotients(expr, at, int(refutation["side"]))
        if quotients:
            lines.append(line("The difference quotients beside this point:", below=quotients))
    return lines


def _sentence(kind: str, value: str, refutation: Mapping[str, Any]) -> list[str | Math]:
    side = "right" if refutation.get("side") == 1 else "left"
    match kind:
        case "negative":
            return [_bound(F, value)]
        case "nonzero":
            return [_bound(F_AT_ONE, value), ", and it must be 0"]
        case "slope" if value == "infinite":
            return [f"the derivative of f in r from the {side} is infinite"]
        case "slope":
            return [f"the derivative of f in r from the {side} is not 0: ", _bound(Sign("f'", "f'"), value)]
        case "step":
            return [f"f jumps on the {side}, by at least ", math(exact(value.removeprefix("-")))]
        case "undefined":
            return ["f is not a real number"]
        case "jump":
            return ["f jumps across ", math(refutation["on"], EQ, "0"), ", by at least ",
                    math(exact(value.removeprefix("-")))]  # fmt: skip
    return [f"the certificate reports {kind}"]


def _bound(what: Sign, value: str) -> Math:
    """what <= value < 0, or what >= value > 0, with the decimal of a long value."""
    figures = decimal(value)
    relation = LE if value.startswith("-") else GE
    return math(what, relation, exact(value), *((ABOUT, figures) if figures else ()))


def arithmetic(expr: Expr, at: Mapping[str, Fraction]) -> list[Line]:
    """The values of the sub-terms that the value of f depends on, the outermost last."""
    values = {name: to_fmpq(value) for name, value in at.items()}
    rows: dict[str, Line] = {}
    for term in _used(expr, values):
        text = to_text(term)
        if text not in rows and (term == expr or not _is_multiple(term)):
            rows[text] = _value_of(text, term, values)
    return list(rows.values())[-MAX_TERMS:]


def _used(expr: Expr, values: Mapping[str, Value]) -> Iterator[Apply]:
    """Sub-terms with a symbol in them, children first; of a `where` only the branch that is taken."""
    if not isinstance(expr, Apply):
        return
    if expr.op == "where":
        condition, x, y = expr.args
        assert isinstance(condition, Apply)
        for side in condition.args:
            yield from _used(side, values)
        taken = _holds(condition, values)
        if taken is not None:
            yield from _used(x if taken else y, values)
    else:
        for arg in expr.args:
            yield from _used(arg, values)
    if symbols(expr):
        yield expr


def _is_multiple(expr: Apply) -> bool:
    """-x and 2 x say nothing new."""
    return expr.op == "mul" and len(expr.args) == 2 and isinstance(expr.args[0], Number)


def _holds(condition: Apply, values: Mapping[str, Value]) -> bool | None:
    left, right = (_computed(arg, values) for arg in condition.args)
    if left is None or right is None:
        return None
    if left == right and isinstance(left, fmpq):
        return condition.op == "le"
    if left < right:
        return True
    return False if left > right else None


def _computed(expr: Expr, values: Mapping[str, Value]) -> Value | None:
    try:
        return evaluate(expr, values, _BITS)
    except (UndecidedError, UndefinedError, OverflowError):
        return None


def _value_of(text: str, term: Expr, values: Mapping[str, Value]) -> Line:
    try:
        value = evaluate(term, values, _BITS)
    except UndefinedError:
        return line(math(text), " is not a real number")
    except (UndecidedError, OverflowError):
        return line(math(text), " is beyond this arithmetic")
    if isinstance(value, fmpq):
        shown = number_text(to_fraction(value))
        if len(shown) <= 12:
            return line(math(text, EQ, exact(shown)))
    return line(math(text, ABOUT, figures(value)))


def figures(value: Value) -> Sign:
    """A value to five figures."""
    with ctx.workprec(_BITS):
        shown = arb(value).str(5, radius=False)
    return number(shown)


def _quotients(expr: Expr, at: Mapping[str, Fraction], side: int) -> list[Line]:
    """(f(1 + side h, A) - f(1, A)) / (side h) for small h."""
    rows = []
    start = _computed(expr, {"r": to_fmpq(Fraction(1)), "A": to_fmpq(at["A"])})
    for power in (2, 4, 8):
        h = Fraction(side, 10**power)
        beside = _computed(expr, {"r": to_fmpq(1 + h), "A": to_fmpq(at["A"])})
        if start is None or beside is None:
            return []
        with ctx.workprec(_BITS):
            quotient = figures((beside - start) / to_fmpq(h))
        rows.append(line(math("r - 1", EQ, number(f"{'-' if side < 0 else ''}1e-{power}")), " gives ", math(quotient)))
    return rows


def _branches(expr: Expr, on: str, at: Mapping[str, Fraction]) -> list[Line]:
    """f with either branch of the first `where` that switches on g = `on`."""
    surface, values = read(on), {name: to_fmpq(value) for name, value in at.items()}
    for node in walk(expr):
        match node:
            case Apply("where", (Apply(_, (left, right)), x, y)):
                gap = canonical(subtract(right, left))
                if surface is not None and surface in (gap, canonical(negate(gap))):
                    rows = []
                    for name, branch in (("first", x), ("second", y)):
                        value = _computed(_replaced(expr, node, branch), values)
                        if value is not None:
                            rows.append(line(f"f with the {name} branch there: ", math(figures(value)), "."))
                    return rows
    return []


def _replaced(expr: Expr, old: Expr, new: Expr) -> Expr:
    if expr == old:
        return new
    return Apply(expr.op, tuple(_replaced(arg, old, new) for arg in expr.args)) if isinstance(expr, Apply) else expr
