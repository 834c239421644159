"""An argument as numbered lines for the terminal."""

import textwrap
from collections.abc import Sequence
from fractions import Fraction

from discovery.expression.printer import number_text
from discovery.report.explain.outline import Argument, Line, Math, Polynomial, Sign, Terms

WIDTH = 100
MAX_TERMS = 6
MAX_CHARACTERS = 300
_DEEPEST = 8  # levels of indentation
_SHORT = 40
_GLUE = "\x00"


def render(argument: Argument) -> str:
    """The argument as text, at most `WIDTH` columns wide wherever a line can be broken."""
    head = "Proposition. " if argument.proved else "Refutation. "
    end = ["This completes the proof."] if argument.proved else []
    return "\n".join([_wrapped(head, argument.claim, 0), *_numbered(argument.lines, "", 0), *end])


def _numbered(lines: Sequence[Line], prefix: str, depth: int) -> list[str]:
    found = []
    for index, line in enumerate(lines, start=1):
        number = f"{prefix}{index}."
        found.append(_wrapped(f"{number} ", line.parts, depth))
        found += _numbered(line.below, number, depth + 1)
    return found


def _wrapped(head: str, parts: Sequence[str | Math], depth: int) -> str:
    indent = "  " * min(depth, _DEEPEST)
    text = "".join(part if isinstance(part, str) else _unbroken(formula(part)) for part in parts)
    # after the number, so that the columns of numbers stay free
    filled = textwrap.fill(
        text, WIDTH, initial_indent=indent + head, subsequent_indent=indent + " " * len(head),
        break_on_hyphens=False, break_long_words=False,
    )  # fmt: skip
    return filled.replace(_GLUE, " ")


def _unbroken(text: str) -> str:
    """A short formula stays on one line."""
    return text.replace(" ", _GLUE) if len(text) <= _SHORT else text


def formula(found: Math) -> str:
    """A formula in the language that `parse` reads, as far as it is one."""
    text = ""
    for piece in found.pieces:
        shown = _piece(piece)
        text += shown if shown.startswith((",", "/")) or not text else f" {shown}"
    return text


def _piece(piece: str | Polynomial | Sign) -> str:
    match piece:
        case Sign(text):
            return text
        case Polynomial(terms):
            return polynomial(terms)
    return piece if len(piece) <= MAX_CHARACTERS else f"{piece[:MAX_CHARACTERS]}... ({len(piece)} characters)"


def polynomial(terms: Terms) -> str:
    """The first terms of a polynomial, and the number of all if there are more."""
    text = ""
    for coefficient, powers in terms[:MAX_TERMS]:
        value = Fraction(coefficient)
        factors = [f"{name}**{power}" if power != 1 else name for name, power in powers.items()]
        size = number_text(abs(value))
        product = "*".join(([size] if size != "1" or not factors else []) + factors)
        sign = "-" if value < 0 else "+"
        text += f" {sign} {product}" if text else f"{'-' if value < 0 else ''}{product}"
    if len(terms) > MAX_TERMS:
        text += f" + ... ({len(terms)} terms)"
    return text or "0"
