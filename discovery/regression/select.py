"""Which member of a Pareto front is *the* formula."""

import math
from collections.abc import Sequence

from discovery.regression.front import Candidate

_FLOOR = 1e-13  # an error below this is zero
REACH = 2.5


def selected(front: Sequence[Candidate], rule: str, *, ties: float) -> int:
    """The index of the chosen member of a front, simplest first.

    Args:
        front: not empty.
        rule: "accuracy", the simplest member whose held-out error is the least up to the factor `ties`;
            "knee", the member that lowers the logarithm of the held-out error most for each unit of complexity;
            "best", the same among the members whose error is at most `REACH` times the least: a network's or a
            sampler's own error makes longer formulas a little more accurate, which should not win, and a short formula
            that is far off should not win either.
        ties: errors within this factor count as equal.
    """
    errors = [max(member.heldout_nmse, _FLOOR) for member in front]
    least = min(errors)
    if rule == "accuracy":
        return next(index for index, error in enumerate(errors) if error <= ties * least)
    allowed = [index for index, error in enumerate(errors) if rule == "knee" or error <= REACH * least]
    return max(allowed, key=lambda index: (_score(front, errors, index), -index))


def _score(front: Sequence[Candidate], errors: list[float], index: int) -> float:
    """The fall of log error from the best simpler member, for each unit of complexity between them."""
    if index == 0:
        return 0.0
    before = min(range(index), key=lambda i: (errors[i], i))
    rise = front[index].complexity - front[before].complexity
    return (math.log(errors[before]) - math.log(errors[index])) / rise
