"""The ladder of a certificate: substitution, generators, and the steps that show N >= 0."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from discovery.report.explain.outline import (
    COMMA,
    EQ,
    GE,
    GT,
    Line,
    Math,
    Polynomial,
    Sign,
    line,
    listed,
    math,
    name_of,
    nonnegative,
)

_WRITTEN = {
    "exp": "exp({0}) - 1",
    "log": "log({0})",
    "atan": "atan({0})",
    "asinh": "asinh({0})",
    "root": "({0})**(1/{1}) - 1",
    "constant": "{0}",
}


def ladder_lines(node: Mapping[str, Any], numbers: count) -> list[Line]:
    """The lines of a node with the rule `ladder`; `numbers` gives the polynomials their names."""
    variables = _variables(node)
    put = listed([math(symbol, EQ, by) for symbol, by in node["map"].items() if symbol != by])
    positive = math(*[piece for name in variables for piece in (COMMA, name)][1:], GT, "0") if variables else None
    lines = []
    if put and positive:
        lines.append(line("Put ", *put, " with ", positive, "."))
    for kind in ("generators", "constants"):
        found = [g for g in node["generators"] if (g[1] == "constant") == (kind == "constants")]
        if found and kind == "generators":
            lines.append(line("Write ", *listed([_definition(g, GE, "0") for g in found]), "."))
        elif found:
            lines.append(line("Here ", *listed([_definition(g) for g in found]), "."))
    first = next(numbers)
    lines.append(
        line(
            "The claim becomes a quotient. Its denominator has positive coefficients only; its numerator is, up to a "
            "positive factor, ",
            *_introduced(first, node["proof"]["poly"]),
            ". To show: ",
            math(name_of(first), GE, "0"),
            ".",
        )
    )
    return lines + step_lines(node["proof"], first, numbers)


def _variables(node: Mapping[str, Any]) -> list[str]:
    from discovery.report.explain.reading import names

    return list(dict.fromkeys(name for by in node["map"].values() for name in names(by)))


def _definition(generator: Sequence[Any], *bound: str | Sign) -> Math:
    name, kind, *arguments = generator
    return math(name, EQ, _WRITTEN[kind].format(*arguments), *bound)


def _introduced(number: int, terms: Any) -> tuple[Math]:
    return (math(name_of(number), EQ, Polynomial(terms)),)


def step_lines(step: Mapping[str, Any], number: int, numbers: count) -> list[Line]:
    """The lines that show P_number >= 0, where P_number = step["poly"]."""
    name = name_of(number)
    match step["rule"]:
        case "signs":
            return [line(math(name), " is zero.")] if not step["poly"] else [_by_signs(name)]
        case "sturm":
            (variable,) = {v for _, powers in step["poly"] for v in powers} or {"the variable"}
            why = " alone. By Sturm's theorem it does not change sign for "
            done = ", and its leading coefficient is positive; so "
            return [
                line(
                    math(name), " is a polynomial in ", math(variable), why, math(variable, GT, "0"), done,
                    math(name, GE, "0"), ".",
                )
            ]  # fmt: skip
        case "quadratic":
            return _quadratic(step, name, numbers)
        case "derivative":
            return _derivative(step, number, numbers)
    return [line(math(name, GE, "0"), f" by the rule {step['rule']}.")]


def _by_signs(name: Sign) -> Line:
    return line("All coefficients of ", math(name), " are positive, and so ", math(name, GE, "0"), ".")


def _quadratic(step: Mapping[str, Any], name: Sign, numbers: count) -> list[Line]:
    """k2 g**2 + k1 g + k0 >= 0 for all g."""
    g = step["in"]
    below = []
    for what, part in zip(("k2", "k0", "4*k2*k0 - k1**2"), step["parts"], strict=True):
        number = next(numbers)
        start = line(math(what), " is, up to a positive factor, ", *_introduced(number, part["poly"]), ".")
        below += [start, *step_lines(part, number, numbers)]
    head = line(
        math(name, EQ, f"k2*{g}**2 + k1*{g} + k0"),
        " is quadratic in ",
        math(g),
        ". It is non-negative if ",
        *listed([nonnegative("k2"), nonnegative("k0"), nonnegative("4*k2*k0 - k1**2")]),
        ".",
        below=below,
    )
    return [head]


def _derivative(step: Mapping[str, Any], number: int, numbers: count) -> list[Line]:
    """P >= 0 because P/m is non-negative at v = 0 and does not decrease."""
    v, name, lines = step["in"], name_of(number), []
    plain = _is_one(step["multiplier"])
    if not plain:
        lines.append(
            line("Divide ", math(name), " by ", math(Sign("m", "m"), EQ, Polynomial(step["multiplier"]), GT, "0"), ".")
        )
    of = math(name) if plain else math(name, Sign("/m", "/m"))
    start = step["start"]
    at_zero = math(v, EQ, "0")
    if start["rule"] == "signs":
        value = math(name, EQ, "0") if not start["poly"] else math(Polynomial(start["poly"]), GE, "0")
        word = ": " if not start["poly"] else " it is, up to a positive factor, "
        lines.append(line("At ", at_zero, word, value, "."))
    else:
        first = next(numbers)
        head = line("At ", at_zero, " it is, up to a positive factor, ", *_introduced(first, start["poly"]), ".")
        lines.append(Line(head.parts, tuple(step_lines(start, first, numbers))))
    slope = next(numbers)
    lines.append(
        line(
            "The derivative of ", of, " in ", math(v), " is, up to a positive factor, ",
            *_introduced(slope, step["slope"]["poly"]), ". It suffices that ", math(name_of(slope), GE, "0"),
            ": then ", of, " starts non-negative and does not decrease.",
        )
    )  # fmt: skip
    return lines + step_lines(step["slope"], slope, numbers)


def _is_one(terms: Any) -> bool:
    return len(terms) == 1 and not terms[0][1] and str(terms[0][0]) == "1"
