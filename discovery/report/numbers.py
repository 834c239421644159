"""Numbers as reports write them, in tables of every form: one way to write a score, an interval, a number of seeds."""

from collections.abc import Mapping
from typing import Any, TypeGuard

Record = Mapping[str, Any]
DASH = "-"  # nothing to tell


def is_number(value: Any) -> TypeGuard[float]:
    """Whether there is a number: neither None nor NaN nor infinite."""
    return isinstance(value, int | float) and value - value == 0


def decimals(value: float | None) -> str:
    """A normalised score or a probability, with two decimals."""
    return f"{value:.2f}" if is_number(value) else DASH


def score_text(value: float | None) -> str:
    """A return or another score, short enough for a narrow column; NaN as "nan": there are runs, and all failed."""
    if value is None:
        return DASH
    if 1e4 <= abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:.1f}" if 10 <= abs(value) < 1e4 else f"{value:.3g}"


def error_text(error: float | None) -> str:
    """An NMSE; a dash where there were no data to measure it."""
    return f"{error:.2e}" if is_number(error) else DASH


def interval(found: Record | None) -> str:
    """ "0.93 [0.90, 0.96]" of {"value", "low", "high"}, of normalised scores or probabilities."""
    if not found or not is_number(found.get("value")):
        return DASH
    if not (is_number(found.get("low")) and is_number(found.get("high"))):
        return decimals(found["value"])
    return f"{found['value']:.2f} [{found['low']:.2f}, {found['high']:.2f}]"


def score_ends(row: Record) -> str:
    """ "[90.1, 96.2]", the 95% interval of the IQM of a benchmark's row."""
    low, high = row["iqm_low"], row["iqm_high"]
    return f"[{score_text(low)}, {score_text(high)}]" if is_number(low) and is_number(high) else DASH


def score_interval(row: Record) -> str:
    """ "93.4 [90.1, 96.2]", the IQM of a benchmark's row with its 95% interval."""
    return f"{score_text(row['iqm'])} {score_ends(row)}" if is_number(row["iqm"]) else DASH


def improvement(row: Record) -> str:
    """P(a run scores above one with ppo) of a benchmark's row, with its interval where the row has it."""
    if row["drift"] == "ppo":
        return DASH
    told = row.get("comparison_with_ppo")
    if told:
        return interval({**told, "value": told["probability"]})
    return decimals(row.get("probability_of_improvement_over_ppo"))


def seeds_needed(found: Record | None) -> str:
    """The seeds of a comparison that would tell the difference seen apart; a dash where nothing was compared."""
    if not found:
        return DASH
    from discovery.benchmark.statistics.comparison import MOST_SEEDS  # terminals that need none start without numpy

    needed = found.get("seeds_needed")
    return f"{needed:,}" if is_number(needed) else f"over {MOST_SEEDS:,}"
