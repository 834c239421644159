"""What reports say beside tables and figures, the same in every form."""

METRICS = {
    "auc": "the mean of the learning curve (area under the curve)",
    "final": "the mean of the last tenth of the learning curve",
}
"""How a run is scored."""
METRIC_AXES = {"auc": "mean of the learning curve", "final": "mean of its last tenth"}
"""The same, for an axis."""
FAILED = (
    "A run that failed (diverged, or finished no episode) counts as the worst score of all drifts in its environment "
    "and is never left out."
)
RULE = (
    "'Better' and 'worse' are said only where the 95% interval of the probability that a run scores above one with ppo "
    "lies wholly above or below 1/2; otherwise the drifts are 'not told apart'."
)
NEEDED = "'Seeds needed' is about how many a drift the difference seen would take to be told apart."
MEDIAN = "The median is over environments, of the means over runs; the other aggregates are over all runs."
OWN_SCALES = (
    "Each value of the sweep has its own 0 and 1, what drifts reach with that value: normalised scores of different "
    "values are not on one scale."
)


def of_sweep(normalise: str, *, swept: bool) -> str:
    """What is to be said of the scale in a sweep; "" where all scores share one."""
    return OWN_SCALES if swept and normalise == "drifts" else ""


def listed(items: list[str]) -> str:
    """ "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
