"""The regions that proofs start from: r > 0, and its sectors."""

from fractions import Fraction

from discovery.expression.node import ADVANTAGE, RATIO
from discovery.proof.ranges import POSITIVE, Range
from discovery.proof.sign import Assumptions

ABOVE = Range(lo=Fraction(1))
BELOW = Range(Fraction(0), Fraction(1))
NEGATIVE = Range(hi=Fraction(0))
EVERYWHERE = Assumptions({RATIO: POSITIVE})
SECTORS = tuple(Assumptions({RATIO: r, ADVANTAGE: A}) for r in (ABOVE, BELOW) for A in (POSITIVE, NEGATIVE))
