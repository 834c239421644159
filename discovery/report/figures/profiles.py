"""Performance profiles and sample efficiency across environments."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from discovery.report.figures.bands import band
from discovery.report.figures.series import compared
from discovery.report.figures.sheet import ticks
from discovery.report.style import Look, number_text, styled


@styled
def profiles(record: Mapping[str, Any], looks: Mapping[str, Look], *, scale: str) -> Any:
    """The share of runs whose normalised score is above tau, with pointwise 95% bands.

    Args:
        record: of `summary.json`: {"tau": [points], "drifts": {name: {"value", "low", "high"}}}, each [points].
        looks: for each drift.
        scale: what the scores 0 and 1 stand for.
    """
    tau = np.asarray(record["tau"], dtype=float)
    figure, panels = compared(
        tau,
        {name: band(found) for name, found in record["drifts"].items()},
        looks,
        xlabel=f"normalised score τ ({scale})",
        ylabel="share of runs above τ",
        heading="Performance profiles, 95% intervals",
    )
    for axis in panels.values():
        axis.set_ylim(-0.03, 1.03)
        axis.set_xlim(tau[0], tau[-1])
        ticks(axis, "x", number_text)
    return figure


@styled
def sample_efficiency(record: Mapping[str, Any], looks: Mapping[str, Look], *, scale: str) -> Any:
    """IQM of the normalised return at shares of the training, with 95% intervals.

    Args:
        record: of `summary.json`: {"share": [points], "drifts": {name: {"value", "low", "high"}}}, each [points].
        looks: for each drift.
        scale: what the scores 0 and 1 stand for.
    """
    share = np.asarray(record["share"], dtype=float)
    figure, panels = compared(
        100 * share,
        {name: band(found) for name, found in record["drifts"].items()},
        looks,
        xlabel="share of the training's environment steps (%)",
        ylabel=f"IQM of normalised scores\n({scale})",
        heading="Sample efficiency, 95% intervals",
    )
    for axis in panels.values():
        axis.set_xlim(0, 100)
        axis.set_xticks([0, 50, 100])
    return figure
