"""Statistics of score matrices after 'Deep RL at the Edge of the Statistical Precipice' (arXiv 2108.13264)."""

from discovery.benchmark.statistics.aggregates import AGGREGATES, aggregate, aggregate_intervals, iqm, iqm_interval
from discovery.benchmark.statistics.comparison import (
    Comparison,
    compare,
    probability_of_improvement,
    seeds_needed,
    word,
)
from discovery.benchmark.statistics.curves import SHARES, at_shares, mean_interval
from discovery.benchmark.statistics.failures import failed_seeds, filled
from discovery.benchmark.statistics.normalisation import (
    NoScale,
    Scale,
    difference_in_standard_errors,
    drift_scale,
    reference_scale,
    standard_error,
)
from discovery.benchmark.statistics.profiles import performance_profile, thresholds
from discovery.benchmark.statistics.resampling import REPETITIONS, Band, Interval
from discovery.benchmark.statistics.rows import condition_rows
from discovery.benchmark.statistics.summary import summary

__all__ = [
    "AGGREGATES",
    "REPETITIONS",
    "SHARES",
    "Band",
    "Comparison",
    "Interval",
    "NoScale",
    "Scale",
    "aggregate",
    "aggregate_intervals",
    "at_shares",
    "compare",
    "condition_rows",
    "difference_in_standard_errors",
    "drift_scale",
    "failed_seeds",
    "filled",
    "iqm",
    "iqm_interval",
    "mean_interval",
    "performance_profile",
    "probability_of_improvement",
    "reference_scale",
    "seeds_needed",
    "standard_error",
    "summary",
    "thresholds",
    "word",
]
