"""The proof tree of `nonnegative`: one line for each node, with the rule in the words of mathematics."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from discovery.expression.node import Apply, Expr, Number, Symbol
from discovery.report.explain.ladder import ladder_lines
from discovery.report.explain.outline import EQ, GE, GT, LT, Line, Math, line, math, nonnegative
from discovery.report.explain.reading import read

Node = Mapping[str, Any]
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def tree_lines(node: Node, numbers: count, said: str = "") -> list[Line]:
    """The lines that prove node["claim"] >= 0; never empty.

    Args:
        node: a node of the tree.
        numbers: gives the polynomials their names.
        said: the claim that the reader has just read, not written again.
    """
    claim = node["claim"]
    show: tuple[str | Math, ...] = () if claim == said else ("To show: ", nonnegative(claim), ". ")
    match node["rule"]:
        case "range":
            return [line(nonnegative(claim), f", {_why(claim)}.")]
        case "split":
            return [line(*show, "Two cases.", below=_cases(node, numbers))]
        case "cut":
            return [line(*show, _sides(node), below=_cut(node, numbers))]
        case "have":
            fact = after(("First: ",), tree_lines(node["fact"], numbers))
            return [line(*show), fact, *tree_lines(node["proof"], numbers, claim)]
        case "sum":
            return [line(*show, "It is the sum of terms, each non-negative.", below=_parts(node, numbers))]
        case "product":
            return [line(*show, "It is the product of factors, each non-negative.", below=_parts(node, numbers))]
        case "all":
            return [line(*show, "A minimum is non-negative if its arguments are.", below=_parts(node, numbers))]
        case "power":
            why = "A power of what is non-negative is non-negative; look at the base."
        case "any":
            why = f"A maximum is at least its {_ordinal(node['index'])} argument; look at that."
        case "point":
            why = "Here one of the symbols has a single value; insert it."
        case "substitute":
            return [line(*show, *_lemma(node), below=tree_lines(node["proof"], numbers, node["proof"]["claim"]))]
        case "ladder":
            return ([line(*show)] if show else []) + ladder_lines(node, numbers)
        case rule:
            return [line(nonnegative(claim), f" by the rule {rule}.")]
    return [line(*show, why), *tree_lines(node["proof"], numbers, claim)]


def after(lead: Sequence[str | Math], lines: Sequence[Line]) -> Line:
    """One line of several: `lead` and the first, with the others below it."""
    first, *rest = lines
    return Line((*lead, *first.parts), (*first.below, *rest))


def _lemma(node: Node) -> tuple[str | Math, ...]:
    """phi(u) >= 0 for every u in the range of u(r, A)."""
    only = "The symbols occur only through "
    claim = nonnegative(node["proof"]["claim"])
    return only, math("u", EQ, node["by"]), ". Lemma in one variable: ", claim, " for every value of ", math("u"), ". "


def _cases(node: Node, numbers: count) -> list[Line]:
    below = []
    for number, (key, sign) in enumerate((("above", GE), ("below", LT)), start=1):
        case = math(node["on"], sign, "0")
        if node[key] is None:
            below.append(line(f"Case {number}: ", case, " does not occur here."))
        else:
            below.append(after((f"Case {number}: ", case, ". "), tree_lines(node[key], numbers, node["claim"])))
    return below


def _sides(node: Node) -> str:
    return "Both sides of a line." if node["at"] is None else "Both sides of a point, and the point."


def _cut(node: Node, numbers: count) -> list[Line]:
    below = []
    for key, sign in (("above", GT), ("at", EQ), ("below", LT)):
        if node[key] is not None:
            case = math(node["symbol"], sign, node["value"])
            below.append(after(("For ", case, ": "), tree_lines(node[key], numbers, node["claim"])))
    return below


def _parts(node: Node, numbers: count) -> list[Line]:
    return [after((), tree_lines(part, numbers)) for part in node["parts"]]


def _ordinal(index: int) -> str:
    return _ORDINALS[index] if index < len(_ORDINALS) else f"{index + 1}th"


def _why(claim: str) -> str:
    """Why the ranges of its parts show that a claim is non-negative."""
    expr = read(claim)
    match expr:
        case Number():
            return "a constant"
        case Apply("relu" | "max", _) if _never_negative(expr):
            return "as a maximum with what is non-negative"
        case Apply("abs", _):
            return "as an absolute value"
        case Apply("where", _) if _never_negative(expr):
            return "as each of its cases is"
        case Apply("pow", _) if _never_negative(expr):
            return "as a power that is never negative"
        case Apply("mul" | "add" as op, _) if _never_negative(expr):
            return f"as each of its {'factors' if op == 'mul' else 'terms'} is"
    return "by the ranges of its parts here"


def _never_negative(expr: Expr) -> bool:
    """Whether the shape alone shows expr >= 0 (r is positive)."""
    match expr:
        case Number(value):
            return value >= 0
        case Symbol(name):
            return name == "r"
        case Apply("relu" | "abs" | "exp" | "cosh" | "sech" | "sigmoid" | "softplus", _):
            return True
        case Apply("pow", (base, Number(n))):
            return (n.denominator == 1 and n.numerator % 2 == 0) or n.denominator == 2 or _never_negative(base)
        case Apply("max", args):
            return any(map(_never_negative, args))
        case Apply("where", (_, *branches)):
            return all(map(_never_negative, branches))
        case Apply("mul" | "add" | "min", args):
            return all(map(_never_negative, args))
    return False
