"""How good a learning curve is: the fitness of meta-training and the score of the benchmark."""

from typing import TypeVar

Array = TypeVar("Array")


def score(returns: Array, metric: str) -> Array:
    """One number for a learning curve `[..., num_updates]`, a numpy or a JAX array.

    "auc" is its mean, the area under the curve per update, in units of return; "final" is the mean over its last
    tenth (at least one update). NaN, a run that diverged, stays NaN.

    Raises:
        ValueError: another `metric`.
    """
    if metric == "auc":
        return returns.mean(axis=-1)  # type: ignore[attr-defined]
    if metric == "final":
        return returns[..., -max(1, returns.shape[-1] // 10) :].mean(axis=-1)  # type: ignore[attr-defined, index]
    raise ValueError(f"metric must be one of auc, final; got {metric!r}")
