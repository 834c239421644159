"""Lines of an argument: sentences with formulas in them, independent of how they are printed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

Terms = Sequence[tuple[str, Mapping[str, int]]]


@dataclass(frozen=True)
class Sign:
    """A piece of mathematical notation that is no expression, in both spellings: Sign(">=", r"\\ge")."""

    text: str
    latex: str


@dataclass(frozen=True)
class Polynomial:
    """A list of [coefficient, {generator: exponent}], as certificates write it."""

    terms: Terms


@dataclass(frozen=True)
class Math:
    """A formula within a sentence: expressions of the language (as text), polynomials and signs, side by side."""

    pieces: tuple[str | Polynomial | Sign, ...]


@dataclass(frozen=True)
class Line:
    """One step: a sentence or two, and the steps below it."""

    parts: tuple[str | Math, ...]
    below: tuple["Line", ...] = ()


@dataclass(frozen=True)
class Argument:
    """What is claimed, and why."""

    claim: tuple[str | Math, ...]
    proved: bool
    lines: tuple[Line, ...]


GE, LE, LT, GT, EQ = Sign(">=", r"\ge"), Sign("<=", r"\le"), Sign("<", "<"), Sign(">", ">"), Sign("=", "=")
ABOUT, COMMA = Sign("~", r"\approx"), Sign(",", ",")
F, F_AT_ONE = Sign("f(r, A)", "f(r, A)"), Sign("f(1, A)", "f(1, A)")


def line(*parts: str | Math, below: Sequence[Line] = ()) -> Line:
    """A line from its parts."""
    return Line(parts, tuple(below))


def math(*pieces: str | Polynomial | Sign) -> Math:
    """A formula from its pieces."""
    return Math(pieces)


def nonnegative(expression: str) -> Math:
    """expression >= 0."""
    return math(expression, GE, "0")


def listed(items: Sequence[Math]) -> list[str | Math]:
    """ "x, y and z"."""
    parts: list[str | Math] = []
    for index, item in enumerate(items):
        if index:
            parts.append(" and " if index == len(items) - 1 else ", ")
        parts.append(item)
    return parts


def name_of(polynomial: int) -> Sign:
    """The name of a polynomial within an argument: P1, P2, ..."""
    return Sign(f"P{polynomial}", f"P_{{{polynomial}}}")


def exact(value: str, digits: int = 60) -> Sign:
    """A rational as it is, or its first figures if it is long."""
    shown = value if len(value) <= digits else f"{value[: digits // 2]}...{value[-8:]}"
    numerator, slash, denominator = value.partition("/")
    if slash and len(value) <= digits:
        sign, numerator = ("-", numerator[1:]) if numerator.startswith("-") else ("", numerator)
        return Sign(shown, rf"{sign}\frac{{{numerator}}}{{{denominator}}}")
    return Sign(shown, shown.replace("...", r"\ldots "))


def decimal(value: str) -> Sign | None:
    """A long rational to five figures; None if it is short, or beyond floats."""
    if len(value) <= 8:
        return None
    try:
        figures = f"{float(Fraction(value)):.5g}"
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    return number(figures)


def number(figures: str) -> Sign:
    """A decimal, with an exponent as people write it in LaTeX."""
    mantissa, e, exponent = figures.partition("e")
    if not e:
        return Sign(figures, figures)
    factor = mantissa.removesuffix("1") if mantissa in ("1", "-1") else rf"{mantissa} \cdot "
    return Sign(figures, rf"{factor}10^{{{int(exponent)}}}")
