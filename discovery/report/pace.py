"""How long meta-training still takes, from the generations it has done."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

RECENT = 10  # generations of a kind that the median is taken over


class Left(NamedTuple):
    """The time left.

    Attributes:
        seconds: from the end of the last generation on.
        at_most: whether it is an upper bound, for everything it rests on includes a compilation.
    """

    seconds: float
    at_most: bool


def time_left(records: Sequence[Mapping[str, Any]], generations: int, *, evaluate_every: int) -> Left | None:
    """The time that the remaining generations take, judged ones and others counted apart.

        left = n_plain * median(plain seconds) + n_judged * median(judged seconds)

    The first generation and the first judgement of a process include compilations, and count only while there is
    nothing else. Before any generation was judged, a judgement's time is taken in proportion to its environment steps.

    Args:
        records: what this process has done, oldest first; generation 0 is the judgement of the start.
        generations: how many there will be; the last one is judged.
        evaluate_every: generations between judgements; 0 for the last only.

    Returns:
        None before the first generation.
    """
    trained = [record for record in records if record["generation"] > 0]
    if not trained:
        return None
    judgements = [record for record in records if record["held_out"] is not None]
    cold = [*trained[:1], *judgements[:1]]
    plain = _typical([record for record in trained if record["held_out"] is None], cold)
    judged = _typical([record for record in trained if record["held_out"] is not None], cold)
    if judged is None:
        assert plain is not None, "a generation is judged or not"
        extra = judgements[0]["env_steps"] / max(1, trained[0]["env_steps"]) if judgements else 0
        judged = Left(plain.seconds * (1 + extra), plain.at_most)
    if plain is None:
        plain = Left(judged.seconds, at_most=True)
    remaining = range(trained[-1]["generation"] + 1, generations + 1)
    num_judged = sum(g == generations or bool(evaluate_every and g % evaluate_every == 0) for g in remaining)
    num_plain = len(remaining) - num_judged
    at_most = bool((num_plain and plain.at_most) or (num_judged and judged.at_most))
    return Left(num_plain * plain.seconds + num_judged * judged.seconds, at_most)


def _typical(records: Sequence[Mapping[str, Any]], cold: Sequence[Mapping[str, Any]]) -> Left | None:
    """The seconds of one of these generations."""
    warm = [record["seconds"] for record in records if not any(record is each for each in cold)]
    if warm:
        return Left(median(warm[-RECENT:]), at_most=False)
    return Left(min(record["seconds"] for record in records), at_most=True) if records else None
