"""Which member of a Pareto front is *the* formula."""

import math
from collections.abc import Sequence

from discovery.regression.front import Candidate

_EXACT = 1e-13  # an error below this is zero
SLACK = 1e-4  # of the drift's variance: a root mean square error of one per cent of its standard deviation


def selected(front: Sequence[Candidate], rule: str, *, ties: float) -> int:
    """The index of the chosen member of a front, simplest first.

    Args:
        front: not empty.
        rule: "accuracy", the simplest member whose held-out error is at most `ties` times the least;
            "best", the same with `SLACK` added: what more is left by it is noise, or a network's own small error, which
            longer formulas only imitate (a formula that is exact wins all the same);
            "knee", the member that lowers the logarithm of the held-out error most for each unit of complexity.
        ties: errors within this factor count as equal.
    """
    errors = [max(member.heldout_nmse, _EXACT) for member in front]
    if rule == "knee":
        return max(range(len(front)), key=lambda index: (_score(front, errors, index), -index))
    least = min(errors)
    slack = SLACK if rule == "best" and least > _EXACT else 0.0
    return next(index for index, error in enumerate(errors) if error <= ties * least + slack)


def _score(front: Sequence[Candidate], errors: list[float], index: int) -> float:
    """The fall of log error from the best simpler member, for each unit of complexity between them."""
    if index == 0:
        return 0.0
    before = min(range(index), key=lambda i: (errors[i], i))
    rise = front[index].complexity - front[before].complexity
    return (math.log(errors[before]) - math.log(errors[index])) / rise
