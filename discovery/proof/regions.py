"""The regions that proofs start from: r > 0, and its sectors; progress, if it occurs, between 0 and 1."""

from fractions import Fraction

from discovery.expression.node import ADVANTAGE, PROGRESS, RATIO, Expr
from discovery.proof.ranges import POSITIVE, Range
from discovery.proof.sign import Assumptions

ABOVE = Range(lo=Fraction(1))
BELOW = Range(Fraction(0), Fraction(1))
NEGATIVE = Range(hi=Fraction(0))
DURING: dict[Expr, Range] = {PROGRESS: Range(Fraction(0), Fraction(1))}
EVERYWHERE = Assumptions({RATIO: POSITIVE, **DURING})
SECTORS = tuple(Assumptions({RATIO: r, ADVANTAGE: A, **DURING}) for r in (ABOVE, BELOW) for A in (POSITIVE, NEGATIVE))
