"""Expressions of certificates, read for printing: they may hold any names (u, p, a, e1) besides r and A."""

import re

from discovery.expression.canonical import canonical
from discovery.expression.node import DRIFT_SYMBOLS, PROGRESS, Expr, substitute
from discovery.expression.operators import FUNCTIONS
from discovery.expression.parser import ParseError, parse
from discovery.expression.printer import to_text

_NAME = re.compile(r"(?<![\w.])[A-Za-z_][A-Za-z_0-9]*")


def names(text: str) -> list[str]:
    """The symbols that occur in an expression, in order."""
    return list(dict.fromkeys(name for name in _NAME.findall(text) if name not in FUNCTIONS))


def with_progress(text: str, value: str) -> str:
    """The expression with a value for progress; "" if that cannot be formed, as where it divides by zero."""
    try:
        f, inner = (parse(part, allowed=DRIFT_SYMBOLS) for part in (text, value))
        return to_text(canonical(substitute(f, {PROGRESS.name: inner})))
    except ValueError:
        return ""


def read(text: str) -> Expr | None:
    """The expression; None if it cannot be read (it is then printed as it is)."""
    try:
        return parse(text, allowed=names(text))
    except ParseError:
        return None
