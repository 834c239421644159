"""The four conditions of a valid drift in turn, or the one that fails."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import count, pairwise
from typing import Any

from discovery.expression.node import Apply, Number, walk
from discovery.expression.printer import number_text
from discovery.report.explain.outline import (
    EQ,
    F_AT_ONE,
    GE,
    GT,
    LE,
    LT,
    Argument,
    F,
    Line,
    Math,
    Sign,
    line,
    listed,
    math,
)
from discovery.report.explain.reading import read, with_progress
from discovery.report.explain.refutation import refutation_lines
from discovery.report.explain.signs import after, tree_lines


def argument(certificate: Mapping[str, Any]) -> Argument:
    """The whole argument of a certificate."""
    if "breaks" in certificate or "progress" in certificate:
        return _over_progress(certificate)
    proved = certificate["verdict"] == "proved"
    claim = (math(F, EQ, certificate["expression"]), f" is {'a' if proved else 'not a'} valid drift.")
    if proved:
        return Argument(claim, True, tuple(proof_lines(certificate)))
    lines = refutation_lines(certificate["expression"], certificate["refutation"])
    if certificate["gauge"]:
        lines.append(_gauge(certificate["gauge"]))
    return Argument(claim, False, tuple(lines))


def _over_progress(certificate: Mapping[str, Any]) -> Argument:
    """The argument for a formula that changes during training: one for each break, and one between two of them."""
    f = certificate["expression"]
    if certificate["verdict"] != "proved":
        moment = certificate["progress"]
        claim = math(F, EQ, f), " is not a valid drift at ", math("progress", EQ, moment), "."
        lines = refutation_lines(with_progress(f, number_text(Fraction(moment))), certificate["refutation"])
        return Argument(claim, False, tuple(lines))
    claim = math(F, EQ, f), " is a valid drift for every ", math("0", LE, "progress", LE, "1"), "."
    lines = []
    for place, block in zip(certificate["breaks"], certificate["at"], strict=True):
        below = proof_lines({**block, "expression": with_progress(f, place)})
        lines.append(line("At ", math("progress", EQ, place), ".", below=below))
    for (low, high), block in zip(pairwise(certificate["breaks"]), certificate["between"], strict=True):
        part = f"{low} + ({high} - {low})*progress"
        scaled = [", with ", math(with_progress("progress", part)), " for progress, so that it runs from 0 to 1"]
        scaled = [] if (low, high) == ("0", "1") else scaled
        below = proof_lines({**block, "expression": with_progress(f, part)})
        lines.append(line("For ", math(low, LT, "progress", LT, high), *scaled, ".", below=below))
    return Argument(claim, True, tuple(lines))


def proof_lines(certificate: Mapping[str, Any]) -> list[Line]:
    """Defined, zero, flat, non-negative: one line each, the steps below."""
    numbers = count(1)
    return [
        _defined(certificate, numbers),
        line("Zero. ", *_for_every(certificate["zero"]["breaks"]), " inserting ", math("r", EQ, "1"), " gives ",
             math(F_AT_ONE, EQ, "0"), " identically."),
        line("Flat. ", *_for_every(certificate["flat"]["breaks"]), " insert ", math("r", EQ, Sign("1 + h", "1 + h")),
             " and ", math("r", EQ, Sign("1 - h", "1 - h")), " with ", math(Sign("h -> 0+", r"h \to 0^{+}")),
             ". No term of order up to 1 in h is left on either side, and so both one-sided derivatives in r are 0."),
        _nonnegative(certificate, numbers),
    ]  # fmt: skip


def _nonnegative(certificate: Mapping[str, Any], numbers: count) -> Line:
    tree = certificate["nonnegative"]
    said = tree["claim"] if tree["claim"] == certificate["expression"] else ""
    lead = [
        "Non-negative. To show: ", math(F, GE, "0"), " for every ", math("r", GT, "0"), " and every real ", math("A"),
        ". Finitely many lines, r or A constant, may be left out, for f is continuous. ",
    ]  # fmt: skip
    return after(lead, tree_lines(tree, numbers, said))


def _for_every(breaks: list[str]) -> list[str | Math]:
    """ "For every A," or, where f changes its form, the parts of the line of A."""
    if not breaks:
        return ["For every ", math("A"), ","]
    parts = [math("A", LT, breaks[0]), math("A", EQ, breaks[0])]
    for low, high in pairwise(breaks):
        parts += [math(low, LT, "A", LT, high), math("A", EQ, high)]
    parts.append(math("A", GT, breaks[-1]))
    return ["For each of ", *listed(parts), ","]


def _defined(certificate: Mapping[str, Any], numbers: count) -> Line:
    part = certificate["defined"]
    expr = read(certificate["expression"])
    partial = (
        [node.op for node in walk(expr) if isinstance(node, Apply) and _partial(node)] if expr is not None else [""]
    )
    text = "Defined. f is composed of continuous functions"
    text += ", and the arguments of its logarithms, roots and quotients lie in their domains." if partial else "."
    below = []
    for needed, known in part["obligations"].items():
        bound = number_text(known["sign"] * Fraction(known["margin"]))
        what = math(needed, GE if known["sign"] == 1 else LE, bound)
        below.append(line("Needed for this: ", what, ".", below=tree_lines(known["proof"], numbers)))
    for surface in part["surfaces"]:
        levels = [math(level["quantity"], EQ, level["value"]) for level in surface["levels"]]
        plain = [[level["quantity"], level["value"]] for level in surface["levels"]] == [[surface["gap"], "0"]]
        where = [", that is, where ", *_either(levels)] if levels else [", and that is nowhere"]
        where = [] if plain else where
        below.append(
            line("The cases of f meet where ", math(surface["gap"], EQ, "0"), *where,
                 ". Their values agree there, and so f is continuous." if levels else ".")
        )  # fmt: skip
    return line(text, below=below)


def _either(graphs: list[Math]) -> list[str | Math]:
    """ "x or y or z"."""
    return [part for graph in graphs for part in (" or ", graph)][1:]


def _partial(node: Apply) -> bool:
    """Whether an operator is not defined everywhere."""
    if node.op == "pow":
        exponent = node.args[1]
        return not (isinstance(exponent, Number) and exponent.value.denominator == 1 and exponent.value > 0)
    return node.op == "log"


def _gauge(gauge: Mapping[str, Any]) -> Line:
    fixed, c = gauge["proof"], Fraction(gauge["c"])
    size = "" if abs(c) == 1 else number_text(abs(c))
    sign = Sign("-", "-") if c < 0 else Sign("+", "+")
    shift = Sign(f"{size}*(r - 1)".removeprefix("*"), f"{size} (r - 1)")
    return line(
        "But the mean of r under the behaviour policy is 1. So f is the same drift in expectation as ",
        math(F, sign, shift, EQ, fixed["expression"]),
        ". This is a valid drift, as follows, with this form in the place of f.",
        below=proof_lines(fixed),
    )
