"""Expressions of certificates, read for printing: they may hold any names (u, p, a, e1) besides r and A."""

import re

from discovery.expression.node import Expr
from discovery.expression.operators import FUNCTIONS
from discovery.expression.parser import ParseError, parse

_NAME = re.compile(r"(?<![\w.])[A-Za-z_][A-Za-z_0-9]*")


def names(text: str) -> list[str]:
    """The symbols that occur in an expression, in order."""
    return list(dict.fromkeys(name for name in _NAME.findall(text) if name not in FUNCTIONS))


def read(text: str) -> Expr | None:
    """The expression; None if it cannot be read (it is then printed as it is)."""
    try:
        return parse(text, allowed=names(text))
    except ParseError:
        return None
