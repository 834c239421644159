"""Drifts in other units: the ranges of a grammar's constants suit values of about 1."""

from fractions import Fraction

import numpy as np

from discovery.expression.canonical import canonical
from discovery.expression.node import Apply, Expr, Number, mul
from discovery.regression.table import DriftTable

_USUAL = (0.02, 50.0)  # standard deviations that need no other unit


def unit_of(table: DriftTable) -> float:
    """The power of ten by which the drift is divided for the search: 1 unless it is very small or very large."""
    deviation = float(np.sqrt(table.power))
    return 1.0 if _USUAL[0] <= deviation <= _USUAL[1] else 10.0 ** round(np.log10(deviation))


def times(unit: float, expr: Expr) -> Expr:
    """unit * expr, canonical, the factor inside of sums and cases; a positive multiple of a valid drift is one."""
    return expr if unit == 1 else canonical(_times(Number(Fraction(f"{unit:.0e}")), expr))


def _times(unit: Number, expr: Expr) -> Expr:
    match expr:
        case Apply("where", (condition, x, y)):
            return Apply("where", (condition, _times(unit, x), _times(unit, y)))
        case Apply("add", terms):
            return Apply("add", tuple(_times(unit, term) for term in terms))
    return mul(unit, expr)
